import type { OptionName, StatedOption } from '../discover/options.ts';
import { quoted } from '../settings/value.ts';
import type { EngineName } from './settings.ts';
import { type Unsuitable, unsuitable } from './unsuitable.ts';

/** What an engine makes of an option. */
export type OptionUse =
  /** Handed to its program under this name. */
  | { readonly how: 'given'; readonly as: string }
  /** Answered by what a refresh does anyway. */
  | { readonly how: 'instead'; readonly why: string };

/** One option of a release build: what each engine that builds makes of it; an engine that is absent does not support it. */
export interface OptionDefinition {
  /** As documentation says it. */
  readonly what: string;
  readonly uses: Readonly<Partial<Record<BuildingEngine, OptionUse>>>;
}

/** Engines that run a build; layers are swapped without one, so that what the build asked for stays in the image. */
export type BuildingEngine = Exclude<EngineName, 'rebase'>;

const building: readonly BuildingEngine[] = ['buildx', 'docker', 'podman', 'buildah', 'acr-tasks'];

function everywhere(why: string): OptionDefinition['uses'] {
  return Object.fromEntries(building.map((name) => [name, { how: 'instead', why } as const]));
}

function given(as: string, ...names: readonly BuildingEngine[]): OptionDefinition['uses'] {
  return Object.fromEntries(names.map((name) => [name, { how: 'given', as } as const]));
}

/** Every option by every engine: what is used and how, and by its absence what is not supported. */
export const optionUses: Readonly<Record<OptionName, OptionDefinition>> = {
  label: { what: 'labels', uses: given('--label', 'buildx', 'docker', 'podman', 'buildah') },
  annotation: { what: 'annotations of the index and of manifests', uses: given('--annotation', 'buildx') },
  'build-arg': { what: 'a build argument whose value only the pipeline knows', uses: {} },
  secret: { what: 'secrets', uses: given('--secret', 'buildx', 'podman', 'buildah') },
  ssh: { what: 'SSH agents and keys', uses: given('--ssh', 'buildx', 'podman', 'buildah') },
  'add-host': { what: 'extra hosts', uses: given('--add-host', 'buildx', 'docker', 'podman', 'buildah') },
  network: { what: 'the network of RUN', uses: given('--network', 'buildx', 'docker', 'podman', 'buildah') },
  'shm-size': { what: 'the size of /dev/shm', uses: given('--shm-size', 'buildx', 'docker', 'podman', 'buildah') },
  ulimit: { what: 'ulimits', uses: given('--ulimit', 'buildx', 'docker', 'podman', 'buildah') },
  allow: { what: 'entitlements', uses: given('--allow', 'buildx') },
  'cgroup-parent': {
    what: 'the parent cgroup',
    uses: given('--cgroup-parent', 'buildx', 'docker', 'podman', 'buildah'),
  },
  isolation: { what: 'isolation of Windows containers', uses: given('--isolation', 'docker') },
  sbom: { what: 'an SBOM attestation', uses: given('--attest=type=sbom', 'buildx') },
  provenance: {
    what: 'a provenance attestation',
    uses: everywhere('buildx attests provenance with `mode=max`, others leave a record'),
  },
  output: { what: 'compression and other attributes of what is pushed', uses: given('--output', 'buildx') },
  'no-cache': { what: 'a build without cache', uses: everywhere('`freshness` says what is taken from a cache') },
  'no-cache-filter': { what: 'stages without cache', uses: everywhere('`freshness` says what is taken from a cache') },
  pull: { what: 'fresh bases', uses: everywhere('every base is pinned to the digest that was compared') },
  'cache-from': { what: 'caches to read', uses: everywhere('`build.cache-from` names them') },
  'cache-to': { what: 'caches to write', uses: everywhere('`build.cache-to` names them') },
  unknown: { what: 'a key that is not known, or a value that is not understood', uses: {} },
};

/** An option in words: `add-host build.internal:192.0.2.9 (docker-bake.hcl target.app)`. */
export function optionWords({ name, value, from }: StatedOption): string {
  if (name === 'unknown') return `${quoted(value)} (${from}), which is not understood`;
  // Of a secret its name says enough.
  const shown = value === '' || value === 'true' ? name : `${name} ${value.slice(0, 100)}`;
  return `${shown} (${from})`;
}

/** Why an engine cannot build what a release build asks for; undefined where it can. */
export function unsupportedOption(engine: BuildingEngine, options: readonly StatedOption[]): Unsuitable | undefined {
  const lacking = options.filter((option) => useOf(engine, option) === undefined);
  const [first, ...more] = lacking;
  if (first === undefined) return undefined;
  const others = more.length === 0 ? '' : ` and ${more.length} more`;
  const able = building.filter((name) => lacking.every((option) => useOf(name, option) !== undefined));
  const why = `the release build asks for ${optionWords(first)}${others}, which ${engine} does not support`;
  const leave = `name it under leave-out of images[].build to go without`;
  return unsuitable(
    first.name === 'unknown' ? `the release build asks for ${optionWords(first)}${others}` : why,
    able.length === 0 ? leave : `build it with ${able.join(' or ')}, or ${leave}`,
  );
}

function useOf(engine: BuildingEngine, { name, value }: StatedOption): OptionUse | undefined {
  // BuildKit has these networks alone.
  if (name === 'network' && engine === 'buildx' && !/^(?:default|host|none)$/.test(value)) return undefined;
  if (name === 'isolation' && value === 'default') return { how: 'instead', why: 'it is the default' };
  return optionUses[name].uses[engine];
}

/** The arguments of an engine's program for the options that it is given; secrets, agents and outputs have their own. */
export function optionArguments(engine: BuildingEngine, options: readonly StatedOption[]): readonly string[] {
  const apart: readonly OptionName[] = ['secret', 'ssh', 'output', 'sbom'];
  return options.flatMap((option) => {
    const use = useOf(engine, option);
    if (use?.how !== 'given' || apart.includes(option.name)) return [];
    return [`${use.as}=${option.value}`];
  });
}

/** Values of one option. */
export function valuesOf(options: readonly StatedOption[] | undefined, name: OptionName): readonly string[] {
  return (options ?? []).flatMap((option) => (option.name === name ? [option.value] : []));
}
