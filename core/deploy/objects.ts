import * as v from 'valibot';
import type { Kubectl } from './kubectl.ts';
import { imagePatch, type Placement } from './patch.ts';
import type { Selected } from './plan.ts';
import type { DeployTarget, WorkloadSelection } from './settings.ts';
import { parseWorkload, resources, type Workload, type WorkloadKind, workloadKinds, workloadName } from './workload.ts';

const list = v.looseObject({ items: v.nullish(v.array(v.unknown()), []) });

/** The workloads that a target names, each once; throws where one that is named by name is not there. */
export async function selectWorkloads(kubectl: Kubectl, target: DeployTarget): Promise<readonly Selected[]> {
  const namespaces = target.namespaces.length > 0 ? target.namespaces : [kubectl.namespace];
  const selections: readonly WorkloadSelection[] = target.workloads.length > 0 ? target.workloads : [{}];
  const found = new Map<string, Selected>();
  for (const namespace of namespaces) {
    for (const selection of selections) {
      for (const selected of await select(kubectl, namespace, selection)) {
        const { uid } = selected.workload;
        found.set(uid, joined(found.get(uid), selected));
      }
    }
  }
  return [...found.values()];
}

async function select(kubectl: Kubectl, namespace: string, selection: WorkloadSelection): Promise<readonly Selected[]> {
  const { kind, name, selector, container } = selection;
  const containers = container === undefined ? {} : { containers: [container] };
  if (kind !== undefined && name !== undefined) {
    return [{ workload: await readWorkload(kubectl, { kind, namespace, name }), named: true, ...containers }];
  }
  const kinds: readonly WorkloadKind[] = kind === undefined ? workloadKinds : [kind];
  const workloads: Workload[] = [];
  for (const each of kinds) {
    const labels = selector === undefined ? [] : [`--selector=${selector}`];
    const listed = await get(kubectl, each, namespace, labels, `${each}s of namespace ${namespace}`);
    workloads.push(...v.parse(list, listed).items.map((item) => parseWorkload(each, item)));
  }
  return workloads.map((workload) => ({ workload, named: false, ...containers }));
}

// What one entry takes whole is not narrowed by another.
function joined(before: Selected | undefined, now: Selected): Selected {
  if (before === undefined) return now;
  const named = before.named || now.named;
  if (before.containers === undefined || now.containers === undefined) return { workload: now.workload, named };
  return { workload: now.workload, named, containers: [...before.containers, ...now.containers] };
}

type Name = Pick<Workload, 'kind' | 'namespace' | 'name'>;

/** One workload as it is now. */
export async function readWorkload(kubectl: Kubectl, name: Name): Promise<Workload> {
  return parseWorkload(name.kind, await get(kubectl, name.kind, name.namespace, [name.name], workloadName(name)));
}

function get(
  kubectl: Kubectl,
  kind: WorkloadKind,
  namespace: string,
  which: readonly string[],
  subject: string,
): Promise<unknown> {
  const managers = kubectl.hidesManagers ? ['--show-managed-fields'] : [];
  return kubectl.json(
    ['get', resources[kind], `--namespace=${namespace}`, ...which, ...managers, '--output=json'],
    subject,
  );
}

/** Puts images into a workload that is still the one that was read; throws `moved` where it is not. */
export async function patchWorkload(
  kubectl: Kubectl,
  workload: Workload,
  placements: readonly Placement[],
  annotations: Readonly<Record<string, string | null>>,
  options: { readonly dryRun: boolean },
): Promise<Workload> {
  const { kind, namespace, name } = workload;
  const patch = JSON.stringify(imagePatch(workload, placements, annotations));
  const dry = options.dryRun ? ['--dry-run=server'] : [];
  const args = ['patch', resources[kind], name, `--namespace=${namespace}`, '--type=strategic', ...dry];
  const patched = await kubectl.json([...args, `--patch=${patch}`, '--output=json'], workloadName(workload));
  return parseWorkload(kind, patched);
}

const events = v.looseObject({
  items: v.nullish(
    v.array(v.looseObject({ reason: v.nullish(v.string(), ''), message: v.nullish(v.string(), '') })),
    [],
  ),
});

/** What the cluster warned of about a workload itself, oldest first. */
export async function warningsOf(
  kubectl: Kubectl,
  { namespace, uid, name }: Workload,
): Promise<readonly { readonly reason: string; readonly message: string }[]> {
  const fields = `--field-selector=involvedObject.uid=${uid},type=Warning`;
  const order = '--sort-by=.metadata.creationTimestamp';
  const args = ['get', 'events', `--namespace=${namespace}`, fields, order, '--output=json'];
  return v.parse(events, await kubectl.json(args, `events of ${name}`)).items;
}

/** The pods that a workload selects. */
export async function podsOf(kubectl: Kubectl, workload: Workload): Promise<readonly unknown[]> {
  const { namespace, selector } = workload;
  const args = ['get', 'pods', `--namespace=${namespace}`, `--selector=${selector}`, '--output=json'];
  return v.parse(list, await kubectl.json(args, `pods of ${workloadName(workload)}`)).items;
}
