import * as v from 'valibot';
import { fail } from '../failure.ts';

export const workloadKinds = ['deployment', 'statefulset', 'daemonset', 'cronjob'] as const;
export type WorkloadKind = (typeof workloadKinds)[number];

/** Names of the kinds as kubectl takes them for sure: resource and API group. */
export const resources: Readonly<Record<WorkloadKind, string>> = {
  deployment: 'deployments.apps',
  statefulset: 'statefulsets.apps',
  daemonset: 'daemonsets.apps',
  cronjob: 'cronjobs.batch',
};

export interface Container {
  readonly name: string;
  readonly init: boolean;
  readonly image: string;
}

/** A condition of an object (Kubernetes API conventions, "Typical status properties"). */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** What of a Deployment, StatefulSet, DaemonSet or CronJob a rollout is decided by. */
export interface Workload {
  readonly kind: WorkloadKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Who writes its fields, as the API server keeps book. */
  readonly managers: readonly string[];
  /** The object that controls this one: `HelmRelease/web`. */
  readonly owner?: string;
  readonly containers: readonly Container[];
  /** Label selector of its pods. */
  readonly selector: string;
  readonly paused: boolean;
  readonly suspended: boolean;
  readonly strategy: string;
  readonly partition: number;
  /** 1 where the object does not say, as the API server has it. */
  readonly replicas: number;
  readonly status: {
    readonly observedGeneration: number;
    readonly replicas: number;
    readonly updated: number;
    readonly available: number;
    readonly ready: number;
    readonly desired: number;
    readonly currentRevision: string;
    readonly updateRevision: string;
    readonly conditions: readonly Condition[];
  };
}

const text = v.optional(v.string(), '');
const number = v.optional(v.number(), 0);
const texts = v.nullish(v.record(v.string(), v.string()), {});
const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item), []);

const podSpec = v.looseObject({
  containers: list(v.looseObject({ name: v.string(), image: text })),
  initContainers: list(v.looseObject({ name: v.string(), image: text })),
});
const template = v.looseObject({ spec: podSpec });

const schema = v.looseObject({
  metadata: v.looseObject({
    name: v.string(),
    namespace: v.string(),
    uid: v.string(),
    resourceVersion: v.string(),
    generation: number,
    labels: texts,
    annotations: texts,
    managedFields: list(v.looseObject({ manager: text })),
    ownerReferences: list(v.looseObject({ kind: text, name: text, controller: v.optional(v.boolean(), false) })),
  }),
  spec: v.looseObject({
    template: v.optional(template),
    jobTemplate: v.optional(v.looseObject({ spec: v.looseObject({ template }) })),
    selector: v.nullish(
      v.looseObject({
        matchLabels: texts,
        matchExpressions: list(v.looseObject({ key: v.string(), operator: v.string(), values: list(v.string()) })),
      }),
    ),
    paused: v.optional(v.boolean(), false),
    suspend: v.optional(v.boolean(), false),
    replicas: v.optional(v.number(), 1),
    updateStrategy: v.nullish(
      v.looseObject({ type: text, rollingUpdate: v.nullish(v.looseObject({ partition: number })) }),
    ),
  }),
  status: v.nullish(
    v.looseObject({
      observedGeneration: number,
      replicas: number,
      updatedReplicas: number,
      availableReplicas: number,
      readyReplicas: number,
      desiredNumberScheduled: number,
      updatedNumberScheduled: number,
      numberAvailable: number,
      currentRevision: text,
      updateRevision: text,
      conditions: list(v.looseObject({ type: text, status: text, reason: text, message: text })),
    }),
    {},
  ),
});

type Parsed = v.InferOutput<typeof schema>;

/** Reads a workload from the JSON of its object; throws `malformed` where it is not one. */
export function parseWorkload(kind: WorkloadKind, value: unknown): Workload {
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw fail('malformed', kind, `has an unexpected form: ${v.getDotPath(issue) ?? ''} ${issue.message}`);
  }
  const { metadata, spec, status } = parsed.output;
  const owner = metadata.ownerReferences.find(({ controller }) => controller);
  return {
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceVersion: metadata.resourceVersion,
    generation: metadata.generation,
    labels: metadata.labels,
    annotations: metadata.annotations,
    managers: metadata.managedFields.map(({ manager }) => manager),
    ...(owner === undefined ? {} : { owner: `${owner.kind}/${owner.name}` }),
    containers: containersOf(kind, spec),
    selector: selectorOf(spec.selector),
    paused: spec.paused,
    suspended: spec.suspend,
    strategy: spec.updateStrategy?.type ?? '',
    partition: spec.updateStrategy?.rollingUpdate?.partition ?? 0,
    replicas: spec.replicas,
    status: statusOf(kind, status),
  };
}

function containersOf(kind: WorkloadKind, { template: direct, jobTemplate }: Parsed['spec']): readonly Container[] {
  const spec = kind === 'cronjob' ? jobTemplate?.spec.template.spec : direct?.spec;
  const read = (init: boolean) => (container: { readonly name: string; readonly image: string }) => ({
    name: container.name,
    init,
    image: container.image,
  });
  return [...(spec?.initContainers ?? []).map(read(true)), ...(spec?.containers ?? []).map(read(false))];
}

// The text form that list requests take (Kubernetes, "Labels and selectors").
function selectorOf(selector: Parsed['spec']['selector']): string {
  if (selector == null) return '';
  const equal = Object.entries(selector.matchLabels).map(([key, value]) => `${key}=${value}`);
  const sets = selector.matchExpressions.map(({ key, operator, values }) => {
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
  });
  return [...equal, ...sets].join(',');
}

// A DaemonSet counts nodes where the others count replicas.
function statusOf(kind: WorkloadKind, status: Partial<NonNullable<Parsed['status']>>): Workload['status'] {
  const isDaemon = kind === 'daemonset';
  return {
    observedGeneration: status.observedGeneration ?? 0,
    replicas: status.replicas ?? 0,
    updated: (isDaemon ? status.updatedNumberScheduled : status.updatedReplicas) ?? 0,
    available: (isDaemon ? status.numberAvailable : status.availableReplicas) ?? 0,
    ready: status.readyReplicas ?? 0,
    desired: status.desiredNumberScheduled ?? 0,
    currentRevision: status.currentRevision ?? '',
    updateRevision: status.updateRevision ?? '',
    conditions: status.conditions ?? [],
  };
}

/** The workload as messages name it: `deployment shop/web`. */
export function workloadName({ kind, namespace, name }: Pick<Workload, 'kind' | 'namespace' | 'name'>): string {
  return `${kind} ${namespace}/${name}`;
}
