import { resolve } from 'node:path';
import type { World } from '../ports.ts';
import { below, type FileNode, itemNodes, statedText, statedTexts } from '../settings/file-node.ts';
import type { Settings } from '../settings/settings.ts';
import { type Key, type Shape, valueKey } from '../settings/shape.ts';
import { complain, invalid, nearest, parseChoice, parseDuration, quoted, type Text } from '../settings/value.ts';
import type { deployInputs } from './inputs.ts';
import { gitKey, readGit } from './read-git.ts';
import {
  type AzureCloudName,
  azureCloudNames,
  type ClusterPlace,
  type ClusterSettings,
  type DeploySettings,
  type DeployTarget,
  type WorkloadSelection,
} from './settings.ts';
import { workloadKinds } from './workload.ts';

const workloadKeys: Readonly<Record<string, Key>> = {
  kind: valueKey('Kind of the workload; all kinds if absent.', { kind: { choice: workloadKinds }, from: 'repository' }),
  name: valueKey('Name of the workload; needs kind. It is also moved from an unknown digest of the repository.', {
    kind: 'string',
    from: 'repository',
  }),
  selector: valueKey('Label selector, such as app=web,tier!=canary.', { kind: 'string', from: 'repository' }),
  container: valueKey('Container or init container; all that run the image if absent.', {
    kind: 'string',
    from: 'repository',
  }),
};

const aksKeys: Readonly<Record<string, Key>> = {
  subscription: { ...valueKey('ID of the subscription.', { kind: 'string', from: 'repository' }), required: true },
  'resource-group': {
    ...valueKey('Resource group of the cluster.', { kind: 'string', from: 'repository' }),
    required: true,
  },
  cluster: { ...valueKey('Name of the cluster.', { kind: 'string', from: 'repository' }), required: true },
  cloud: valueKey('Azure cloud of the cluster.', {
    kind: { choice: azureCloudNames },
    from: 'repository',
    default: 'public',
  }),
};

const targetKeys: Readonly<Record<string, Key>> = {
  name: {
    ...valueKey('Name of the target, for reports and deploy-target.', { kind: 'string', from: 'repository' }),
    required: true,
  },
  kubeconfig: valueKey('Kubeconfig of the cluster, relative to the folder of the repository.', {
    kind: 'string',
    from: 'run',
  }),
  context: valueKey('Context of the kubeconfig; the current context if absent.', {
    kind: 'string',
    from: 'repository',
  }),
  aks: {
    help: 'Cluster of Azure Kubernetes Service, accessed with the identity of the job.',
    shape: { kind: 'mapping', keys: aksKeys },
  },
  git: gitKey,
  namespaces: valueKey('Namespaces; that of the context if absent.', { kind: 'list', from: 'repository' }),
  workloads: {
    help: 'Workloads to deploy to; every workload that runs a promoted release if absent.',
    shape: { kind: 'list', items: { kind: 'mapping', keys: workloadKeys } },
  },
  images: valueKey('Names of the images to deploy to this target; all if absent.', {
    kind: 'list',
    from: 'repository',
  }),
  timeout: valueKey('How long to wait for one rollout.', { kind: 'duration', from: 'repository', default: '10m' }),
  'on-failure': valueKey(
    'What to do if a rollout fails: put back everything that this run changed in the target, or leave it.',
    {
      kind: { choice: ['roll-back', 'leave'] },
      from: 'repository',
      default: 'roll-back',
    },
  ),
  managed: valueKey('Whether to change workloads that Argo CD, Flux or another controller manages and would revert.', {
    kind: { choice: ['refuse', 'allow'] },
    from: 'repository',
    default: 'refuse',
  }),
};

/** The form of `deploy:`. */
export const deployShape: Shape = { kind: 'list', items: { kind: 'mapping', keys: targetKeys } };

/** Where promoted images are rolled out; throws where a target is named twice or says two things at once. */
export function readDeploy(
  settings: Settings<typeof deployInputs>,
  file: FileNode | undefined,
  world: World,
  root: string,
): DeploySettings {
  const all = readTargets(settings, file, world, root);
  const path = settings.text('kubectl-path');
  const chosen = chosenOf(settings.texts('deploy-target'), all);
  const place =
    path === undefined ? {} : { kubectl: /[\\/]/.test(path.text) ? resolve(world.cwd, path.text) : path.text };
  return { targets: chosen, inventory: inventoryOf(settings, chosen, world), ...place };
}

// Who names namespaces means those of the context; the targets say where else to look.
function inventoryOf(
  settings: Settings<typeof deployInputs>,
  targets: readonly DeployTarget[],
  world: World,
): readonly ClusterPlace[] {
  const namespaces = settings.texts('namespace');
  const clusters = targets.filter(({ git }) => git === undefined);
  if (namespaces.length === 0 && clusters.length > 0) return clusters;
  const [path, context] = [settings.text('kubeconfig'), settings.text('kube-context')];
  const file = optional(path, world.cwd);
  const cluster: ClusterSettings = {
    kind: 'kubeconfig',
    ...(file === undefined ? {} : { path: file }),
    ...(context === undefined ? {} : { context: context.text }),
  };
  const names = namespaces.map((value) => (value.text === '*' ? value.text : namespaceOf(value)));
  return [{ name: context?.text ?? 'the cluster', cluster, namespaces: names }];
}

