import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Digest } from '../../../core/oci/digest.ts';
import type { World } from '../../../core/ports.ts';
import { beat, silence } from '../../../core/rebuild/repeats/claim.ts';
import { type BuildGuard, createBuildGuard } from '../../../core/rebuild/repeats/guard.ts';
import type { RememberedBuild } from '../../../core/rebuild/repeats/record.ts';
import { createWorld } from '../../../core/world.ts';
import { startRegistry, type TestRegistry } from '../../../testing/registry.ts';
import { closeHarnesses, createHarness } from '../../registry/harness.ts';
import { randomFrom } from '../../support/random.ts';
import { digestNo } from '../support.ts';

const real = createWorld();
let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());
afterAll(closeHarnesses);
afterAll(() => real.close());

const minute = 60_000;
const build = (): RememberedBuild => ({
  key: '0123456789abcdef'.repeat(4),
  image: 'web',
  repository: { registry: server.host, repository: 'team/web' },
});

/** A clock that stands while anything is asked for, and then goes on to what is slept for next. */
function createClock() {
  let now = Date.parse('2026-01-02T03:04:05.000Z');
  let asking = 0;
  const sleeping = new Set<{ readonly until: number; wake(): void }>();
  const sleep = (milliseconds: number, signal?: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      const abort = () => {
        if (sleeping.delete(own)) reject(new Error('aborted'));
      };
      const wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      const own = { until: now + milliseconds, wake };
      sleeping.add(own);
      signal?.addEventListener('abort', abort);
    });
  const quiet = async () => {
    for (let turn = 0; turn < 3; turn += asking === 0 ? 1 : 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => now,
    sleep,
    http: (async (request) => {
      asking += 1;
      try {
        return await real.http(request);
      } finally {
        asking -= 1;
      }
    }) as World['http'],
    /** Goes on until the work is done. */
    run: async <T>(work: Promise<T>): Promise<T> => {
      let isOver = false;
      const ended = work.finally(() => {
        isOver = true;
      });
      ended.catch(() => {});
      while (!isOver) {
        await quiet();
        const [next] = [...sleeping].toSorted((a, b) => a.until - b.until);
        if (next === undefined || isOver) continue;
        now = Math.max(now, next.until);
        sleeping.delete(next);
        next.wake();
      }
      return ended;
    },
  };
}

type Clock = ReturnType<typeof createClock>;

/** A process of its own, whose clock may go wrong; when it is killed, nothing of it goes on. */
function createProcess(clock: Clock, skew = 0) {
  let isGone = false;
  const gone = () => new Promise<never>(() => {});
  const alive = <T>(work: Promise<T>): Promise<T> => work.then((value) => (isGone ? gone() : value));
  const world: Partial<World> = {
    now: () => new Date(clock.now() + skew),
    sleep: (milliseconds, signal) => (isGone ? gone() : alive(clock.sleep(milliseconds, signal))),
    http: (request) => (isGone ? gone() : alive(clock.http(request))),
  };
  const harness = createHarness({}, { world });
  const guard = createBuildGuard(harness.registry, harness.world, {
    attempts: 100,
    force: false,
    warn: () => {},
    claims: { world: harness.world, patience: 4 * 60 * minute, log: () => {} },
  });
  return {
    guard,
    kill: () => {
      isGone = true;
    },
  };
}

async function claim(guard: BuildGuard) {
  await guard.admit(build());
  const claimed = await guard.claim?.(build());
  if (claimed === undefined) throw new Error('this guard claims nothing');
  return claimed;
}

const made = digestNo(1) as Digest;

