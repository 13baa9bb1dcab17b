import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ended, runProcess } from './run.ts';

type Options = { readonly env: Readonly<Record<string, string>>; readonly cwd: string };

/** Runs a bundled command in processes that have loaded it already. */
export interface WarmProcesses {
  run(program: string, args: readonly string[], options: Options): Promise<Ended>;
  close(): Promise<void>;
}

/**
 * Processes in which a bundled command is begun anew for each run: loading and compiling it takes longer than most runs. With
 * TEST_COLD=1 every run has a process of its own.
 */
export function warmProcesses(): WarmProcesses {
  if (process.env.TEST_COLD === '1') {
    return {
      run: (program, args, options) => runProcess(process.execPath, [program, ...args], options),
      close: async () => {},
    };
  }
  const idle: ChildProcess[] = [];
  return {
    run: async (program, args, { env, cwd }) => {
      const child = idle.pop() ?? begin();
      const ended = await runIn(child, { program, args, env: { TMPDIR: tmpdir(), ...env }, cwd });
      idle.push(child);
      return ended;
    },
    close: async () => {
      await Promise.all(idle.map((child) => new Promise((resolve) => child.once('exit', resolve).disconnect())));
    },
  };
}

function begin(): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'again.cjs')], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

function runIn(child: ChildProcess, asked: object): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`the process ended with ${code} in the middle of a run`));
    child.once('exit', died);
    child.once('message', (ended) => {
      child.removeListener('exit', died);
      resolve(ended as Ended);
    });
    child.send(asked);
  });
}
