import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Host } from '../../core/ports.ts';
import type { Call } from './driver.ts';
import type { HostEnvironment } from './environment.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program with exactly this environment, and the test's folder for temporary files, and waits for its end. */
export function runProcess(
  file: string,
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly cwd: string; readonly stdin?: string },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const env = { TMPDIR: tmpdir(), ...options.env };
    const child = spawn(file, args, { cwd: options.cwd, env, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (output.stderr += text));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, ...output }));
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
  });
}

/** Bundles the driver once for a test file; `close` removes it. */
export async function bundleDriver(): Promise<{
  run(kind: Host['kind'], environment: HostEnvironment, calls: readonly Call[]): Promise<Ended & { answers: Answers }>;
  close(): void;
}> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-driver-'));
  const outfile = join(folder, 'driver.cjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'driver.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
  });
  const main = join(folder, 'main.cjs');
  writeFileSync(
    main,
    `const { drive } = require('./driver.cjs');\ndrive(JSON.parse(require('node:fs').readFileSync(process.argv[2], 'utf8')), process.argv[3]);\n`,
  );
  return {
    run: async (kind, environment, calls) => {
      const [asked, answered] = [join(environment.folder, 'calls.json'), join(environment.folder, 'answers.json')];
      writeFileSync(asked, JSON.stringify(calls));
      const env = { ...environment.env, HOST_KIND: kind };
      const ended = await runProcess(process.execPath, [main, asked, answered], { env, cwd: environment.folder });
      return { ...ended, answers: JSON.parse(readFileSync(answered, 'utf8')) };
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Answers {
  readonly kind: Host['kind'];
  readonly inputs: Readonly<Record<string, string | undefined>>;
  readonly env: Readonly<Record<string, string>>;
}
