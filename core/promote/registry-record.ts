import * as v from 'valibot';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import { parsed } from '../json.ts';
import { blobOf } from '../oci/blob.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys, mediaTypes, type StoredManifest } from '../oci/manifest.ts';
import { type Reference, type Repository, withDigest, withTag } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { PromotionRecord } from './record.ts';

const artifactType = 'application/vnd.base-image-refresh.promotion.v1+json';

/** A promotion as the registry keeps it beside the image: written before any tag moves, and only of what the gate let through. */
export interface RegistryRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Name of the image in the configuration. */
  readonly image: string;
  readonly digest: Digest;
  readonly gate: { readonly verdict: 'pass'; readonly scanner: string };
  readonly tags: readonly { readonly reference: string; readonly previous?: Digest }[];
  /** What was promoted after it and undone, so that these tags name it again; absent since it was last promoted. */
  readonly restored?: { readonly at: string; readonly from: Digest; readonly tags: readonly string[] };
}

/** A record with the manifest that holds it, which is what is signed. */
export interface StoredRecord {
  readonly record: RegistryRecord;
  readonly place: Reference & { readonly digest: Digest };
}

const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const text = v.pipe(v.string(), v.maxLength(1000));
const schema = v.looseObject({
  schemaVersion: v.literal(1),
  at: text,
  image: text,
  digest,
  gate: v.looseObject({ verdict: v.literal('pass'), scanner: text }),
  tags: v.pipe(v.array(v.looseObject({ reference: text, previous: v.exactOptional(digest) })), v.maxLength(1000)),
  restored: v.exactOptional(v.looseObject({ at: text, from: digest, tags: v.pipe(v.array(text), v.maxLength(1000)) })),
});

/** The tag under which the promotion of a digest is found by name, in the repository that has the digest. */
export function promotionTag(repository: Repository, promoted: Digest): Reference & { readonly tag: string } {
  return withTag(repository, `bir-p1-${promoted.replace(/^[^:]*:/, '')}`);
}

/**
 * Writes the record of a promotion beside its image, under a tag of its own. It names the image as its subject only where
 * the registry lists referrers itself: elsewhere that would change a list that other clients write too.
 */
export async function writeRegistryRecord(
  registry: Registry,
  repository: Repository,
  image: StoredManifest,
  record: RegistryRecord,
): Promise<StoredRecord> {
  const { mediaType, digest, size } = image.descriptor;
  const hasApi = await registry.hasReferrersApi(repository, digest);
  const empty = blobOf(mediaTypes.ociEmpty, {});
  await registry.putBlob(repository, empty.bytes, empty.descriptor.mediaType);
  const manifest = blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: empty.descriptor,
    layers: [empty.descriptor],
    ...(hasApi ? { subject: { mediaType, digest, size } } : {}),
    annotations: {
      'org.opencontainers.image.created': record.at,
      [annotationKeys.promotion]: JSON.stringify({ schemaVersion: 1, ...record }),
    },
  });
  await registry.putManifest(promotionTag(repository, digest), manifest);
  return { record, place: withDigest(repository, manifest.descriptor.digest) };
}

/** Reads the record of the promotion of a digest; undefined where there is none, or none that says so of this digest. */
export async function readRegistryRecord(
  registry: Registry,
  { registry: host, repository }: Repository,
  promoted: Digest,
): Promise<StoredRecord | undefined> {
  const tag = promotionTag({ registry: host, repository }, promoted);
  registry.forget(tag);
  const read = await attempt(tag.tag, () => registry.manifest(tag));
  if (read.kind === 'failed' && isAbsent(read.failure)) return undefined;
  if (read.kind === 'failed') throw new FailureError(read.failure);
  const { document, descriptor } = read.value;
  if (document.artifactType !== artifactType) return undefined;
  const record = v.safeParse(schema, parsed(document.annotations[annotationKeys.promotion] ?? ''));
  if (!record.success || record.output.digest !== promoted) return undefined;
  return { record: record.output, place: withDigest({ registry: host, repository }, descriptor.digest) };
}

/** What a record says of the last move of tags to its digest: its own promotion, or the rollback that brought it back. */
export function lastMoveIn({ restored, ...record }: RegistryRecord): PromotionRecord {
  if (restored === undefined) return record;
  const { at, from, tags } = restored;
  return {
    at,
    digest: from,
    image: record.image,
    tags: tags.map((reference) => ({ reference, previous: record.digest })),
  };
}
