import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** What the docker of `test/support/bin` says to a command such as "buildx version". */
export interface Answer {
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Written to the file that --metadata-file names. */
  readonly metadata?: object;
  /** Written to the file that --iidfile or --digestfile names. */
  readonly digest?: string;
  /** Whether it never ends by itself. */
  readonly hangs?: true;
}

/** One call of it, as it came. */
export interface Call {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdin: string | null;
  /** What the file has that --file names. */
  readonly dockerfile: string | null;
  /** What the ignore file has that it would read beside the Dockerfile, or that --ignorefile names. */
  readonly ignored: string | null;
  readonly registries: string | null;
  readonly auth: string | null;
  readonly config: string | null;
  readonly policy: string | null;
}

export interface FakeDocker {
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
  calls(): readonly Call[];
  /** Writes a file below the home folder and answers its path. */
  write(path: string, text: string): string;
}

/** The answers of a docker 28 with buildx that can build. */
export const ready: Readonly<Record<string, Answer>> = {
  'buildx version': { stdout: 'github.com/docker/buildx v0.29.1 a1b2c3d\n' },
  'buildx inspect': { stdout: 'Name:   default\nDriver: docker\n\nNodes:\nName:   default\nStatus: running\n' },
  'info --format': { stdout: '[["driver-type","io.containerd.snapshotter.v1"]]\n' },
};

/** A home folder and PATH in which `docker` gives these answers. */
export function fakeDocker(answers: Readonly<Record<string, Answer | readonly Answer[]>>): FakeDocker {
  const home = mkdtempSync(join(tmpdir(), 'bir-docker-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
    return join(home, path);
  };
  write('docker.json', JSON.stringify(answers));
  const bin = join(import.meta.dirname, '../../support/bin');
  const log = join(home, 'calls.jsonl');
  return {
    home,
    env: { HOME: home, PATH: [bin, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter) },
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    write,
  };
}
