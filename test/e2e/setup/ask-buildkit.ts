import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Recorded } from '../../dockerfile/recorded.ts';
import { program } from './parts.ts';
import { run } from './run.ts';

/** What BuildKit says to a Dockerfile. */
export interface Answer {
  /** Undefined where it refuses the file. */
  readonly images: readonly string[] | undefined;
  readonly words: string;
}

/**
 * Asks BuildKit for a file's outline: it reads the file and the configuration of every image that a build would need,
 * and runs nothing. Only a build proper takes another platform.
 */
export async function askBuildKit(env: Readonly<Record<string, string>>, file: Recorded): Promise<Answer> {
  const folder = await mkdtemp(join(tmpdir(), 'bir-ask-'));
  try {
    await mkdir(join(folder, 'context', 'folder'), { recursive: true });
    await writeFile(join(folder, 'Dockerfile'), file.text);
    const ran = await run(program('dockerd', 'docker-buildx'), argumentsFor(folder, file), {
      env,
      cwd: join(folder, 'context'),
    });
    return { images: ran.code === 0 ? askedFor(ran.stderr) : undefined, words: wordsIn(ran.stderr) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function argumentsFor(folder: string, file: Recorded): readonly string[] {
  const mode = file.platform === undefined ? '--call=outline,format=json' : '--output=type=cacheonly';
  const pairs = (flag: string, values: Readonly<Record<string, string>> | undefined) =>
    Object.entries(values ?? {}).flatMap(([name, value]) => [flag, `${name}=${value}`]);
  return [
    ...['build', mode, '--progress=rawjson', '-f', join(folder, 'Dockerfile')],
    ...pairs('--build-arg', file.args),
    ...pairs('--build-context', file.contexts),
    ...(file.target === undefined ? [] : ['--target', file.target]),
    ...(file.platform === undefined ? [] : ['--platform', file.platform]),
    '.',
  ];
}

function askedFor(progress: string): readonly string[] {
  const names = [...progress.matchAll(/"name":"([^"]*?load metadata for [^"]+)"/g)].map(([, name = '']) => name);
  return [...new Set(names.map((name) => name.replace(/^.*load metadata for /, '')))].sort();
}

function wordsIn(progress: string): string {
  const lines = progress.split('\n').filter((line) => line.includes('ERROR'));
  return (lines.at(-1) ?? progress.slice(-300)).replace(/^ERROR: (?:failed to build: )?(?:failed to solve: )?/, '');
}
