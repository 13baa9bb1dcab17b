import * as v from 'valibot';
import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys, type StoredManifest } from '../oci/manifest.ts';
import { type Reference, type Repository, withDigest, withTag } from '../oci/reference.ts';
import { putRecord, readRecord } from '../registry/records.ts';
import type { Registry } from '../registry/registry.ts';
import type { PromotionRecord } from './record.ts';

const promotionForm = {
  artifactType: 'application/vnd.base-image-refresh.promotion.v1+json',
  annotation: annotationKeys.promotion,
};

/** A promotion as the registry keeps it beside the image: written before any tag moves, and only of what the gate let through. */
export interface RegistryRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Name of the image in the configuration. */
  readonly image: string;
  readonly digest: Digest;
  readonly gate: { readonly verdict: 'pass'; readonly scanner: string };
  readonly tags: readonly { readonly reference: string; readonly previous?: Digest }[];
  /** What the image was to be made from, where a plan said so: by it other machines know their own work. */
  readonly recipe?: string;
  /** Of its inputs, where they could be read. */
  readonly key?: string;
  /** When it was built, ISO 8601; what had its layers swapped since was built before that. */
  readonly built?: string;
  /** What it was built by, as a hash. */
  readonly buildFile?: string;
  /** The policy that let it through, as a hash. */
  readonly policy?: string;
  /** How long its build took. */
  readonly seconds?: number;
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
  recipe: v.exactOptional(text),
  key: v.exactOptional(text),
  built: v.exactOptional(v.pipe(text, v.isoTimestamp())),
  buildFile: v.exactOptional(text),
  policy: v.exactOptional(text),
  seconds: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
});

// A tag has at most 128 characters, and a SHA-512 digest as many digits; the record itself names the whole digest.
function tagPart(of: Digest): string {
  return of.replace(/^[^:]*:/, '').slice(0, 64);
}

/** The tag under which the promotion of a digest is found by name, in the repository that has the digest. */
export function promotionTag(repository: Repository, promoted: Digest): Reference & { readonly tag: string } {
  return withTag(repository, `bir-p1-${tagPart(promoted)}`);
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
  const subject = hasApi ? { subject: { mediaType, digest, size } } : {};
  const written = await putRecord(registry, promotionTag(repository, digest), { ...promotionForm, ...subject }, record);
  return { record, place: withDigest(repository, written) };
}

/** Reads the record of the promotion of a digest; undefined where there is none, or none that says so of this digest. */
export async function readRegistryRecord(
  registry: Registry,
  { registry: host, repository }: Repository,
  promoted: Digest,
): Promise<StoredRecord | undefined> {
  const place = { registry: host, repository };
  const found = await readRecord(registry, promotionTag(place, promoted), promotionForm);
  const record = v.safeParse(schema, found?.document);
  if (found === undefined || !record.success || record.output.digest !== promoted) return undefined;
  return { record: record.output, place: withDigest(place, found.place.digest) };
}

const rollbackForm = {
  artifactType: 'application/vnd.base-image-refresh.rollback.v1+json',
  annotation: annotationKeys.promotion,
};
const rollbackSchema = v.looseObject({
  schemaVersion: v.literal(1),
  at: text,
  digest,
  from: digest,
  tags: v.pipe(v.array(text), v.maxLength(1000)),
});

/** A rollback as the registry keeps it: which tags it brought back to a digest, and from what. */
export interface RollbackRecord {
  readonly at: string;
  readonly digest: Digest;
  readonly from: Digest;
  readonly tags: readonly string[];
}

function rollbackRecordTag(repository: Repository, restored: Digest): Reference {
  return withTag(repository, `bir-r1-${tagPart(restored)}`);
}

/** A rollback as the promotion that it undid, with the manifest that says so, which is what is signed. */
export interface StoredRollback {
  readonly record: PromotionRecord;
  readonly place: Reference & { readonly digest: Digest };
}

/** Writes down a rollback beside what it went back to; the record of the promotion, which may be signed, stays as it is. */
export async function writeRollbackRecord(
  registry: Registry,
  repository: Repository,
  record: RollbackRecord,
): Promise<StoredRollback['place']> {
  const tag = rollbackRecordTag(repository, record.digest);
  return withDigest(repository, await putRecord(registry, tag, rollbackForm, record));
}

/** The rollback that last went back to a digest, as the promotion that it undid; undefined where there is none. */
export async function readUndone(
  registry: Registry,
  { registry: host, repository }: Repository,
  restored: Digest,
): Promise<StoredRollback | undefined> {
  const place = { registry: host, repository };
  const found = await readRecord(registry, rollbackRecordTag(place, restored), rollbackForm);
  const record = v.safeParse(rollbackSchema, found?.document);
  if (found === undefined || !record.success || record.output.digest !== restored) return undefined;
  const { at, from, tags } = record.output;
  return {
    record: { at, digest: from, tags: tags.map((reference) => ({ reference, previous: restored })) },
    place: withDigest(place, found.place.digest),
  };
}
