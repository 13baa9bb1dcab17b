import { join } from 'node:path';
import * as v from 'valibot';
import type { Failure } from '../failure.ts';
import { parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Promotion } from '../promote.ts';
import { createStateReader, type StateWorld } from '../tools/state-files.ts';

/** A promotion as the output directory keeps it: what moved to which digest, and what was there before. */
export interface PromotionRecord {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly digest: Digest;
  /** Name of the image in the configuration; absent in what only a report tells. */
  readonly image?: string;
  readonly tags: readonly { readonly reference: string; readonly previous?: Digest }[];
}

/** A record with the file that it stands in. */
export interface SavedPromotion {
  readonly file: string;
  readonly record: PromotionRecord;
}

const digest = v.custom<Digest>((input) => typeof input === 'string' && asDigest(input) !== undefined, 'no digest');
const schema = v.looseObject({
  schemaVersion: v.literal(1),
  at: v.string(),
  digest,
  image: v.exactOptional(v.string()),
  tags: v.array(v.looseObject({ reference: v.string(), previous: v.nullable(digest) })),
});

/** Saves what is about to move, in a file of its own that no other run writes. */
export async function savePromotion(
  world: Pick<World, 'files' | 'now' | 'randomHex'>,
  outputDirectory: string,
  promotion: Promotion,
  image: string,
): Promise<void> {
  const at = world.now().toISOString();
  const tags = promotion.tags.map(({ reference, previous }) => ({
    reference: formatReference(reference),
    previous: previous ?? null,
  }));
  const name = `${at.slice(0, 19).replace(/\D/g, '')}-${world.randomHex(4)}.json`;
  const document = { schemaVersion: 1, at, digest: promotion.digest, image, tags };
  await world.files.write(join(outputDirectory, 'promotions', name), `${JSON.stringify(document, null, 2)}\n`);
}

/** What promotions left of records of their own: those that tell of one, and why others are not believed. */
export interface SavedPromotions {
  readonly saved: readonly SavedPromotion[];
  readonly refused: readonly Failure[];
}

/** Reads the records of an output directory, in no order; a report says more, and not all of it was cleared. */
export async function savedPromotions(world: StateWorld, outputDirectory: string): Promise<SavedPromotions> {
  const found = await createStateReader(world).list(join(outputDirectory, 'promotions'), '.json');
  const saved = found.flatMap((one): readonly SavedPromotion[] => {
    const record = one.kind === 'read' ? recordIn(one.text) : undefined;
    return record === undefined ? [] : [{ file: one.path, record }];
  });
  return { saved, refused: found.flatMap((one) => (one.kind === 'refused' ? [one.failure] : [])) };
}

// A file that a full disk cut off, or that is not one of ours, records no promotion.
export function recordIn(text: string): PromotionRecord | undefined {
  const read = v.safeParse(schema, parsed(text));
  if (!read.success) return undefined;
  const { at, image, tags, ...rest } = read.output;
  return {
    at,
    digest: rest.digest,
    ...(image === undefined ? {} : { image }),
    tags: tags.map(({ reference, previous }) => ({ reference, ...(previous === null ? {} : { previous }) })),
  };
}
