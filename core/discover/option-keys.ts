import { textOf, textsOf } from '../json.ts';
import {
  asksNothing,
  attestations,
  attested,
  flag,
  hosts,
  type KeyTable,
  many,
  named,
  one,
  shapedOutput,
} from './options.ts';

/** Keys of a target of `docker buildx bake` (Docker docs, Bake file reference; `--print` writes the same). */
export const bakeKeys: KeyTable = {
  ...elsewhere('args', 'context', 'contexts', 'dockerfile', 'dockerfile-inline', 'platforms', 'tags', 'target'),
  ...elsewhere('inherits', 'description'),
  annotations: many('annotation'),
  attest: attestations,
  'cache-from': many('cache-from'),
  'cache-to': many('cache-to'),
  call: (value) => (/^(?:build)?$/.test(textOf(value) ?? '?') ? [] : undefined),
  'cgroup-parent': one('cgroup-parent'),
  entitlements: many('allow'),
  'extra-hosts': hosts,
  labels: named('label'),
  network: one('network'),
  'no-cache': flag('no-cache'),
  'no-cache-filter': many('no-cache-filter'),
  output: shapedOutput,
  pull: flag('pull'),
  secret: many('secret'),
  'shm-size': one('shm-size'),
  ssh: (value) => agents(value),
  ulimits: many('ulimit'),
};

/** Keys of `build` in a Compose file (compose-spec, build.md). */
export const composeKeys: KeyTable = {
  ...elsewhere('additional_contexts', 'args', 'context', 'dockerfile', 'dockerfile_inline', 'platforms', 'tags'),
  ...elsewhere('target', 'secrets'),
  cache_from: many('cache-from'),
  cache_to: many('cache-to'),
  entitlements: many('allow'),
  extra_hosts: hosts,
  isolation: one('isolation'),
  labels: named('label'),
  network: one('network'),
  no_cache: flag('no-cache'),
  privileged: (value) => flag('allow')(value)?.map((option) => ({ ...option, value: 'security.insecure' })),
  provenance: attested('provenance'),
  pull: flag('pull'),
  sbom: attested('sbom'),
  shm_size: one('shm-size'),
  ssh: (value) => agents(value),
  ulimits: (value) => limits(value),
};

/** Options of `docker build` and `docker buildx build`; those that take no value are `flag`s. */
export const commandKeys: KeyTable = {
  ...elsewhere('build-arg', 'build-context', 'platform', 'target', 'file', 'tag'),
  'add-host': hosts,
  allow: many('allow'),
  annotation: many('annotation'),
  attest: attestations,
  builder: asksNothing,
  'cache-from': many('cache-from'),
  'cache-to': many('cache-to'),
  'cgroup-parent': one('cgroup-parent'),
  'force-rm': asksNothing,
  iidfile: asksNothing,
  isolation: one('isolation'),
  label: named('label'),
  load: asksNothing,
  'metadata-file': asksNothing,
  network: one('network'),
  'no-cache': flag('no-cache'),
  'no-cache-filter': many('no-cache-filter'),
  output: shapedOutput,
  progress: asksNothing,
  provenance: attested('provenance'),
  pull: flag('pull'),
  push: asksNothing,
  quiet: asksNothing,
  rm: asksNothing,
  sbom: attested('sbom'),
  secret: many('secret'),
  'shm-size': one('shm-size'),
  ssh: many('ssh'),
  ulimit: many('ulimit'),
};

/** Options of a command line that take no value. */
export const switches = ['force-rm', 'load', 'no-cache', 'pull', 'push', 'quiet', 'rm', 'compress', 'squash'];

/** Inputs of docker/build-push-action and the options of a command line that they are. */
export const actionInputs: Readonly<Record<string, string | undefined>> = {
  'add-hosts': 'add-host',
  allow: 'allow',
  annotations: 'annotation',
  attests: 'attest',
  builder: 'builder',
  'cache-from': 'cache-from',
  'cache-to': 'cache-to',
  'cgroup-parent': 'cgroup-parent',
  labels: 'label',
  load: 'load',
  network: 'network',
  'no-cache': 'no-cache',
  'no-cache-filters': 'no-cache-filter',
  outputs: 'output',
  provenance: 'provenance',
  pull: 'pull',
  push: 'push',
  sbom: 'sbom',
  'shm-size': 'shm-size',
  ssh: 'ssh',
  ulimit: 'ulimit',
};

function elsewhere(...keys: readonly string[]): KeyTable {
  return Object.fromEntries(keys.map((key) => [key, 'read-elsewhere' as const]));
}

// `default`, `ID=PATH`, a mapping of them, and what `--print` writes: {id, paths}.
function agents(value: unknown): ReturnType<typeof read> {
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const found = items.map((item) => {
    if (typeof item !== 'object' || item === null) return textOf(item);
    if (!('id' in item)) return Object.entries(item).map(([id, path]) => agentText(id, textOf(path)));
    return agentText(String(item.id), textsOf('paths' in item ? item.paths : []).join(','));
  });
  const texts = found.flat();
  return texts.includes(undefined) ? undefined : read(texts);
}

function agentText(id: string, path: string | undefined): string {
  return path === undefined || path === '' ? id : `${id}=${path}`;
}

function read(texts: readonly unknown[]) {
  return many('ssh')(texts);
}

// `nofile: 1024`, or with soft and hard.
function limits(value: unknown) {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).map(([name, limit]) => {
    const plain = textOf(limit);
    if (plain !== undefined) return `${name}=${plain}`;
    const { soft, hard } = Object(limit);
    return textOf(soft) === undefined || textOf(hard) === undefined ? undefined : `${name}=${soft}:${hard}`;
  });
  return texts.includes(undefined) ? undefined : many('ulimit')(texts);
}
