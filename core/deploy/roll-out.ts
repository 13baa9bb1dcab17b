import { attempt, type Failure, FailureError, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { workloadAnnotations } from './annotations.ts';
import type { ContainerChange } from './change.ts';
import { isSettled } from './effect.ts';
import type { Kubectl } from './kubectl.ts';
import { patchWorkload, readWorkload } from './objects.ts';
import type { Placement } from './patch.ts';
import type { WorkloadStep } from './plan.ts';
import type { WorkloadResult, WorkloadState } from './result.ts';
import { imageIn, type RolloutEnd, watchRollout } from './watch.ts';
import { type Workload, workloadName } from './workload.ts';

/** What carrying steps out in one target needs. */
export interface Rolling {
  readonly world: Pick<World, 'now' | 'sleep'>;
  readonly kubectl: Kubectl;
  /** Milliseconds for which one rollout is watched. */
  readonly timeout: number;
  readonly dryRun: boolean;
  readonly say: (words: string) => void;
}

type Ended = Pick<WorkloadResult, 'state'> & Partial<Pick<WorkloadResult, 'why' | 'failure'>>;

/** Carries one step out; whatever happens is its result. */
export async function carryOutStep(rolling: Rolling, step: WorkloadStep): Promise<WorkloadResult> {
  const { workload, changes } = step;
  const started = rolling.world.now().getTime();
  const done = await attempt(workloadName(workload), () => ended(rolling, step));
  const result = done.kind === 'done' ? done.value : unfinished(done.failure);
  return { workload, changes, ...result, durationMs: rolling.world.now().getTime() - started };
}

// What the cluster said no to was not changed; where it did not answer, that is not known.
function unfinished(failure: Failure): Ended {
  const isOpen = failure.code === 'unreachable' || failure.code === 'deadline' || failure.code === 'malformed';
  return { state: isOpen ? 'unknown' : 'refused', failure };
}

async function ended(rolling: Rolling, step: WorkloadStep): Promise<Ended> {
  switch (step.kind) {
    case 'refuse':
      return { state: 'refused', failure: step.failure };
    case 'keep':
      return unchanged(rolling, step);
    case 'change':
      return changed(rolling, step);
  }
}

// What an earlier run put there need not have come up.
async function unchanged(
  rolling: Rolling,
  { workload, changes, effect }: Exclude<WorkloadStep, { kind: 'refuse' }>,
): Promise<Ended> {
  if (effect.kind === 'next-run') return { state: 'current' };
  if (rolling.dryRun) {
    return effect.kind === 'rollout' || isSettled(workload)
      ? { state: 'current' }
      : { state: 'pending', why: effect.why };
  }
  return afterWatch(await watchWorkload(rolling, workload, placementsOf(changes, 'from')), 'current', workload);
}

async function changed(
  rolling: Rolling,
  { workload, changes, effect }: Exclude<WorkloadStep, { kind: 'refuse' }>,
): Promise<Ended> {
  const wanted = placementsOf(changes, 'to');
  const annotations = workloadAnnotations(changes, workload.annotations);
  const after = await place(rolling, workload, wanted, placementsOf(changes, 'from'), annotations);
  if (rolling.dryRun) return { state: 'planned', ...(effect.kind === 'rollout' ? {} : { why: effect.why }) };
  if (effect.kind !== 'rollout') {
    return { state: effect.kind === 'pending' ? 'pending' : 'set', why: effect.why };
  }
  return afterWatch(await watchWorkload(rolling, after, wanted), 'rolled-out', workload);
}

/** Watches a workload, and logs it under its name. */
export function watchWorkload(
  { world, kubectl, timeout, say }: Rolling,
  workload: Workload,
  wanted: readonly Placement[],
) {
  const name = workloadName(workload);
  return watchRollout({ world, kubectl, timeout, say: (words) => say(`${name}: ${words}`) }, workload, wanted);
}

function afterWatch(watched: RolloutEnd, good: WorkloadState, workload: Workload): Ended {
  const subject = workloadName(workload);
  switch (watched.kind) {
    case 'complete':
      return { state: good };
    case 'pending':
      return { state: 'pending', why: watched.why };
    case 'failed':
      return { state: 'failed', failure: fail('deploy-failed', subject, `did not roll out: ${watched.why}`).failure };
    case 'overtaken':
      return {
        state: 'failed',
        failure: fail('moved', subject, watched.why, 'find out who did, then run again').failure,
      };
    case 'unknown': {
      const detail = `could not be watched, so it is not known whether it rolled out: ${watched.failure.detail}`;
      return { state: 'unknown', failure: { ...watched.failure, subject, detail } };
    }
  }
}

const attempts = 5;

// The change went out and no answer came: what fails afterwards does not show that it was not made.
function afterLost(workload: Workload, lost: Failure, later: Failure): FailureError {
  if (later.code === 'moved') return new FailureError(later);
  const detail = `was sent a change of which the answer was lost: ${lost.detail}; then: ${later.detail}`;
  const remedy = later.remedy ?? 'look whether it was changed, then run again';
  return fail('unreachable', workloadName(workload), detail, remedy, { retryable: true });
}

/** Puts images in the place of others; throws `moved` where somebody else has put other ones there. */
export async function place(
  { kubectl, dryRun, world }: Rolling,
  workload: Workload,
  wanted: readonly Placement[],
  before: readonly Placement[],
  annotations: Readonly<Record<string, string | null>>,
): Promise<Workload> {
  // Other fields change all the time, by autoscalers and by status: only another image is somebody else's decision.
  const readAgain = async (pause: number) => {
    await world.sleep(pause);
    return attempt(workloadName(workload), () => readWorkload(kubectl, workload));
  };
  let now = workload;
  let lost: Failure | undefined;
  for (let tried = 1; ; tried++) {
    // Somebody did the same, or the answer was lost on its way and the change itself was made.
    if (has(now, wanted) && now.uid === workload.uid) return now;
    if (now.uid !== workload.uid || !has(now, before)) throw changedMeanwhile(workload, now, before);
    const patched = await attempt(workloadName(workload), () =>
      patchWorkload(kubectl, now, wanted, annotations, { dryRun }),
    );
    if (patched.kind === 'done') return patched.value;
    const { failure } = patched;
    if (failure.retryable && failure.code !== 'moved') lost ??= failure;
    const read = failure.retryable && tried < attempts ? await readAgain(200 * tried) : patched;
    if (read.kind === 'done') now = read.value;
    else throw lost === undefined ? new FailureError(read.failure) : afterLost(workload, lost, read.failure);
  }
}

/** Whether a workload runs these images. */
export function has(workload: Workload, placements: readonly Placement[]): boolean {
  return placements.every((placement) => imageIn(workload, placement) === placement.image);
}

function changedMeanwhile(workload: Workload, now: Workload, before: readonly Placement[]): FailureError {
  const other = before.find((placement) => imageIn(now, placement) !== placement.image);
  const what =
    other === undefined
      ? 'it was recreated'
      : `somebody changed ${other.container} to ${imageIn(now, other) ?? 'nothing'}`;
  return fail('moved', workloadName(workload), `${what} during this run, and that was not overwritten`, 'run again');
}

/** What changes put into containers, or take out of them. */
export function placementsOf(changes: readonly ContainerChange[], which: 'from' | 'to' | 'back'): readonly Placement[] {
  return changes.map((change) => ({
    container: change.container,
    init: change.init,
    image: change[which] ?? change.from,
  }));
}
