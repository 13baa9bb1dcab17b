import type { Workload } from './workload.ts';

type Marks = Readonly<Record<string, readonly string[]>>;

// Labels and annotations that the controllers themselves put on what they own.
const marks: Marks = {
  'Argo CD': ['argocd.argoproj.io/instance', 'argocd.argoproj.io/tracking-id'],
  Flux: ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name'],
  'Config Sync': ['configmanagement.gke.io/managed', 'configsync.gke.io/resource-id'],
  Rancher: ['objectset.rio.cattle.io/id'],
  // Its next upgrade sets images back to what the chart's values say.
  Helm: ['meta.helm.sh/release-name'],
};

// Argo CD's usual label is one that others use too; the API server's book of who wrote what is not.
const managers: Marks = {
  'Argo CD': ['argocd-controller', 'argocd-application-controller'],
  Flux: ['kustomize-controller', 'helm-controller'],
  'Config Sync': ['configsync'],
  Rancher: ['fleetagent'],
};

/** Who owns a workload and would set a change of it back; undefined where no owner is known. */
export function managerOf(workload: Workload): string | undefined {
  const { labels, annotations, owner } = workload;
  const isMarked = (key: string) => labels[key] !== undefined || annotations[key] !== undefined;
  const marked = Object.entries(marks).find(([, keys]) => keys.some(isMarked));
  if (marked !== undefined) return marked[0];
  const writes = (name: string) => workload.managers.some((manager) => manager === name);
  const writer = Object.entries(managers).find(([, names]) => names.some(writes));
  return writer?.[0] ?? owner;
}