test.each([0, 3_600_000, -3_600_000])(
  'who comes second waits for the first however long it builds, and finds what it made (clocks %d ms apart)',
  async (skew) => {
    const clock = createClock();
    const [first, second] = [createProcess(clock), createProcess(clock, skew)];
    const ends = await clock.run(
      (async () => {
        const own = await claim(first.guard);
        const other = claim(second.guard);
        await clock.sleep(20 * minute);
        if (own.kind === 'ours') await own.ended();
        await first.guard.made(build(), made);
        return [own.kind, (await other).kind, await second.guard.admit(build())];
      })(),
    );
    expect(ends).toEqual(['ours', 'ended-elsewhere', { kind: 'new', made }]);
  },
);

test('what the first gives up or is killed over goes to the second, as soon as that shows', async () => {
  const clock = createClock();
  const [first, second, third] = [createProcess(clock), createProcess(clock), createProcess(clock)];
  await clock.run(
    (async () => {
      const own = await claim(first.guard);
      const other = claim(second.guard);
      await clock.sleep(minute);
      if (own.kind === 'ours') await own.ended('given back');
      // Nothing was made: it is asked for again, and is the second's.
      expect((await other).kind).toBe('ended-elsewhere');
      expect((await claim(second.guard)).kind).toBe('ours');
      await clock.sleep(10 * minute);
      second.kill();
      const killed = clock.now();
      expect((await claim(third.guard)).kind).toBe('ours');
      const waited = clock.now() - killed;
      expect([waited > silence - beat, waited < silence + minute]).toEqual([true, true]);
    })(),
  );
});

test('what was made between the search for a candidate and the claim is not built again', async () => {
  const clock = createClock();
  const [first, second] = [createProcess(clock), createProcess(clock)];
  await clock.run(
    (async () => {
      await second.guard.admit(build());
      await first.guard.made(build(), made);
      expect(await second.guard.claim?.(build())).toEqual({ kind: 'ended-elsewhere' });
    })(),
  );
});

// BIR_CLAIM_STORIES=1000 npx vitest run --project unit test/rebuild/once/claim.test.ts
const stories = Number(process.env.BIR_CLAIM_STORIES ?? 8);

test(`${stories} stories of legs that start beside one another and are killed: nobody builds what another builds or has made`, async () => {
  for (let seed = 1; seed <= stories; seed += 1) {
    const random = randomFrom(seed);
    const clock = createClock();
    const builders = new Set<number>();
    const wrong: string[] = [];
    let isMade = false;
    const leg = async (number: number): Promise<void> => {
      await clock.sleep(Math.floor(random() * 5 * minute));
      // Each leg is started again until it comes to its end, as a rerun beside those that still run.
      for (let attempt = 0; ; attempt += 1) {
        const process = createProcess(clock, Math.floor((random() - 0.5) * 10_000));
        const lives = attempt < 2 && random() < 0.5 ? Math.floor(random() * 4 * minute) : Number.POSITIVE_INFINITY;
        const death = new Promise<'killed'>((resolve) => {
          if (Number.isFinite(lives))
            void clock.sleep(lives).then(() => {
              process.kill();
              builders.delete(number);
              resolve('killed');
            });
        });
        const ended = await Promise.race([death, work(process.guard, number)]);
        if (ended === 'done') return;
      }
    };
    const work = async (guard: BuildGuard, number: number): Promise<'done'> => {
      for (;;) {
        const known = await guard.admit(build());
        if (known.kind === 'new' && known.made !== undefined) return 'done';
        const claimed = await guard.claim?.(build());
        if (claimed?.kind !== 'ours') continue;
        if (builders.size > 0) wrong.push(`seed ${seed}: ${number} builds what ${[...builders]} build`);
        if (isMade) wrong.push(`seed ${seed}: ${number} builds what is made`);
        builders.add(number);
        await clock.sleep(Math.floor(random() * 6 * minute));
        builders.delete(number);
        await claimed.ended();
        await guard.made(build(), made);
        isMade = true;
        return 'done';
      }
    };
    await clock.run(Promise.all([leg(1), leg(2), leg(3)]));
    expect(wrong).toEqual([]);
    await server.close();
    server = await startRegistry();
  }
});
