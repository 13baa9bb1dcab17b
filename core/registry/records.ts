import * as v from 'valibot';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import { parsed } from '../json.ts';
import { blobOf } from '../oci/blob.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { formatReference, type Reference, type Repository, withDigest, withTag } from '../oci/reference.ts';
import type { Registry } from './registry.ts';

/** A kind of record that stands in a registry under a tag of its own: a manifest without content whose annotation holds a document. */
export interface RecordForm {
  readonly artifactType: string;
  /** Annotation that holds the document. */
  readonly annotation: string;
}

/** A document as a registry has it, with the manifest that holds it, which is what is signed. */
export interface TaggedRecord {
  readonly document: unknown;
  readonly place: Reference & { readonly digest: Digest };
}

/** The tags of a kind of record: a prefix and the hash of what each is about, by which it is found by name. */
export interface HashedTags {
  readonly isOne: (tag: string) => boolean;
  readonly of: (repository: Repository, hash: string) => Reference & { readonly tag: string };
}

/** Tags of a prefix and 64 hexadecimal digits. */
export function hashedTags(prefix: string): HashedTags {
  return {
    isOne: (tag) => tag.startsWith(prefix) && /^[0-9a-f]{64}$/.test(tag.slice(prefix.length)),
    of: ({ registry, repository }, hash) => withTag({ registry, repository }, `${prefix}${hash}`),
  };
}

type Writing = Pick<Registry, 'putBlob' | 'putManifest'>;

/** Writes a record (OCI image-spec, guidance for artifacts) and returns the digest of its manifest. */
export async function putRecord(
  registry: Writing,
  tag: Reference,
  form: RecordForm & { readonly subject?: Descriptor },
  document: { readonly at: string },
): Promise<Digest> {
  const { artifactType, annotation, subject } = form;
  const empty = blobOf(mediaTypes.ociEmpty, {});
  await registry.putBlob(tag, empty.bytes, empty.descriptor.mediaType);
  const manifest = blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    ...(subject === undefined ? {} : { subject }),
    config: empty.descriptor,
    layers: [empty.descriptor],
    annotations: {
      'org.opencontainers.image.created': document.at,
      [annotation]: JSON.stringify({ schemaVersion: 1, ...document }),
    },
  });
  await registry.putManifest(tag, manifest);
  return manifest.descriptor.digest;
}

/** Reads a record; undefined where there is none of this kind under its tag. */
export async function readRecord(
  registry: Pick<Registry, 'forget' | 'manifest'>,
  tag: Reference,
  { artifactType, annotation }: RecordForm,
): Promise<TaggedRecord | undefined> {
  // Another run may have written since.
  registry.forget(tag);
  const read = await attempt(formatReference(tag), () => registry.manifest(tag));
  if (read.kind === 'failed' && isAbsent(read.failure)) return undefined;
  if (read.kind === 'failed') throw new FailureError(read.failure);
  const { document, descriptor } = read.value;
  if (document.artifactType !== artifactType) return undefined;
  return { document: parsed(document.annotations[annotation] ?? ''), place: withDigest(tag, descriptor.digest) };
}

/** Reads a record of a shape; undefined where there is none under its tag, or none of that shape. */
export async function readShaped<T>(
  registry: Pick<Registry, 'forget' | 'manifest'>,
  tag: Reference,
  form: RecordForm,
  schema: v.GenericSchema<unknown, T>,
): Promise<T | undefined> {
  const read = v.safeParse(schema, (await readRecord(registry, tag, form))?.document);
  return read.success ? read.output : undefined;
}
