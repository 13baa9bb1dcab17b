import { attempt, type Failure } from '../failure.ts';
import type { World } from '../ports.ts';
import { effectOf, isSettled } from './effect.ts';
import type { Kubectl } from './kubectl.ts';
import { podsOf, readWorkload, warningsOf } from './objects.ts';
import type { Placement } from './patch.ts';
import { oneLine, type Trouble, troublesOf } from './pods.ts';
import { creationTrouble, type RolloutProgress, readRollout } from './rollout.ts';
import type { Workload } from './workload.ts';

/** How a watched rollout ended. */
export type RolloutEnd =
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly why: string }
  /** Somebody else has to act before the change takes effect. */
  | { readonly kind: 'pending'; readonly why: string }
  /** Somebody else has changed the workload since. */
  | { readonly kind: 'overtaken'; readonly why: string }
  /** The cluster could not be asked to the end: nothing is known. */
  | { readonly kind: 'unknown'; readonly failure: Failure };

interface Watch {
  readonly world: Pick<World, 'now' | 'sleep'>;
  readonly kubectl: Kubectl;
  /** Milliseconds. */
  readonly timeout: number;
  readonly say: (words: string) => void;
}

const firstPause = 500;
const longestPause = 5_000;
/** For so long a pod may be in a state that it does not leave by itself as a rule, such as a registry that is away. */
const patience = 60_000;

/** Watches a changed workload until its rollout is complete, has failed, or the time is over. */
export async function watchRollout(
  { world, kubectl, timeout, say }: Watch,
  changed: Workload,
  placements: readonly Placement[],
): Promise<RolloutEnd> {
  const started = world.now().getTime();
  const calm = Math.min(patience, timeout / 2);
  let pause = firstPause;
  let said = '';
  let stuckSince: number | undefined;
  let restarted: { readonly times: number; readonly since: number } | undefined;
  for (;;) {
    const seen = await lookAt(kubectl, changed, placements, world.now());
    const now = world.now().getTime();
    if (seen.kind !== 'progressing' && seen.kind !== 'unsteady' && seen.kind !== 'unseen') return seen;
    // Who may not look now may not in a minute.
    if (seen.kind === 'unseen' && seen.failure.code === 'forbidden') return { ...seen, kind: 'unknown' };
    const isStuck = seen.kind !== 'unseen' && seen.troubles.some(({ lasting }) => lasting);
    stuckSince = isStuck ? (stuckSince ?? now) : undefined;
    const times = seen.kind === 'unsteady' && !isStuck ? restartsIn(seen.troubles) : undefined;
    restarted = times === undefined ? undefined : restarted?.times === times ? restarted : { times, since: now };
    if (restarted !== undefined && now - restarted.since >= calm) return { kind: 'complete' };
    const why = seen.kind === 'unseen' ? `the cluster does not answer: ${seen.failure.detail}` : wordsOf(seen);
    if (stuckSince !== undefined && now - stuckSince >= patience) return { kind: 'failed', why };
    if (now - started >= timeout) {
      if (seen.kind === 'unseen') return { kind: 'unknown', failure: seen.failure };
      return { kind: 'failed', why: `${why}, and the timeout of ${Math.round(timeout / 1000)} s has passed` };
    }
    if (why !== said) say(why);
    said = why;
    await world.sleep(Math.min(pause, Math.max(0, started + timeout - now)));
    pause = Math.min(Math.round(pause * 1.3), longestPause);
  }
}

type Look =
  | Exclude<RolloutEnd, { readonly kind: 'unknown' }>
  | { readonly kind: 'progressing'; readonly why: string; readonly troubles: readonly Trouble[] }
  /** All replicas are there, and yet something of them has failed just now. */
  | { readonly kind: 'unsteady'; readonly why: string; readonly troubles: readonly Trouble[] }
  | { readonly kind: 'unseen'; readonly failure: Failure };

