import * as v from 'valibot';
import { attempt, type Failure } from '../failure.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import type { Kubectl } from './kubectl.ts';

/** What a container of pods runs: alike in all that counts but the pod. */
export interface RunningImage {
  readonly namespace: string;
  /** The object that people know, such as `deployment web`, or `pod web` where nothing made it. */
  readonly owner: { readonly kind: string; readonly name: string };
  readonly container: string;
  /** As the pod names it. */
  readonly image: string;
  /** What the node pulled; absent where it does not say, or does not run it yet. */
  readonly digest?: Digest;
  readonly pods: number;
}

const text = v.optional(v.string(), '');
const list = <T extends v.GenericSchema>(item: T) => v.nullish(v.array(item), []);
const owners = list(v.looseObject({ kind: text, name: text, controller: v.optional(v.boolean(), false) }));
const metadata = v.looseObject({ name: text, namespace: text, ownerReferences: owners });
const containers = list(v.looseObject({ name: text, image: text }));
const statuses = list(v.looseObject({ name: text, imageID: text }));
const podSchema = v.looseObject({
  metadata,
  spec: v.looseObject({ containers, initContainers: containers, ephemeralContainers: containers }),
  status: v.nullish(
    v.looseObject({
      phase: text,
      containerStatuses: statuses,
      initContainerStatuses: statuses,
      ephemeralContainerStatuses: statuses,
    }),
  ),
});
const podList = v.looseObject({ items: list(podSchema) });
const makerList = v.looseObject({ items: list(v.looseObject({ kind: text, metadata })) });

type Pod = v.InferOutput<typeof podSchema>;

/** The images that run in namespaces, `*` for all of them; owners that may not be listed are said as far as pods know them. */
export async function runningImages(
  kubectl: Kubectl,
  namespaces: readonly string[],
): Promise<{ readonly running: readonly RunningImage[]; readonly unlisted: readonly Failure[] }> {
  const wanted = namespaces.length > 0 ? namespaces : [kubectl.namespace];
  const found = new Map<string, RunningImage>();
  const unlisted: Failure[] = [];
  for (const namespace of wanted.includes('*') ? ['*'] : new Set(wanted)) {
    const where = namespace === '*' ? '--all-namespaces' : `--namespace=${namespace}`;
    const place = namespace === '*' ? 'all namespaces' : `namespace ${namespace}`;
    const get = (what: string) => kubectl.json(['get', what, where, '--output=json'], `${what} of ${place}`);
    const { items } = v.parse(podList, await get('pods'));
    const makers = new Map<string, Owner>();
    for (const what of ['replicasets.apps', 'jobs.batch']) {
      const listed = await attempt(what, () => get(what));
      if (listed.kind === 'failed') unlisted.push(listed.failure);
      else for (const [name, owner] of makersIn(listed.value)) makers.set(name, owner);
    }
    for (const pod of items) {
      for (const one of imagesOfPod(pod, makers)) {
        const key = JSON.stringify({ ...one, pods: 0 });
        found.set(key, { ...one, pods: (found.get(key)?.pods ?? 0) + 1 });
      }
    }
  }
  return { running: [...found.values()], unlisted };
}

type Owner = RunningImage['owner'];

// What makes pods is mostly made itself: a ReplicaSet by a Deployment or a Rollout, a Job by a CronJob.
function makersIn(value: unknown): readonly (readonly [string, Owner])[] {
  return v.parse(makerList, value).items.flatMap(({ kind, metadata: { name, namespace, ownerReferences } }) => {
    const owner = ownerReferences.find(({ controller }) => controller);
    return owner === undefined
      ? []
      : [[`${namespace}/${kind.toLowerCase()}/${name}`, { kind: owner.kind.toLowerCase(), name: owner.name }] as const];
  });
}

function imagesOfPod(
  { metadata: own, spec, status }: Pod,
  makers: ReadonlyMap<string, Owner>,
): readonly RunningImage[] {
  // What has ended runs no more.
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return [];
  const maker = own.ownerReferences.find(({ controller }) => controller);
  const direct = maker === undefined ? undefined : { kind: maker.kind.toLowerCase(), name: maker.name };
  const above = direct === undefined ? undefined : makers.get(`${own.namespace}/${direct.kind}/${direct.name}`);
  const owner = above ?? direct ?? { kind: 'pod', name: own.name };
  const said = [
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
  const all = [...spec.initContainers, ...spec.containers, ...spec.ephemeralContainers];
  return all.map(({ name, image }) => {
    const digest = pulledDigest(said.find((each) => each.name === name)?.imageID ?? '');
    const running = { namespace: own.namespace, owner, container: name, image, pods: 1 };
    return digest === undefined ? running : { ...running, digest };
  });
}

// Without a repository before it, it is the digest of a configuration that the node knows alone.
function pulledDigest(imageId: string): Digest | undefined {
  return asDigest(/@(sha256:[0-9a-f]{64})$/.exec(imageId)?.[1] ?? '');
}
