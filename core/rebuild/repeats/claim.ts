import { attempt, describeFailure } from '../../failure.ts';
import type { World } from '../../ports.ts';
import type { Registry } from '../../registry/registry.ts';
import { type BuildRecord, type RememberedBuild, readAttempts, writeAttempts } from './record.ts';

/** What claims rest on: the registry, a clock, and a name that no other process has. */
export interface ClaimGround {
  readonly registry: Pick<Registry, 'forget' | 'manifest' | 'putBlob' | 'putManifest'>;
  readonly world: Pick<World, 'now' | 'randomHex' | 'sleep'>;
  /** Longest wait for another that gives signs of life, in milliseconds. */
  readonly patience: number;
  readonly log: (line: string) => void;
}

/** A build that is this process's alone, or that another has ended one way or another meanwhile. */
export type Claimed =
  | {
      readonly kind: 'ours';
      /** Ends the claim, before anything is written of what came of it; `given back` where nothing is. */
      ended(how?: 'given back'): Promise<void>;
    }
  | { readonly kind: 'ended-elsewhere' };

/** How often who builds says that it lives, and how long it may be silent: four of five signs may be lost. */
export const beat = 15_000;
export const silence = 75_000;
/** Longer than a read's way back and a write's way there take, as a rule: who writes last has the build. */
const settling = 2_000;
const pause = 10_000;

/**
 * Takes a build for this process. While another is at it this one waits: until that ends, or gives no sign of life any more,
 * by the clock of who waits alone.
 * A register that two write at once costs one more build, never a release tag.
 */
export async function claimBuild(ground: ClaimGround, build: RememberedBuild, seen?: string): Promise<Claimed> {
  const { registry, world, log, patience } = ground;
  const by = world.randomHex(16);
  const began = world.now().getTime();
  let watched = { sign: '', since: began };
  for (let isWaiting = false; ; ) {
    const known = await readAttempts(registry, build.repository, build.key);
    const rival = known?.building;
    if (rival === undefined && known !== undefined && (isWaiting || hasEnded(known, seen)))
      return { kind: 'ended-elsewhere' };
    const now = world.now().getTime();
    const sign = `${rival?.by} ${rival?.beat}`;
    if (watched.sign !== sign) watched = { sign, since: now };
    if (rival !== undefined && now - began < patience && now - watched.since < silence) {
      if (!isWaiting) log(`${build.image}: another leg builds the same, and is waited for`);
      isWaiting = true;
      await world.sleep(pause);
      continue;
    }
    const { failures = 0, deaths = 0 } = known ?? {};
    await write(ground, build, { failures, deaths: deaths + 1, building: { by, beat: 0 } });
    await world.sleep(settling);
    const read = await readAttempts(registry, build.repository, build.key);
    if (read?.building?.by === by) return ours(ground, build, by);
  }
}

// What another made and wrote down since this process looked for it.
function hasEnded({ at, made, done, promoted }: BuildRecord, seen: string | undefined): boolean {
  return seen !== undefined && at !== seen && (made ?? done ?? promoted) !== undefined;
}

function ours(ground: ClaimGround, build: RememberedBuild, by: string): Claimed {
  const { world, log } = ground;
  const over = new AbortController();
  const beating = (async () => {
    for (let number = 1; ; number += 1) {
      const slept = await attempt(build.image, () => world.sleep(beat, over.signal));
      if (over.signal.aborted || slept.kind === 'failed') return;
      const done = await attempt(build.image, () => renew(ground, build, { by, beat: number }));
      if (done.kind === 'failed') log(`${build.image}: its claim: ${describeFailure(done.failure)}`);
      else if (!done.value) return log(`${build.image}: another leg took its build over`);
    }
  })();
  return {
    kind: 'ours',
    ended: async (how) => {
      over.abort();
      // What is on its way would come after what is written of the build.
      await beating;
      if (how === 'given back') await attempt(build.image, () => renew(ground, build, { by }));
    },
  };
}

async function renew(
  ground: ClaimGround,
  build: RememberedBuild,
  { by, beat: number }: { readonly by: string; readonly beat?: number },
): Promise<boolean> {
  const known = await readAttempts(ground.registry, build.repository, build.key);
  if (known?.building?.by !== by) return false;
  const { failures, deaths = 0 } = known;
  await write(ground, build, { failures, deaths, ...(number === undefined ? {} : { building: { by, beat: number } }) });
  return true;
}

function write(
  { registry, world }: ClaimGround,
  { key, repository, image }: RememberedBuild,
  learnt: Pick<BuildRecord, 'failures' | 'deaths' | 'building'>,
): Promise<void> {
  return writeAttempts(registry, repository, { key, image, at: world.now().toISOString(), ...learnt });
}
