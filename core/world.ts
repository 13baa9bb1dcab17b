import { randomBytes } from 'node:crypto';
import { totalmem } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { World } from './ports.ts';
import { createExec } from './world/exec.ts';
import { createFiles } from './world/files.ts';
import { createHttp } from './world/http.ts';

/** The real World of this process; `close` ends programs and idle connections, and removes temporary folders. */
export function createWorld(options: { readonly cwd?: string } = {}): World & { close(): Promise<void> } {
  const env = process.env;
  const http = createHttp(env);
  const processes = createExec({
    os: process.platform,
    ...(env.SystemRoot === undefined ? {} : { systemRoot: env.SystemRoot }),
  });
  const files = createFiles(env.RUNNER_TEMP ?? env.AGENT_TEMPDIRECTORY);
  return {
    http: http.send,
    exec: processes.exec,
    files: files.files,
    env,
    cwd: options.cwd ?? process.cwd(),
    platform: { os: process.platform, architecture: process.arch, node: process.versions.node, memory: memoryOf() },
    now: () => new Date(),
    sleep: async (milliseconds, signal) => {
      await delay(milliseconds, undefined, signal === undefined ? {} : { signal });
    },
    random: Math.random,
    randomHex: (bytes) => randomBytes(bytes).toString('hex'),
    close: async () => {
      // First, for what still runs may write into temporary folders.
      await processes.close();
      await Promise.all([http.close(), files.removeTemporary()]);
    },
  };
}

// A container may have less than its machine.
function memoryOf(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
