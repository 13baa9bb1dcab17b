// Stands where kubectl would, with a cluster of Deployments, a file for each: what is patched rolls out when it was looked
// at as often as the Deployment says.
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { args, begin, folder, option, readJson } from './tool.mjs';

await begin('kubectl');
const [verb, resource, name] = args.filter((arg) => !arg.startsWith('--'));

if (verb === 'config') print(kubeconfig());
else if (verb === 'version') print({ clientVersion: { major: '1', minor: '31+' } });
else if (verb === 'get') print(found());
else if (verb === 'patch') print(patched());

function print(document) {
  process.stdout.write(JSON.stringify(document));
}

function kubeconfig() {
  return {
    clusters: [{ name: 'c', cluster: { server: 'https://cluster.example' } }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'shop' } }],
    'current-context': 'x',
  };
}

function found() {
  if (resource !== 'deployments.apps') return { items: [] };
  const names = readdirSync(join(folder, 'cluster')).map((file) => file.replace('.json', ''));
  if (name === undefined) return { items: names.map((each) => objectOf(each, stateOf(each))) };
  const state = stateOf(name);
  return saved({ ...state, looks: state.looks + 1 });
}

function patched() {
  const { metadata, spec } = JSON.parse(option('patch'));
  const [container] = spec.template.spec.containers;
  const state = stateOf(name);
  const { image } = container;
  return saved({ ...state, image, annotations: metadata.annotations, generation: state.generation + 1, looks: 0 });
}

function stateOf(of) {
  return readJson(`cluster/${of}.json`);
}

function saved(state) {
  writeFileSync(join(folder, `cluster/${name}.json`), JSON.stringify(state));
  return objectOf(name, state);
}

function objectOf(of, { image, generation, looks, slow, annotations = {} }) {
  const done = looks >= slow ? 1 : 0;
  return {
    metadata: { name: of, namespace: 'shop', uid: of, resourceVersion: `${generation}`, generation, annotations },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: of } },
      template: { spec: { containers: [{ name: 'app', image }] } },
    },
    status: { observedGeneration: generation, replicas: 1, updatedReplicas: done, availableReplicas: done },
  };
}
