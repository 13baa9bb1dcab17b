import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';

/** A long-running program that a test started, and that ends with the test. */
export interface Daemon {
  readonly pid: number;
  /** All that it has said so far. */
  log(): string;
  /** Resolves when `ready` answers something; rejects when the program ends or the time is over. */
  until<T>(ready: (log: string) => T | undefined | Promise<T | undefined>, milliseconds?: number): Promise<T>;
  /** Ends it by its pid, gently first. */
  stop(): Promise<void>;
}

/** Starts a program whose life is the test's; it is ended with this process at the latest. */
export function startDaemon(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Daemon {
  const child = spawn(file, args, { env: { TMPDIR: tmpdir(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const hear = (chunk: Buffer) => {
    said += chunk.toString('utf8');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.on('error', (error) => {
    said += error.message;
  });
  const atExit = () => child.kill('SIGKILL');
  process.once('exit', atExit);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    pid: child.pid ?? -1,
    log: () => said,
    until: (ready, milliseconds = 30_000) => waitUntil(child, file, () => said, ready, milliseconds),
    stop: async () => {
      process.off('exit', atExit);
      if (child.pid === undefined) return;
      child.kill('SIGTERM');
      const gone = await Promise.race([closed.then(() => true), delay(15_000, false, { ref: false })]);
      if (!gone) child.kill('SIGKILL');
      await closed;
    },
  };
}

async function waitUntil<T>(
  child: ChildProcess,
  file: string,
  log: () => string,
  ready: (log: string) => T | undefined | Promise<T | undefined>,
  milliseconds: number,
): Promise<T> {
  const deadline = Date.now() + milliseconds;
  while (Date.now() < deadline) {
    const answer = await ready(log());
    if (answer !== undefined) return answer;
    if (child.exitCode !== null || child.pid === undefined) throw new Error(`${file} ended: ${log().slice(-2000)}`);
    await delay(50);
  }
  throw new Error(`${file} was not ready in ${milliseconds} ms: ${log().slice(-2000)}`);
}
