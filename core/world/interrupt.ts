import { AsyncLocalStorage } from 'node:async_hooks';
import type { World } from '../ports.ts';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
// More than programs are given to end in, and less than CI hosts give this process.
const grace = 5_000;
/** Milliseconds that a run has to take its candidates away and to report, and that it has to end in after that. */
const orderlyEnd = 5_500;
const hardEnd = 7_000;

/** What is going on in one process that can be asked to stop. */
interface Going {
  /** Programs, requests and waits that end at once. */
  readonly broken: AbortController;
  /** Those that go on until the process ends. */
  readonly over: AbortController;
  /** How much work is under way that ends in good order by itself. */
  orderly: number;
}

/**
 * A world whose processes and requests end when this process is asked to stop; work that says so goes on for a moment. A
 * promotion that has begun is brought to its end: one request for each tag.
 */
export function interruptible<W extends World & { close(): Promise<void> }>(world: W, tell: (line: string) => void): W {
  const going: Going = { broken: new AbortController(), over: new AbortController(), orderly: 0 };
  for (const [name, code] of Object.entries(exitCodes)) process.on(name, () => stop(going, world, code, tell, name));
  const unbroken = new AsyncLocalStorage<true>();
  const within = (own: AbortSignal | undefined) => {
    const { signal } = unbroken.getStore() === true ? going.over : going.broken;
    return own === undefined ? signal : AbortSignal.any([signal, own]);
  };
  return {
    ...world,
    exec: (command) => world.exec({ ...command, signal: within(command.signal) }),
    http: (request) => world.http({ ...request, signal: within(request.signal) }),
    sleep: (milliseconds, own) => world.sleep(milliseconds, within(own)),
    stop: {
      signal: going.broken.signal,
      unbroken: (work) => unbroken.run(true, work),
      orderly: async (work) => {
        going.orderly += 1;
        try {
          return await work();
        } finally {
          going.orderly -= 1;
        }
      },
    },
  };
}

function stop(
  { broken, over, orderly }: Going,
  world: { close(): Promise<void> },
  code: number,
  tell: (line: string) => void,
  name: string,
): void {
  // What still runs is ended with this process; a second signal does not wait for it.
  if (broken.signal.aborted) process.exit(code);
  tell(`stopped by ${name}`);
  broken.abort();
  // Whatever a run that ends by itself concludes.
  process.on('exit', () => {
    process.exitCode = code;
  });
  const end = () => process.exit(code);
  const leave = () => {
    over.abort();
    // What temporary folders hold, credentials among it, must not outlive the process.
    world.close().then(end, end);
  };
  setTimeout(end, orderly === 0 ? grace : hardEnd).unref();
  if (orderly === 0) leave();
  else setTimeout(leave, orderlyEnd).unref();
}