function chosenOf(wanted: readonly Text[], all: readonly DeployTarget[]): readonly DeployTarget[] {
  if (wanted.length === 0) return all;
  const none = wanted.find(({ text }) => text === 'none');
  if (none !== undefined && wanted.length === 1) return [];
  const names = all.map(({ name }) => name);
  for (const value of wanted) {
    if (names.includes(value.text)) continue;
    const near = nearest(value.text, names);
    const remedy = near === undefined ? 'add it to deploy in the configuration file' : `the nearest target is ${near}`;
    throw complain(value, `names no target: ${quoted(value.text)}`, remedy);
  }
  return all.filter(({ name }) => wanted.some(({ text }) => text === name));
}

function readTargets(
  settings: Settings<typeof deployInputs>,
  file: FileNode | undefined,
  world: World,
  root: string,
): readonly DeployTarget[] {
  const seen = new Map<string, Text>();
  return itemNodes(below(file, 'deploy')).map((item) => {
    const name = statedText(below(item, 'name'));
    const earlier = name === undefined ? undefined : seen.get(name.text);
    if (name !== undefined && earlier !== undefined) {
      throw complain(name, `is ${quoted(name.text)} as at ${earlier.where}`, 'give each of the two its own name');
    }
    if (name?.text === 'none')
      throw complain(name, 'cannot be "none"', 'deploy-target takes that for no target at all');
    if (name !== undefined) seen.set(name.text, name);
    return readTarget(settings, item, name?.text ?? '', world, root);
  });
}

function readTarget(
  settings: Settings<typeof deployInputs>,
  item: FileNode,
  name: string,
  world: World,
  root: string,
): DeployTarget {
  const text = (path: string) => statedText(below(item, path))?.text;
  const timeout = statedText(below(item, 'timeout'));
  return {
    name,
    cluster: readCluster(settings, item, world, root),
    namespaces: statedTexts(below(item, 'namespaces')).map(namespaceOf),
    workloads: itemNodes(below(item, 'workloads')).map(readSelection),
    images: statedTexts(below(item, 'images')).map((value) => value.text),
    timeout: timeout === undefined ? 600_000 : parseDuration(timeout),
    onFailure: text('on-failure') === 'leave' ? 'leave' : 'roll-back',
    managed: text('managed') === 'allow' ? 'allow' : 'refuse',
    ...readGit(item),
  };
}

function readCluster(
  settings: Settings<typeof deployInputs>,
  item: FileNode,
  world: World,
  root: string,
): ClusterSettings {
  const aks = below(item, 'aks');
  const [path, context] = [statedText(below(item, 'kubeconfig')), statedText(below(item, 'context'))];
  if (aks !== undefined) {
    const surplus = path ?? context;
    if (surplus !== undefined) throw complain(surplus, 'stands beside aks', 'keep one of the two');
    return readAks(aks);
  }
  const [givenPath, givenContext] = [settings.text('kubeconfig'), settings.text('kube-context')];
  // The file names files from its own folder, and who types an option from where they are.
  const file = path === undefined ? optional(givenPath, world.cwd) : resolve(root, path.text);
  // A context of the job's own kubeconfig need not be in another.
  const chosen = context ?? (path === undefined ? givenContext : undefined);
  return {
    kind: 'kubeconfig',
    ...(file === undefined ? {} : { path: file }),
    ...(path === undefined ? {} : { ofRepository: true as const }),
    ...(chosen === undefined ? {} : { context: chosen.text }),
  };
}

function optional(value: Text | undefined, folder: string): string | undefined {
  return value === undefined ? undefined : resolve(folder, value.text);
}

function readAks(aks: FileNode): ClusterSettings {
  const text = (path: string) => statedText(below(aks, path))?.text ?? '';
  const cloud = azureCloudNames.find((name) => name === text('cloud')) ?? ('public' satisfies AzureCloudName);
  return {
    kind: 'aks',
    subscription: text('subscription'),
    resourceGroup: text('resource-group'),
    cluster: text('cluster'),
    cloud,
  };
}

function readSelection(item: FileNode): WorkloadSelection {
  const text = (path: string) => statedText(below(item, path));
  const [kind, name, selector, container] = ['kind', 'name', 'selector', 'container'].map(text);
  if (name !== undefined && kind === undefined)
    throw complain(name, 'stands without kind', `add kind: ${workloadKinds.join(', ')}`);
  if (name !== undefined && selector !== undefined)
    throw complain(selector, 'stands beside name', 'keep one of the two');
  return {
    ...(kind === undefined ? {} : { kind: parseChoice(kind, workloadKinds) }),
    ...(name === undefined ? {} : { name: plainName(name) }),
    ...(selector === undefined ? {} : { selector: selector.text }),
    ...(container === undefined ? {} : { container: container.text }),
  };
}

// Names become arguments of kubectl: none may be read as an option (RFC 1123 subdomain, as Kubernetes wants them).
function plainName(value: Text): string {
  if (/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(value.text)) return value.text;
  throw invalid(value, 'give the name of a Kubernetes object');
}

function namespaceOf(value: Text): string {
  return plainName(value);
}
