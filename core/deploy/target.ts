import pLimit from 'p-limit';
import { attempt, describeFailure, type Failure, FailureError } from '../failure.ts';
import type { Level } from '../ports.ts';
import { type ClusterContext, checkAccess, withCluster } from './cluster.ts';
import type { Deployable } from './deployable.ts';
import { takenBy } from './images.ts';
import type { Kubectl } from './kubectl.ts';
import { selectWorkloads } from './objects.ts';
import { passedOver } from './passed-over.ts';
import { isAt, type Note, planTarget } from './plan.ts';
import { isHealthy, type TargetResult, type WorkloadResult } from './result.ts';
import { rollBackWorkload } from './roll-back.ts';
import { carryOutStep, type Rolling } from './roll-out.ts';
import { runningImages } from './running.ts';
import type { DeployTarget, GitSettings } from './settings.ts';
import { workloadName } from './workload.ts';

/** What deploying needs besides a target. */
export interface DeployContext extends ClusterContext {
  readonly log: (level: Level, line: string) => void;
  readonly concurrency: number;
  readonly dryRun: boolean;
  /** Writes into the repository of a target. */
  readonly writeBack: (
    target: DeployTarget,
    git: GitSettings,
    deployables: readonly Deployable[],
  ) => Promise<TargetResult>;
}

/** Rolls promoted images out to one target: all of it, or with `roll-back` none. */
export async function deployToTarget(
  context: DeployContext,
  target: DeployTarget,
  deployables: readonly Deployable[],
): Promise<TargetResult> {
  const wanted = takenBy(target, deployables);
  const images = wanted.map(({ image }) => image);
  const empty = { target: target.name, images, workloads: [], notes: [] };
  if (wanted.length === 0) return { ...empty, state: 'done', why: 'none of its images was promoted' };
  const done = await attempt(target.name, () =>
    withCluster(context, target, (kubectl) => roll(context, target, kubectl, wanted)),
  );
  if (done.kind === 'done') return done.value;
  const failure = inTarget(target, done.failure);
  context.log('error', describeFailure(failure));
  return { ...empty, state: 'failed', failure };
}

/** Throws where kubectl or the context of a target is not there; no cluster is asked. */
export async function checkTarget(context: DeployContext, target: DeployTarget): Promise<void> {
  const checked = await attempt(target.name, () => checkAccess(context, target));
  if (checked.kind === 'failed') throw new FailureError(inTarget(target, checked.failure));
}

// Among several clusters, a failure without its target could be anywhere.
function inTarget({ name }: DeployTarget, failure: Failure): Failure {
  return failure.subject === name ? failure : { ...failure, subject: `${name}: ${failure.subject}` };
}

async function roll(
  context: DeployContext,
  target: DeployTarget,
  kubectl: Kubectl,
  deployables: readonly Deployable[],
): Promise<TargetResult> {
  const { world, log, dryRun } = context;
  const { steps, notes: left } = planTarget(target, await selectWorkloads(kubectl, target), deployables);
  const notes = [...left, ...(await othersThatRun(context, target, kubectl, deployables))];
  for (const { words } of notes) log('warning', `${target.name}: ${words}`);
  const say = (words: string) => log('info', `${target.name}: ${words}`);
  const rolling: Rolling = { world, kubectl, timeout: target.timeout, dryRun, say };
  const limit = pLimit(context.concurrency);
  const tried = await Promise.all(steps.map((step) => limit(() => carryOutStep(rolling, step))));
  const workloads = (await afterwards(rolling, target, tried)).map((result) => named(target, result));
  for (const result of workloads) logResult(context, target, result);
  const images = deployables.map(({ image }) => image);
  const common = { target: target.name, images, workloads, notes };
  if (steps.length === 0) {
    const why = 'no workload runs the promoted releases';
    log('warning', `${target.name}: ${why}`);
    return { ...common, state: 'done', why };
  }
  return { ...common, state: workloads.every(({ failure }) => failure === undefined) ? 'done' : 'failed' };
}

// A note about an extra that was not asked for: its absence stops no deployment.
async function othersThatRun(
  { log }: DeployContext,
  { name, namespaces }: DeployTarget,
  kubectl: Kubectl,
  deployables: readonly Deployable[],
): Promise<readonly Note[]> {
  const read = await attempt(name, () => runningImages(kubectl, namespaces));
  if (read.kind === 'failed') {
    log('debug', `Jobs, bare pods and Rollouts were not looked for: ${describeFailure(read.failure)}`);
    return [];
  }
  const { running, unlisted } = read.value;
  // Whose a ReplicaSet or a Job is, is not known then.
  const known =
    unlisted.length === 0 ? running : running.filter(({ owner }) => !/^(?:replicaset|job)$/.test(owner.kind));
  return passedOver(known, deployables);
}

// Half of a change is a state that was never tried: what was well goes back with what was not.
async function afterwards(
  rolling: Rolling,
  { onFailure }: DeployTarget,
  results: readonly WorkloadResult[],
): Promise<readonly WorkloadResult[]> {
  const broken = results.find(({ state }) => state === 'failed' || state === 'unknown');
  if (broken === undefined || onFailure === 'leave' || rolling.dryRun) return results;
  const why = `${workloadName(broken.workload)} did not roll out`;
  return Promise.all(results.map((result) => (wasChanged(result) ? rollBackWorkload(rolling, result, why) : result)));
}

function wasChanged({ state, changes }: WorkloadResult): boolean {
  const isNew = changes.some(({ from, to }) => !isAt(from, to));
  return isNew && ['rolled-out', 'set', 'pending', 'failed', 'unknown'].includes(state);
}

function named(target: DeployTarget, result: WorkloadResult): WorkloadResult {
  return result.failure === undefined ? result : { ...result, failure: inTarget(target, result.failure) };
}

function logResult({ log }: DeployContext, { name }: DeployTarget, result: WorkloadResult): void {
  const { workload, state, failure, why, changes } = result;
  if (failure !== undefined) log('error', describeFailure(failure));
  const level: Level = failure !== undefined || isHealthy(result) ? 'info' : 'warning';
  const images = changes.map(({ container, to }) => `${container} ${to}`).join(', ');
  log(
    level,
    `${name}: ${workloadName(workload)} ${state.replace('-', ' ')}${why === undefined ? '' : ` (${why})`}: ${images}`,
  );
}
