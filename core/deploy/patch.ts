import type { Workload } from './workload.ts';

/** Images to be put into containers, by name. */
export interface Placement {
  readonly container: string;
  readonly init: boolean;
  readonly image: string;
}

/**
 * A strategic merge patch that changes these images alone. Its resourceVersion makes the API server refuse it where the
 * object is no longer the one that was read (Kubernetes API concepts, "Optimistic concurrency").
 */
export function imagePatch(
  workload: Pick<Workload, 'kind' | 'uid' | 'resourceVersion'>,
  placements: readonly Placement[],
  annotations: Readonly<Record<string, string | null>>,
): object {
  const spec = {
    ...containersIn(
      'containers',
      placements.filter(({ init }) => !init),
    ),
    ...containersIn(
      'initContainers',
      placements.filter(({ init }) => init),
    ),
  };
  const template = { template: { spec } };
  const { kind, uid, resourceVersion } = workload;
  return {
    metadata: { uid, resourceVersion, annotations },
    spec: kind === 'cronjob' ? { jobTemplate: { spec: template } } : template,
  };
}

function containersIn(key: 'containers' | 'initContainers', placements: readonly Placement[]): object {
  if (placements.length === 0) return {};
  return { [key]: placements.map(({ container, image }) => ({ name: container, image })) };
}
