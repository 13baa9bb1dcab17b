import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { Command, Exec, Exit } from '../ports.ts';

const defaultMaxOutput = 256 * 1024 * 1024;
const keptStderr = 1024 * 1024;
const killAfter = 5_000;

/** Runs executables as children of this process, with exactly the environment they are given. */
export function createExec(): Exec {
  return (command) =>
    new Promise((resolve) => {
      const child = spawn(command.file, command.args, {
        env: command.env,
        stdio: ['pipe', 'pipe', 'pipe'],
        windowsHide: true,
        ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
      });
      const end = limits(command, child);
      const stdout = collect(child.stdout, command.maxOutput ?? defaultMaxOutput, command.onLine, () =>
        end.kill('output'),
      );
      const stderr = collect(child.stderr, keptStderr, command.onLine, () => {});
      child.once('error', (error: NodeJS.ErrnoException) => {
        end.release();
        const missing = error.code === 'ENOENT' || error.code === 'EACCES';
        resolve(missing ? { kind: 'not-found' } : { kind: 'killed', why: 'signal', stderr: error.message });
      });
      child.once('close', (code) => {
        end.release();
        resolve(exitOf(code, end.why(), stdout.text(), stderr.text()));
      });
      // A child that ends without reading its input is judged by its exit, not by our EPIPE.
      child.stdin.on('error', () => {});
      child.stdin.end(command.stdin ?? '');
    });
}

type KillReason = 'timeout' | 'aborted' | 'output';

function exitOf(code: number | null, why: KillReason | undefined, stdout: string, stderr: string): Exit {
  if (why !== undefined) return { kind: 'killed', why, stderr };
  if (code === null) return { kind: 'killed', why: 'signal', stderr };
  return { kind: 'exited', code, stdout, stderr };
}

function limits(command: Command, child: ChildProcess) {
  let reason: KillReason | undefined;
  let hard: NodeJS.Timeout | undefined;
  const kill = (why: KillReason) => {
    if (reason !== undefined) return;
    reason = why;
    child.kill('SIGTERM');
    hard = setTimeout(() => child.kill('SIGKILL'), killAfter);
  };
  const timer = command.timeout === undefined ? undefined : setTimeout(() => kill('timeout'), command.timeout);
  const abort = () => kill('aborted');
  if (command.signal?.aborted) abort();
  command.signal?.addEventListener('abort', abort, { once: true });
  return {
    kill,
    why: () => reason,
    release: () => {
      clearTimeout(timer);
      clearTimeout(hard);
      command.signal?.removeEventListener('abort', abort);
    },
  };
}

// Keeps the last `limit` bytes and hands on complete lines; CR ends a line too, as progress bars use it.
function collect(
  stream: NodeJS.ReadableStream,
  limit: number,
  onLine: ((line: string) => void) | undefined,
  onOverflow: () => void,
) {
  const chunks: Buffer[] = [];
  const decoder = new StringDecoder('utf8');
  let bytes = 0;
  let pending = '';
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limit) {
      onOverflow();
      while (bytes - (chunks[0]?.length ?? bytes) > limit) bytes -= chunks.shift()?.length ?? 0;
    }
    if (onLine === undefined) return;
    const lines = (pending + decoder.write(chunk)).split(/\r\n|\n|\r/);
    pending = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  stream.on('end', () => {
    if (pending !== '') onLine?.(pending);
  });
  return { text: () => Buffer.concat(chunks).toString('utf8') };
}
