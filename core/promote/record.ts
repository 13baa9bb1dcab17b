import { join } from 'node:path';
import * as v from 'valibot';
import { parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { Promotion } from '../promote.ts';

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

/** The promotions that records of their own tell of, in no order; a report says more, and not all of it was cleared. */
export async function savedPromotions(
  { files }: Pick<World, 'files'>,
  outputDirectory: string,
): Promise<readonly SavedPromotion[]> {
  const folder = join(outputDirectory, 'promotions');
  const isThere = (await files.stat(folder)).kind === 'directory';
  const names = isThere ? (await files.list(folder)).filter(({ name }) => name.endsWith('.json')) : [];
  const read = names.map(async ({ name }) => {
    const file = join(folder, name);
    const record = recordIn(await files.readText(file));
    return record === undefined ? [] : [{ file, record }];
  });
  return (await Promise.all(read)).flat();
}

// A file that a full disk cut off, or that is none of ours, tells of no promotion.
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
