import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Command, Exec, Exit, Output, Stopped } from '../ports.ts';
import { keepFirst, keepLast, splitLines } from './child-output.ts';
import { type ProcessSystem, type ProcessTree, processTree } from './process-tree.ts';
import { hasNul, isFile, startFailure } from './start-failure.ts';
import { programOnWindows } from './windows-program.ts';

const defaultMaxOutput = 256 * 1024 * 1024;
const stderrLimit = 1024 * 1024;
/** Between SIGTERM and SIGKILL. */
const grace = 2_000;
/** For what a program that has ended left in its pipes; whoever still holds them then is ended. */
const drain = 1_000;
/** For the news of an end that is certain. */
const news = 250;
const longestTimer = 2 ** 31 - 1;

/** Runs executables as children of this process, with exactly the environment they are given. */
export interface Processes {
  readonly exec: Exec;
  /** Ends what still runs, and waits for it. */
  close(): Promise<void>;
}

interface Running {
  readonly tree: ProcessTree;
  readonly settled: Promise<Exit>;
  abort(): void;
}

/** Starts every program as the leader of a group of its own, so that it ends together with all that it started. */
export function createExec(system: ProcessSystem): Processes {
  const running = new Set<Running>();
  const endAll = () => {
    for (const { tree } of running) tree.end('SIGKILL');
  };
  const watch = async (started: Running) => {
    if (running.size === 0) process.on('exit', endAll);
    running.add(started);
    const exit = await started.settled;
    running.delete(started);
    if (running.size === 0) process.off('exit', endAll);
    return exit;
  };
  return {
    exec: async (command) => {
      if (command.signal?.aborted) return { kind: 'aborted', ...nothing };
      if (hasNul(command)) return { kind: 'nul-in-arguments' };
      const named =
        system.os === 'win32' ? programOnWindows(command, isFile) : { kind: 'found' as const, file: command.file };
      if (named.kind !== 'found') return named;
      const child = start({ ...command, file: named.file }, system);
      if (child instanceof Error) return startFailure(child, command);
      if (child.pid === undefined) return startFailure(await startError(child), command);
      return watch(supervise(child, processTree(system, child.pid), command));
    },
    close: async () => {
      const all = [...running];
      for (const each of all) each.abort();
      await Promise.all(all.map(({ settled }) => settled));
    },
  };
}

const nothing: Output = { stdout: '', stderr: '' };

// Some reasons are thrown and some come as an event.
function start(command: Command, { os }: ProcessSystem): ChildProcessWithoutNullStreams | Error {
  try {
    return spawn(command.file, command.args, {
      env: command.env,
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // On Windows that would open a console, and no group is needed there.
      detached: os !== 'win32',
      ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

async function startError(child: ChildProcess): Promise<Error> {
  const [error] = await once(child, 'error');
  return error;
}

type StopReason =
  | { readonly kind: 'timed-out'; readonly timeout: number }
  | { readonly kind: 'aborted' }
  | { readonly kind: 'too-much-output'; readonly limit: number };

function supervise(child: ChildProcessWithoutNullStreams, tree: ProcessTree, command: Command): Running {
  let stop: (why: StopReason) => void = () => {};
  const stopped = new Promise<StopReason>((resolve) => {
    stop = resolve;
  });
  const limit = command.maxOutput ?? defaultMaxOutput;
  const tooMuch = { kind: 'too-much-output', limit } as const;
  const output = record(child, command, limit, () => stop(tooMuch));
  const release = bounds(command, stop);
  const ended = ending(child);
  const closed = once(child, 'close');
  // A child that ends without reading its input ended as its exit says, whatever our EPIPE.
  child.stdin.on('error', () => {});
  feed(child, command.stdin ?? '');
  const settle = async (): Promise<Exit> => {
    const first = await Promise.race([ended, stopped]);
    release();
    const isClosed = first.kind === 'ended' && (await within(closed, drain));
    if (!isClosed) await endTree(tree, closed);
    for (const stream of child.stdio) stream?.destroy();
    child.unref();
    const written = output();
    if (written.isFull) return { ...tooMuch, ...written.output };
    return exitOf(first, written.output);
  };
  return { tree, settled: settle(), abort: () => stop({ kind: 'aborted' }) };
}

function feed({ stdin }: ChildProcessWithoutNullStreams, input: NonNullable<Command['stdin']>): void {
  if (typeof input === 'string' || input instanceof Uint8Array) stdin.end(input);
  else pipeline(input, stdin).catch(() => {});
}

interface Ended {
  readonly kind: 'ended';
  readonly code: number | null;
  readonly signal: string | null;
}

async function ending(child: ChildProcess): Promise<Ended> {
  const [code, signal] = await once(child, 'exit');
  return { kind: 'ended', code, signal };
}

function exitOf(first: Ended | StopReason, output: Output): Exit {
  if (first.kind !== 'ended') return { ...first, ...output } satisfies Stopped;
  const { code, signal } = first;
  if (code === null) return { kind: 'signalled', signal: signal ?? 'an unknown signal', ...output };
  return { kind: 'exited', code, ...output };
}

async function endTree(tree: ProcessTree, closed: Promise<unknown>): Promise<void> {
  tree.end('SIGTERM');
  const bound = performance.now() + grace;
  for (let pause = 10; tree.isAlive() && performance.now() < bound; pause = Math.min(pause * 2, 100)) {
    await delay(pause);
  }
  if (tree.isAlive()) tree.end('SIGKILL');
  await within(closed, news);
}

async function within(awaited: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const timer = new AbortController();
  const late = delay(milliseconds, false, { signal: timer.signal }).catch(() => false);
  const isInTime = await Promise.race([awaited.then(() => true), late]);
  timer.abort();
  return isInTime;
}

function bounds({ timeout, signal }: Command, stop: (why: StopReason) => void): () => void {
  const timer = setTimeout(() => stop({ kind: 'timed-out', timeout }), Math.min(timeout, longestTimer));
  const abort = () => stop({ kind: 'aborted' });
  signal?.addEventListener('abort', abort, { once: true });
  return () => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
}

function record(
  child: ChildProcessWithoutNullStreams,
  { onLine, answers }: Command,
  limit: number,
  onFull: () => void,
) {
  const [stdout, stderr] = [keepFirst(limit), keepLast(stderrLimit)];
  const lines = onLine === undefined ? [] : [splitLines(answers === true ? () => {} : onLine), splitLines(onLine)];
  for (const [at, [stream, recorder]] of (
    [
      [child.stdout, stdout],
      [child.stderr, stderr],
    ] as const
  ).entries()) {
    // A pipe that breaks ends what is read of it, and no more.
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      recorder.write(chunk);
      lines[at]?.write(chunk);
      if (recorder === stdout && stdout.isFull()) onFull();
    });
  }
  return () => {
    for (const each of lines) each.end();
    return { isFull: stdout.isFull(), output: { stdout: stdout.text(), stderr: stderr.text() } };
  };
}
