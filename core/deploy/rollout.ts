import type { Condition, Workload } from './workload.ts';

/** How far a rollout is, read from one look at the workload. */
export type RolloutProgress =
  | { readonly kind: 'complete' }
  | { readonly kind: 'progressing'; readonly why: string }
  /** The cluster itself has given up. */
  | { readonly kind: 'failed'; readonly why: string };

/** Reads a rollout of a generation as `kubectl rollout status` does (kubectl/pkg/polymorphichelpers/rollout_status.go). */
export function readRollout(workload: Workload, generation: number): RolloutProgress {
  const { status, kind } = workload;
  if (status.observedGeneration < generation) return progressing('the controller has not seen the change yet');
  switch (kind) {
    case 'deployment':
      return deploymentProgress(workload);
    case 'statefulset':
      return statefulSetProgress(workload);
    case 'daemonset':
      return daemonSetProgress(workload);
    case 'cronjob':
      return { kind: 'complete' };
  }
}

function deploymentProgress({ replicas, paused, status }: Workload): RolloutProgress {
  const given = conditionOf(status.conditions, 'Progressing');
  if (given?.reason === 'ProgressDeadlineExceeded') {
    return { kind: 'failed', why: `its progress deadline passed with ${tally(status.available, replicas)} available` };
  }
  const progress = countedProgress(replicas, status);
  // What somebody pauses when all of it is there is complete all the same.
  return paused && progress.kind !== 'complete' ? progressing('its rollout was paused') : progress;
}

function countedProgress(replicas: number, status: Workload['status']): RolloutProgress {
  if (status.updated < replicas) return progressing(`${tally(status.updated, replicas)} updated`);
  if (status.replicas > status.updated) {
    return progressing(`${status.replicas - status.updated} old replicas are still there`);
  }
  if (status.available < status.updated) return progressing(`${tally(status.available, status.updated)} available`);
  return { kind: 'complete' };
}

function statefulSetProgress({ replicas, status }: Workload): RolloutProgress {
  if (status.updated < replicas && status.updateRevision !== status.currentRevision) {
    return progressing(`${tally(status.updated, replicas)} updated`);
  }
  if (status.ready < replicas) return progressing(`${tally(status.ready, replicas)} ready`);
  if (status.updateRevision !== status.currentRevision) return progressing('old replicas are still there');
  return { kind: 'complete' };
}

function daemonSetProgress({ status }: Workload): RolloutProgress {
  const { desired, updated, available } = status;
  if (updated < desired) return progressing(`${updated} of ${desired} pods updated`);
  if (available < desired) return progressing(`${available} of ${desired} pods available`);
  return { kind: 'complete' };
}

/** Why a controller could not make pods, such as a quota that is used up; undefined where it could. */
export function creationTrouble({ status }: Workload): string | undefined {
  const given = conditionOf(status.conditions, 'ReplicaFailure');
  return given?.status === 'True' ? `no pod could be created: ${given.reason} (${given.message})` : undefined;
}

function conditionOf(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

function progressing(why: string): RolloutProgress {
  return { kind: 'progressing', why };
}

function tally(count: number, of: number): string {
  return `${count} of ${of} replicas`;
}