async function lookAt(kubectl: Kubectl, changed: Workload, placements: readonly Placement[], at: Date): Promise<Look> {
  const read = await attempt(changed.name, () => readWorkload(kubectl, changed));
  if (read.kind === 'failed') {
    if (read.failure.code === 'not-found') return { kind: 'overtaken', why: 'it was deleted during the rollout' };
    return { kind: 'unseen', failure: read.failure };
  }
  const now = read.value;
  const lost = placements.find((placement) => imageIn(now, placement) !== placement.image);
  if (now.uid !== changed.uid) return { kind: 'overtaken', why: 'it was recreated during the rollout' };
  if (lost !== undefined) {
    const image = imageIn(now, lost) ?? 'nothing';
    return { kind: 'overtaken', why: `somebody changed ${lost.container} to ${image} during the rollout` };
  }
  const progress = progressOf(now, changed.generation);
  if (progress.kind === 'pending') return progress;
  const listed = await attempt(changed.name, () => podsOf(kubectl, now));
  const images = placements.map(({ image }) => image);
  // While it goes on, the workload itself still tells how far it is; that it is well, the pods alone say.
  if (listed.kind === 'failed' && progress.kind === 'complete') return { kind: 'unseen', failure: listed.failure };
  const troubles = listed.kind === 'done' ? troublesOf(listed.value, images, at) : [];
  if (progress.kind === 'complete') return steady(troubles);
  const all = [...(await creationTroubles(kubectl, now)), ...troubles];
  if (progress.kind === 'failed') return { kind: 'failed', why: wordsOf({ why: progress.why, troubles: all }) };
  return { ...progress, troubles: all };
}

function progressOf(
  now: Workload,
  generation: number,
): RolloutProgress | Extract<RolloutEnd, { readonly kind: 'pending' }> {
  const progress = readRollout(now, generation);
  const effect = effectOf(now);
  // Somebody may have scaled it away meanwhile, and nothing at all is quickly complete.
  if (effect.kind !== 'pending' || now.status.observedGeneration < generation) return progress;
  return isSettled(now) ? { kind: 'complete' } : effect;
}

// Without a readiness probe a container that crashes is available in between.
function steady(troubles: readonly Trouble[]): Look {
  const standing = troubles.filter(({ lasting, restarts }) => lasting || restarts > 0);
  if (standing.length === 0) return { kind: 'complete' };
  return { kind: 'unsteady', why: 'all replicas are available, but not steadily', troubles: standing };
}

function restartsIn(troubles: readonly Trouble[]): number {
  return troubles.reduce((sum, { restarts }) => sum + restarts, 0);
}

// A quota that is used up or a policy that says no: Deployments have a condition for it, the others leave events.
async function creationTroubles(kubectl: Kubectl, now: Workload): Promise<readonly Trouble[]> {
  const trouble = creationTrouble(now);
  if (trouble !== undefined) return [failedCreate(trouble)];
  if (now.kind === 'deployment') return [];
  const listed = await attempt(now.name, () => warningsOf(kubectl, now));
  const words =
    listed.kind === 'done' ? listed.value.filter(({ reason }) => reason === 'FailedCreate').at(-1) : undefined;
  return words === undefined ? [] : [failedCreate(`no pod could be created: ${words.message}`)];
}

function failedCreate(words: string): Trouble {
  return { reason: 'FailedCreate', words: oneLine(words, 400), lasting: false, restarts: 0 };
}

/** The image of a container or init container, by its name. */
export function imageIn({ containers }: Workload, { container, init }: Placement): string | undefined {
  return containers.find((each) => each.name === container && each.init === init)?.image;
}

function wordsOf({ why, troubles }: { readonly why: string; readonly troubles: readonly Trouble[] }): string {
  const named = troubles.slice(0, 3).map(({ words }) => words);
  const more = troubles.length > named.length ? [`and ${troubles.length - named.length} more pods`] : [];
  return [why, ...named, ...more].join('; ');
}
