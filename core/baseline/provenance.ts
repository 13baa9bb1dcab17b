import { FailureError } from '../failure.ts';
import { field, itemsOf, parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { type Platform, parsePlatform } from '../oci/platform.ts';
import { parseReference, type Reference, type Repository } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { given } from '../table.ts';
import { dockerfileIn, type ProvenanceSource, sourceIn } from './provenance-source.ts';
import { type InlineAttestation, inlineAttestations, type PublishedImage } from './published.ts';

/** An image that a build consumed, as SLSA provenance names it. */
export interface Material {
  readonly reference: Reference;
  readonly digest: Digest;
  readonly platform?: Platform;
}

/** The provenance of one platform manifest, or of a whole index. */
export interface PlatformProvenance {
  /** Digest of the manifest that the attestation speaks of. */
  readonly subject: Digest;
  readonly materials: readonly Material[];
  /** The commit that it names; absent where it names none. */
  readonly source?: ProvenanceSource;
  /** The text of the Dockerfile; absent where it holds none (BuildKit, mode=max), or does not name its image. */
  readonly dockerfile?: string;
}

/** Bytes of a statement; that of a large build with every detail is a few of them. */
export const provenanceLimit = 16 * 1024 * 1024;
/** What predicate types of provenance begin with; the version follows. */
export const provenanceType = 'https://slsa.dev/provenance/';

/** BuildKit's inline provenance attestations of an image, one for each platform that has one. */
export async function readProvenance(
  registry: Registry,
  image: PublishedImage,
): Promise<readonly PlatformProvenance[]> {
  const attestations = await inlineAttestations(registry, image);
  const found = await Promise.all(attestations.map((entry) => provenanceIn(registry, image.reference, entry)));
  return found.filter((provenance) => provenance !== undefined);
}

async function provenanceIn(
  registry: Registry,
  repository: Reference,
  { subject, manifest }: InlineAttestation,
): Promise<PlatformProvenance | undefined> {
  const layer = manifest.layers.find(isProvenance);
  if (layer === undefined) return undefined;
  const statement = await statementIn(registry, repository, layer);
  const { dockerfile, ...said } = readStatement(statement);
  if (speaksOf(statement, subject)) return { subject, ...said, ...given('dockerfile', dockerfile) };
  // BuildKit names no subject of an image that it exports without a name: the index alone says whose it is then.
  const subjects = field(statement, 'subject') ?? [];
  return Array.isArray(subjects) && subjects.length === 0 ? { subject, ...said } : undefined;
}

/** Whether a statement (in-toto) is about a digest: a copied one still names what it was made for. */
export function speaksOf(statement: unknown, digest: Digest): boolean {
  const [algorithm = '', hex] = digest.split(':');
  return itemsOf(field(statement, 'subject')).some((subject) => field(field(subject, 'digest'), algorithm) === hex);
}

function isProvenance(layer: Descriptor): boolean {
  const predicate = layer.annotations?.['in-toto.io/predicate-type'] ?? '';
  return layer.mediaType === mediaTypes.inToto && predicate.startsWith(provenanceType);
}

async function statementIn(registry: Registry, repository: Repository, layer: Descriptor): Promise<unknown> {
  const bytes = await registry.blob(repository, layer, provenanceLimit);
  return parsed(new TextDecoder().decode(bytes));
}

/** What a provenance statement says of an image's bases, source and Dockerfile. */
export function readStatement(statement: unknown): Omit<PlatformProvenance, 'subject'> {
  return {
    materials: materialsIn(statement),
    ...given('source', sourceIn(statement)),
    ...given('dockerfile', dockerfileIn(statement)),
  };
}

/** The images in a provenance statement or predicate: SLSA v0.2 `materials`, v1 `buildDefinition.resolvedDependencies`. */
export function materialsIn(statement: unknown): readonly Material[] {
  const predicate = field(statement, 'predicate') ?? statement;
  const listed = field(predicate, 'materials') ?? field(field(predicate, 'buildDefinition'), 'resolvedDependencies');
  if (!Array.isArray(listed)) return [];
  return listed.map(materialOf).filter((material) => material !== undefined);
}

function materialOf(entry: unknown): Material | undefined {
  const uri = field(entry, 'uri');
  const hex = field(field(entry, 'digest'), 'sha256');
  const digest = typeof hex === 'string' ? asDigest(`sha256:${hex}`) : undefined;
  if (typeof uri !== 'string' || digest === undefined) return undefined;
  const named = parseDockerPurl(uri);
  return named === undefined ? undefined : { ...named, digest };
}

/** The reference in a `pkg:docker/…` package URL (purl-spec, docker type); undefined for every other URL. */
export function parseDockerPurl(
  uri: string,
): { readonly reference: Reference; readonly platform?: Platform } | undefined {
  const match = /^pkg:docker\/([^?#]+)(?:\?([^#]*))?/.exec(uri);
  if (match === null) return undefined;
  try {
    const path = decodeURIComponent(match[1] ?? '');
    const at = path.lastIndexOf('@');
    const name = at === -1 ? path : path.slice(0, at);
    const version = at === -1 ? '' : path.slice(at + 1);
    const reference = version === '' ? untagged(name) : parseReference(`${name}${separatorOf(version)}${version}`);
    const platform = parsePlatform(new URLSearchParams(match[2] ?? '').get('platform') ?? '');
    return platform === undefined ? { reference } : { reference, platform };
  } catch (error) {
    if (error instanceof FailureError || error instanceof URIError) return undefined;
    throw error;
  }
}

// BuildKit leaves the version out for what was pinned by digest: that is every tag, and not `latest`.
function untagged(name: string): Reference {
  const { registry, repository } = parseReference(name);
  return { registry, repository };
}

function separatorOf(version: string): string {
  return version.includes(':') ? '@' : ':';
}
