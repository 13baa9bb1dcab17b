import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { annotationsBefore } from './annotations.ts';
import type { ContainerChange } from './change.ts';
import { readWorkload } from './objects.ts';
import type { WorkloadResult, WorkloadState } from './result.ts';
import { has, place, placementsOf, type Rolling, watchWorkload } from './roll-out.ts';
import type { RolloutEnd } from './watch.ts';
import { resources, workloadName } from './workload.ts';

/** Puts the former images of what this run changed back and looks whether that is well again. */
export async function rollBackWorkload(rolling: Rolling, result: WorkloadResult, why: string): Promise<WorkloadResult> {
  const { workload } = result;
  // What somebody else has put there since is not ours to take away.
  if (result.failure?.code === 'moved') return result;
  const started = rolling.world.now().getTime();
  const undone = await attempt(workloadName(workload), () => undo(rolling, result));
  const durationMs = result.durationMs + rolling.world.now().getTime() - started;
  if (undone.kind === 'failed') {
    const state = result.state === 'failed' ? 'failed' : 'unknown';
    return { ...result, state, failure: stuck(result, describeFailure(undone.failure)), durationMs };
  }
  const { watched, same } = undone.value;
  // What was scaled to nothing meanwhile is back too, as far as there is anything.
  const isBack = watched.kind === 'complete' || watched.kind === 'pending';
  if (!isBack) return { ...result, state: 'failed', failure: stuck(result, wordsOf(watched)), durationMs };
  if (same === undefined) return { ...result, state: 'rolled-back', why, durationMs };
  return { ...result, state: 'failed', failure: notBack(result, why, same), durationMs };
}

interface Undone {
  readonly watched: RolloutEnd;
  /** Why it may run the same bytes again. */
  readonly same: string | undefined;
}

async function undo(rolling: Rolling, { workload, changes, state }: WorkloadResult): Promise<Undone> {
  const now = await readWorkload(rolling.kubectl, workload);
  const [before, former] = [placementsOf(changes, 'from'), placementsOf(changes, 'back')];
  // A change whose answer was lost need not have been made, and then nothing is to be undone.
  if (now.uid === workload.uid && has(now, before)) {
    return { watched: await settled(state, () => watchWorkload(rolling, now, before)), same: undefined };
  }
  const annotations = annotationsBefore(changes, workload.annotations);
  const after = await place(rolling, now, former, placementsOf(changes, 'to'), annotations);
  return { watched: await settled(state, () => watchWorkload(rolling, after, former)), same: sameAgain(changes) };
}

function settled(state: WorkloadState, look: () => Promise<RolloutEnd>): Promise<RolloutEnd> {
  return state === 'set' || state === 'pending' ? Promise.resolve({ kind: 'complete' }) : look();
}

function wordsOf(watched: RolloutEnd): string {
  if (watched.kind === 'complete') return '';
  return watched.kind === 'unknown' ? watched.failure.detail : watched.why;
}

// A person has to go on from here.
function stuck({ workload, changes, failure }: WorkloadResult, cause: string): Failure {
  const { kind, namespace, name } = workload;
  const images = placementsOf(changes, 'back').map(({ container, image }) => `${container}=${image}`);
  const command = `kubectl --namespace ${namespace} set image ${resources[kind]}/${name} ${images.join(' ')}`;
  // kubernetes/kubernetes#67250: a StatefulSet does not replace a pod that never became ready.
  const pods = kind === 'statefulset' ? ', then delete its pods that are not ready' : '';
  const first = failure === undefined ? '' : `${failure.detail}; `;
  const detail = `${first}rolling back failed too: ${cause}`;
  const same = sameAgain(changes);
  if (same === undefined) return fail('deploy-failed', workloadName(workload), detail, `run ${command}${pods}`).failure;
  return fail('deploy-failed', workloadName(workload), `${detail}; ${same}`, workingImage).failure;
}

const workingImage = 'set it to an image that works, or take the promotion back with the command rollback';

function notBack({ workload, failure }: WorkloadResult, why: string, same: string): Failure {
  const detail = `${failure?.detail ?? why}; was put back, but ${same}`;
  return fail('deploy-failed', workloadName(workload), detail, workingImage).failure;
}

// The bytes that a tag named before are not known, and those that it names now are the ones that did not work.
function sameAgain(changes: readonly ContainerChange[]): string | undefined {
  const tags = changes.flatMap(({ from, back }) => (back === undefined ? [from] : []));
  if (tags.length === 0) return undefined;
  return `${tags.join(', ')} names the promoted image by now, and what it named before is not known`;
}
