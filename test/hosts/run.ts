import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

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
