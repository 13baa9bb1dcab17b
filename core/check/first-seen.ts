import { createHash } from 'node:crypto';
import * as v from 'valibot';
import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { formatReference, type Reference, type Repository } from '../oci/reference.ts';
import { hashedTags, putRecord, type RecordForm, readShaped } from '../registry/records.ts';
import type { Registry } from '../registry/registry.ts';

/** When a run first saw the tag of a base name a digest, as the repository of an image on that base has it. */
export interface FirstSeen {
  /** Canonical. */
  readonly reference: string;
  readonly digest: Digest;
  /** ISO 8601, UTC. */
  readonly at: string;
}

const form: RecordForm = {
  artifactType: 'application/vnd.base-image-refresh.first-seen.v1+json',
  annotation: annotationKeys.firstSeen,
};

const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const schema = v.looseObject({
  schemaVersion: v.literal(1),
  reference: v.pipe(v.string(), v.maxLength(1000)),
  digest,
  at: v.pipe(v.string(), v.maxLength(40), v.isoTimestamp()),
});

/** The tags of records of first sight. */
export const firstSeenTags = hashedTags('bir-s1-');

/** The tag under which the first sight of a digest of a base is found by name. */
export function firstSeenTag(place: Repository, base: Reference, named: Digest): Reference & { readonly tag: string } {
  const key = createHash('sha256')
    .update(JSON.stringify([formatReference(base), named]))
    .digest('hex');
  return firstSeenTags.of(place, key);
}

type Reading = Pick<Registry, 'forget' | 'manifest'>;

/** When a run first saw a base name a digest; undefined where no record says so of them, or it says a time to come. */
export async function readFirstSeen(
  registry: Reading,
  place: Repository,
  base: Reference,
  named: Digest,
  now: Date,
): Promise<Date | undefined> {
  const record = await readFirstSeenUnder(registry, firstSeenTag(place, base, named));
  if (record?.reference !== formatReference(base) || record.digest !== named) return undefined;
  const at = new Date(record.at);
  return at > now ? undefined : at;
}

/** The record of first sight under a tag; undefined where there is no such record. */
export async function readFirstSeenUnder(registry: Reading, tag: Reference): Promise<FirstSeen | undefined> {
  return readShaped(registry, tag, form, schema);
}

/** Writes when a run first saw a base name a digest. */
export async function writeFirstSeen(
  registry: Pick<Registry, 'putBlob' | 'putManifest'>,
  place: Repository,
  base: Reference,
  named: Digest,
  now: Date,
): Promise<void> {
  const record: FirstSeen = { reference: formatReference(base), digest: named, at: now.toISOString() };
  await putRecord(registry, firstSeenTag(place, base, named), form, record);
}
