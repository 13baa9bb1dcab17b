import * as v from 'valibot';
import { asDigest, type Digest } from '../../oci/digest.ts';
import { annotationKeys } from '../../oci/manifest.ts';
import type { Reference, Repository } from '../../oci/reference.ts';
import { hashedTags, putRecord, type RecordForm, readShaped } from '../../registry/records.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildKey } from './key.ts';

/** A build of an image, and the repository beside which runs remember it. */
export interface RememberedBuild {
  readonly key: BuildKey;
  readonly image: string;
  readonly repository: Repository;
}

/** What became of the attempts at one build, over all runs on all machines. */
export interface BuildRecord {
  readonly key: BuildKey;
  readonly image: string;
  /** ISO 8601, UTC: when something was last learnt of it. */
  readonly at: string;
  /** How often it failed since it last succeeded. */
  readonly failures: number;
  /** How often it was begun and has not ended: a build that ends its machine leaves no word. */
  readonly deaths?: number;
  /** Who builds it, and the number of the last sign of life; absent where nobody does. */
  readonly building?: { readonly by: string; readonly beat: number };
  /** What was made of it: only that is taken for it where it is found under the key. */
  readonly made?: Digest;
  /** What was made of it and let through, before any release tag moved. */
  readonly done?: Digest;
  /** Of a trial: it took none of the fixes for which it was made. */
  readonly unproven?: true;
  /** What was promoted of it. */
  readonly promoted?: Digest;
  /** What that replaced under the first release tag: finding it there again shows that somebody put it back. */
  readonly previous?: Digest;
}

const form: RecordForm = {
  artifactType: 'application/vnd.base-image-refresh.attempt.v1+json',
  annotation: annotationKeys.attempt,
};

const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const text = v.pipe(v.string(), v.maxLength(1000));
const schema = v.looseObject({
  schemaVersion: v.literal(1),
  key: text,
  image: text,
  at: v.pipe(text, v.isoTimestamp()),
  failures: v.pipe(v.number(), v.integer(), v.minValue(0)),
  deaths: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0))),
  building: v.exactOptional(v.object({ by: text, beat: v.pipe(v.number(), v.integer(), v.minValue(0)) })),
  made: v.exactOptional(digest),
  done: v.exactOptional(digest),
  unproven: v.exactOptional(v.literal(true)),
  promoted: v.exactOptional(digest),
  previous: v.exactOptional(digest),
});

/** The tags of records of attempts. */
export const attemptTags = hashedTags('bir-k1-');

type Reading = Pick<Registry, 'forget' | 'manifest'>;

/** What earlier runs wrote of a build in a repository; undefined where there is none of it, or none that says so of this build. */
export async function readAttempts(
  registry: Reading,
  repository: Repository,
  key: BuildKey,
): Promise<BuildRecord | undefined> {
  const record = await readAttemptsUnder(registry, attemptTags.of(repository, key));
  return record?.key === key ? record : undefined;
}

/** When something was last learnt of a build; undefined where nothing is known of it. */
export async function lastLearnt(registry: Reading, repository: Repository, key: BuildKey): Promise<Date | undefined> {
  const record = await readAttempts(registry, repository, key);
  return record === undefined ? undefined : new Date(record.at);
}

/** The record of attempts under a tag; undefined where there is none. */
export async function readAttemptsUnder(registry: Reading, tag: Reference): Promise<BuildRecord | undefined> {
  return readShaped(registry, tag, form, schema);
}

/** Writes what was learnt of a build in place of what was known of it. */
export async function writeAttempts(
  registry: Pick<Registry, 'putBlob' | 'putManifest'>,
  repository: Repository,
  record: BuildRecord,
): Promise<void> {
  await putRecord(registry, attemptTags.of(repository, record.key), form, record);
}
