import type { Workload } from './workload.ts';

/** When a changed template takes effect. */
export type ChangeEffect =
  | { readonly kind: 'rollout' }
  /** Of its own accord, and nothing is there to be watched. */
  | { readonly kind: 'next-run'; readonly why: string }
  /** When somebody else acts: nothing shows that it works. */
  | { readonly kind: 'pending'; readonly why: string };

/** When a change of the template takes effect, as the workload is set up now. */
export function effectOf({ kind, suspended, strategy, partition, replicas, status }: Workload): ChangeEffect {
  if (kind === 'cronjob') {
    return {
      kind: 'next-run',
      why: suspended ? 'it is suspended, so no job runs until it is resumed' : 'the next job runs it',
    };
  }
  if (strategy === 'OnDelete') {
    return { kind: 'pending', why: 'its strategy is OnDelete: pods keep the old image until they are deleted' };
  }
  if (kind !== 'daemonset' && replicas === 0) {
    return { kind: 'pending', why: 'it has no replicas, so nothing shows that the image starts' };
  }
  if (kind === 'daemonset' && status.desired === 0) {
    return { kind: 'pending', why: 'it is meant for no node, so nothing shows that the image starts' };
  }
  if (kind === 'statefulset' && partition > 0) {
    return { kind: 'pending', why: `its partition is ${partition}: pods below that keep the old image` };
  }
  return { kind: 'rollout' };
}

/** Whether all pods run the present template and are ready, though nothing would have replaced them by itself. */
export function isSettled({ kind, generation, replicas, status }: Workload): boolean {
  if (status.observedGeneration < generation) return false;
  if (kind === 'daemonset') {
    return status.desired > 0 && status.updated >= status.desired && status.available >= status.desired;
  }
  if (kind !== 'statefulset' || replicas === 0 || status.ready < replicas) return false;
  // With OnDelete the controller never closes a rollout, so that the revisions stay apart and the count alone tells.
  const isClosed = status.updateRevision !== '' && status.updateRevision === status.currentRevision;
  return isClosed || status.updated >= replicas;
}
