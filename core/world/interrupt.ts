import type { World } from '../ports.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
// More than programs are given to end in, and less than CI hosts give this process.
const grace = 5_000;

/**
 * A world whose processes and requests end when this process is told to stop. Release tags are then as they were or
 * as they were promoted: a promotion is one request for each tag.
 */
export function interruptible<W extends World & { close(): Promise<void> }>(world: W, tell: (line: string) => void): W {
  const controller = new AbortController();
  const { signal } = controller;
  for (const [name, code] of Object.entries(exitCodes)) {
    process.on(name, () => {
      // What still runs is ended with this process; a second signal does not wait for it.
      if (signal.aborted) process.exit(code);
      tell(`stopped by ${name}`);
      controller.abort();
      // What temporary folders hold, credentials among it, must not outlive the process.
      setTimeout(() => process.exit(code), grace).unref();
      const end = () => process.exit(code);
      world.close().then(end, end);
    });
  }
  return {
    ...world,
    exec: (command) => world.exec({ ...command, signal: either(signal, command.signal) }),
    http: (request) => world.http({ ...request, signal: either(signal, request.signal) }),
    sleep: (milliseconds, own) => world.sleep(milliseconds, either(signal, own)),
  };
}

function either(signal: AbortSignal, own: AbortSignal | undefined): AbortSignal {
  return own === undefined ? signal : AbortSignal.any([signal, own]);
}
