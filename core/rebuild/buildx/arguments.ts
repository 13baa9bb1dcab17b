import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { formatReference } from '../../oci/reference.ts';
import type { BuildOrder } from '../engine.ts';
import { optionArguments, valuesOf } from '../options.ts';
import { secretArguments } from '../secrets.ts';
import type { BuildSettings } from '../settings.ts';
import type { Pinning } from './pinning.ts';
import { sbomAttestation } from './sbom.ts';

export interface BuildxOrder {
  readonly order: BuildOrder;
  readonly pinning: Pinning;
  readonly platforms: readonly Platform[];
  /** Absolute path of the build context. */
  readonly context: string;
  /** Absolute path of the Dockerfile, or `-` where it comes on standard input. */
  readonly file: string;
  /** Where buildx leaves the digest of what it pushed. */
  readonly metadataFile: string;
  readonly settings: BuildSettings;
  /** Those that keep stale packages out. */
  readonly fresh: readonly string[];
  /** Whether the candidate's registry may be spoken to without TLS. */
  readonly plainRegistry: boolean;
}

/** The argument vector of docker for one build: pinned, attested, and pushed under the candidate tag alone. */
export function buildArguments(input: BuildxOrder): readonly string[] {
  const { order, pinning, platforms, settings } = input;
  const { args, target } = order.build;
  return [
    'buildx',
    'build',
    '--progress=plain',
    `--file=${input.file}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...pairs('--build-arg', [...Object.entries(args), ...pinning.args]),
    ...pairs('--build-context', pinning.contexts),
    ...(platforms.length === 0 ? [] : [`--platform=${platforms.map(formatPlatform).join(',')}`]),
    // Provenance makes the output an index, on which alone an annotation of the index can stand.
    ...pairs('--annotation', prefixed(order.annotations)),
    '--provenance=mode=max',
    ...sbomAttestation(order, settings),
    ...optionArguments('buildx', order.build.options ?? []),
    ...secretArguments(settings),
    ...settings.ssh.map((agent) => `--ssh=${agent}`),
    ...settings.cacheFrom.map((place) => `--cache-from=${place}`),
    ...settings.cacheTo.map((place) => `--cache-to=${place}`),
    ...input.fresh,
    `--metadata-file=${input.metadataFile}`,
    `--output=${output(input)}`,
    input.context,
  ];
}

function pairs(option: string, entries: Iterable<readonly [string, string]>): readonly string[] {
  return [...entries].map(([name, value]) => `${option}=${name}=${value}`);
}

function prefixed(annotations: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(annotations).map(([key, value]) => [`index,manifest:${key}`, value]);
}

// The registry has the result and every later stage reads it there: nothing is left in the engine's own store.
function output({ order, plainRegistry }: BuildxOrder): string {
  const insecure = plainRegistry ? ',registry.insecure=true' : '';
  return `type=image,name=${formatReference(order.candidate)},push=true,store=false${insecure}${shaped(order)}`;
}

// What is published goes before what its build file says; Docker's media types know gzip alone.
function shaped({ compression, build }: BuildOrder): string {
  const attributes = new Map(valuesOf(build.options, 'output').map((text) => text.split('=', 2) as [string, string]));
  if (compression !== undefined) {
    attributes.set('oci-mediatypes', 'true').set('compression', compression.type);
    if (compression.everyLayer) attributes.set('force-compression', 'true');
  }
  return [...attributes].map(([name, value]) => `,${name}=${value}`).join('');
}
