import { type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { ContainerChange } from './change.ts';
import type { Deployable } from './deployable.ts';
import type { Note } from './plan.ts';
import type { Workload } from './workload.ts';

/**
 * What became of one workload.
 * `rolled-out`: changed, and seen to be well. `current`: ran the digest already, and is well. `planned`: a dry run would
 * change it. `set`: changed, and nothing is there to be watched. `pending`: changed, and somebody else has to act before it
 * takes effect. `failed`: changed, not well, and left so. `unknown`: changed, and could not be watched. `rolled-back`: not
 * well, and seen to be well again with the bytes of its former images. `refused`: not changed, on purpose.
 */
export type WorkloadState =
  | 'rolled-out'
  | 'current'
  | 'planned'
  | 'set'
  | 'pending'
  | 'failed'
  | 'unknown'
  | 'rolled-back'
  | 'refused';

export interface WorkloadResult {
  readonly workload: Workload;
  readonly changes: readonly ContainerChange[];
  readonly state: WorkloadState;
  readonly why?: string;
  readonly failure?: Failure;
  readonly durationMs: number;
}

/** What was written into the repository of a target: one commit or pull request. */
export interface WrittenBack {
  readonly group: string;
  readonly branch: string;
  /** `commit 0123456789ab`, `pull request opened`. */
  readonly action: string;
  /** Where people see it; absent where that is nowhere. */
  readonly url?: string;
}

/** What became of one target; `held` ones follow one that is not known to be healthy. */
export interface TargetResult {
  readonly target: string;
  /** Names of the images that it takes. */
  readonly images: readonly string[];
  readonly state: 'done' | 'failed' | 'held';
  readonly workloads: readonly WorkloadResult[];
  readonly notes: readonly Note[];
  /** Of a target that is a repository: nothing where its files say it already. */
  readonly written?: readonly WrittenBack[];
  readonly why?: string;
  readonly failure?: Failure;
}

/** Whether what follows may build on it. */
export function isHealthy({ state }: WorkloadResult): boolean {
  return state === 'rolled-out' || state === 'current' || state === 'set' || state === 'planned';
}

/**
 * What became of one image over all targets. `pending`: somebody else has to act before all of it takes effect. `nowhere`:
 * nothing runs it. `held`: not all targets were tried. `failed`: not all of it is well, or that is not known.
 */
export type DeploymentVerdict = 'deployed' | 'pending' | 'planned' | 'nowhere' | 'held' | 'failed';

/** The part of a deployment that is about one image. */
export interface Deployment {
  readonly digest: Digest;
  readonly verdict: DeploymentVerdict;
  readonly targets: readonly TargetResult[];
}

/** What became of one image, of all that was done. */
export function deploymentOf({ image, digest }: Deployable, results: readonly TargetResult[]): Deployment {
  const targets = results
    .filter(({ images }) => images.includes(image))
    .map((result) => {
      const own = result.workloads
        .filter(({ changes }) => changes.some((change) => change.image === image))
        .map((each) => ({ ...each, changes: each.changes.filter((change) => change.image === image) }));
      const notes = result.notes.filter(({ images }) => images.includes(image));
      return { ...result, workloads: own, notes };
    });
  return { digest, verdict: verdictOf(targets), targets };
}

const bad: readonly WorkloadState[] = ['failed', 'unknown', 'rolled-back', 'refused'];

function verdictOf(targets: readonly TargetResult[]): DeploymentVerdict {
  const states = targets.flatMap(({ workloads }) => workloads.map(({ state }) => state));
  if (targets.some(({ failure }) => failure !== undefined) || states.some((state) => bad.includes(state)))
    return 'failed';
  if (targets.some(({ state }) => state === 'held')) return 'held';
  if (states.includes('planned')) return 'planned';
  // Whoever reads that repository has to act before it takes effect.
  if (states.includes('pending') || targets.some(({ written = [] }) => written.length > 0)) return 'pending';
  if (targets.some(({ written }) => written !== undefined)) return 'deployed';
  return states.length === 0 ? 'nowhere' : 'deployed';
}

/** What keeps an image from being deployed; undefined where nothing does. */
export function failureOfDeployment(image: string, { targets, verdict }: Deployment): Failure | undefined {
  if (verdict !== 'failed' && verdict !== 'held') return undefined;
  const own = targets.flatMap(({ failure, workloads }) => [failure, ...workloads.map((each) => each.failure)]);
  const first = own.find((failure) => failure !== undefined);
  if (first !== undefined) return first;
  const back = targets.find(({ workloads }) => workloads.some(({ state }) => state === 'rolled-back'));
  if (back !== undefined) {
    const why = back.workloads.find(({ state }) => state === 'rolled-back')?.why ?? '';
    return fail('deploy-failed', image, `was rolled back in ${back.target}: ${why}`, 'fix that and deploy again')
      .failure;
  }
  const held = targets.find(({ state }) => state === 'held');
  return fail(
    'deploy-failed',
    image,
    `was not rolled out to ${held?.target ?? 'a target'}: ${held?.why ?? ''}`,
    'fix that and deploy again',
  ).failure;
}
