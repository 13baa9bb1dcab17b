import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

export interface Ran {
  /** null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Called with all of stderr so far as it comes, and with a way to end the program at that point. */
  readonly onStderr?: (text: string, kill: Kill) => void;
  /** Called at the start with a way to end the program at any later point. */
  readonly onStart?: (kill: Kill) => void;
}

export type Kill = (signal: NodeJS.Signals) => void;

/** Runs a program to its end with exactly this environment, and the test's TMPDIR; a failing exit code is the caller's to judge. */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { TMPDIR: tmpdir(), ...(options.env ?? { PATH: process.env.PATH ?? '' }) },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const kill: Kill = (signal) => void child.kill(signal);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      options.onStderr?.(stderr, kill);
    });
    child.on('error', reject);
    // Not `close`: programs that the killed one started may hold its streams open.
    child.on('exit', (code, signal) => {
      if (signal !== null) resolve({ code, stdout, stderr });
    });
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    options.onStart?.(kill);
  });
}

/** Runs a program that must succeed and answers its stdout. */
export async function must(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const ran = await run(file, args, options);
  if (ran.code === 0) return ran.stdout;
  throw new Error(
    `${file} ${args.join(' ')} ended with ${ran.code}: ${ran.stderr.slice(-2000)}${ran.stdout.slice(-500)}`,
  );
}
