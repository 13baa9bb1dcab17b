import type { World } from '../../core/ports.ts';

/** Longer than any run may take. */
const tooLong = 3 * 3_600_000;
/** Milliseconds after which a request that is still under way is taken for one that nobody answers. */
const silence = 150;

/** A world in which nobody waits for an answer that never comes: time jumps past the deadline instead. */
export function impatient(world: World, hangs: () => boolean): { readonly world: World; stop(): void } {
  const waiting = new Map<AbortController, number>();
  let skipped = 0;
  const look = () => {
    const stuck = [...waiting].filter(([, since]) => performance.now() - since > silence);
    if (!hangs() || stuck.length === 0 || stuck.length < waiting.size) return;
    skipped += tooLong;
    for (const [controller] of stuck) controller.abort(new DOMException('the time is over', 'TimeoutError'));
  };
  const clock = setInterval(look, 25);
  return {
    world: {
      ...world,
      now: () => new Date(world.now().getTime() + skipped),
      http: async (request) => {
        const controller = new AbortController();
        waiting.set(controller, performance.now());
        const signals = request.signal === undefined ? [] : [request.signal];
        try {
          return await world.http({ ...request, signal: AbortSignal.any([controller.signal, ...signals]) });
        } finally {
          waiting.delete(controller);
        }
      },
    },
    stop: () => clearInterval(clock),
  };
}
