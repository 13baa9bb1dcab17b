import { type Failure, fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, parseReference, withTag } from '../oci/reference.ts';
import { currentDigest } from '../promote/release.ts';
import type { Registry } from '../registry/registry.ts';
import type { Promoted } from './promoted.ts';

/** A promotion whose release tags still name what it put there, or why it is no release any more. */
export type Released =
  | { readonly kind: 'released'; readonly promoted: Promoted }
  | { readonly kind: 'withdrawn'; readonly promoted: Promoted; readonly failure: Failure };

/** Asks for each release tag once what it names now. */
export async function releasedNow(registry: Registry, all: readonly Promoted[]): Promise<readonly Released[]> {
  const names = [...new Set(all.flatMap(({ promotion }) => promotion.tags.map(({ reference }) => reference)))];
  const now = await Promise.all(names.map(async (name) => [name, await taggedNow(registry, name)] as const));
  return chooseReleased(all, new Map(now));
}

// A reference with a digest would be asked by it and answer for itself, whatever its tag names.
async function taggedNow(registry: Registry, name: string): Promise<Digest | undefined> {
  const { tag, ...repository } = parseReference(name);
  return tag === undefined ? undefined : currentDigest(registry, withTag(repository, tag));
}

/**
 * Of promotions, the newest first, those that release tags still name, each tag with one of them. Where no promotion
 * explains a tag, somebody else published it or rolled it back: there the newest that records it is withdrawn.
 */
export function chooseReleased(
  all: readonly Promoted[],
  now: ReadonlyMap<string, Digest | undefined>,
): readonly Released[] {
  const explained = new Set<string>();
  const standing = all.flatMap((promoted): readonly Released[] => {
    const { promotion } = promoted;
    const tags = promotion.tags.filter(
      ({ reference }) => now.get(reference) === promotion.digest && !explained.has(reference),
    );
    for (const { reference } of tags) explained.add(reference);
    return tags.length === 0
      ? []
      : [{ kind: 'released', promoted: { ...promoted, promotion: { ...promotion, tags } } }];
  });
  const gone = all.flatMap((promoted): readonly Released[] => {
    const open = promoted.promotion.tags.filter(({ reference }) => !explained.has(reference));
    for (const { reference } of open) explained.add(reference);
    return open.map((tag) => ({
      kind: 'withdrawn',
      promoted: { ...promoted, promotion: { ...promoted.promotion, tags: [tag] } },
      failure: withdrawn(tag.reference, promoted, now.get(tag.reference)),
    }));
  });
  return withOwnNames([...standing, ...gone]);
}

function withdrawn(reference: string, { promotion }: Promoted, now: Digest | undefined): Failure {
  const detail = `names ${now ?? 'nothing'} and not the promoted ${promotion.digest}, so that is no longer released`;
  const remedy = 'refresh it, or deploy the report of the run that published it';
  return fail('moved', familiar(parseReference(reference)), detail, remedy).failure;
}

// Two promotions of one image, of which each left a tag, are distinguished by their tags.
function withOwnNames(all: readonly Released[]): readonly Released[] {
  const names = all.map(({ promoted }) => promoted.image.name);
  return all.map((each, at) => {
    const { image, promotion } = each.promoted;
    if (names.indexOf(image.name) === at) return each;
    const tags = promotion.tags.map(({ reference }) => familiar(parseReference(reference))).join(', ');
    return { ...each, promoted: { ...each.promoted, image: { ...image, name: `${image.name} (${tags})` } } };
  });
}
