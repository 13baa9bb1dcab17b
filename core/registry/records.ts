import { attempt, FailureError, isAbsent } from '../failure.ts';
import { parsed } from '../json.ts';
import { blobOf } from '../oci/blob.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
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
