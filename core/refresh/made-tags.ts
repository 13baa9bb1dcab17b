import { makesTags, movingReleases } from '../check/chosen-release.ts';
import type { Build } from '../discover/build.ts';
import { compareFitting, fittingTags, type TagParts, tagFrom } from '../discover/tag-rule.ts';
import { fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { familiar, formatReference, type Reference, sameRepository, withTag } from '../oci/reference.ts';
import { digestIn, snapshotReleases, type TagSnapshot } from '../promote/release.ts';
import type { Run } from './context.ts';
import type { Gated } from './image-result.ts';

/** A cleared image with the tags that it is to have, and what those name now. */
export interface NamedImage {
  readonly gated: Gated;
  readonly releases: readonly TagSnapshot[];
}

/**
 * The image under the tags that its templates make of what was cleared, in place of the tag that its rule chose, which stays.
 * Throws `refused` where such a tag names something else already, or its rule would choose another. An image without templates is as it was.
 */
export async function withMadeTags(
  run: Run,
  gated: Gated,
  seen: readonly TagSnapshot[],
  resumes: boolean,
): Promise<NamedImage> {
  const { build } = gated.image;
  if (!makesTags(build)) return { gated, releases: seen };
  const moving = new Set(movingReleases(build).map(formatReference));
  const still = seen.filter(({ reference }) => moving.has(formatReference(reference)));
  // What a promotion that was broken off was to make is made: only what it was to move is left.
  const made = resumes ? [] : await snapshotReleases(run.registry, madeTags(run, gated));
  for (const tag of made) refuseOther(tag, gated.built.digest);
  if (!resumes) refuseEarlier(build, made);
  const releases = [...made, ...still];
  const named = { ...build, releases: releases.map(({ reference }) => reference) };
  return { gated: { ...gated, image: { ...gated.image, build: named } }, releases };
}

function madeTags({ world }: Run, { image: { build }, built }: Gated): readonly Reference[] {
  const { chosen, releases } = build;
  if (chosen === undefined) return [];
  const [fitting] = fittingTags(chosen.rule, [releases[0]?.tag ?? '']);
  const now = world.now();
  const digest = built.digest.replace(/^.*:/, '');
  return chosen.rule.templates.map(({ pattern, repository = chosen.repository }) => {
    const tag = tagFrom(pattern, { chosen: fitting, now, digest });
    if (tag !== undefined) return withTag(repository, tag);
    const detail = `its tag ${releases[0]?.tag} lacks what the tag "${pattern}" takes from it`;
    throw fail('config', build.name, detail, 'change the template, or the pattern of tag-rule');
  });
}

function refuseOther({ reference, manifest }: TagSnapshot, digest: Digest): void {
  const now = digestIn(manifest);
  if (now === undefined || now === digest) return;
  const fact = `names ${now} already, and a tag that a template makes is not moved, so nothing was promoted`;
  throw fail('refused', familiar(reference), fact, 'add {time} or {digest} to its template, or run again later');
}

// What its own rule would not choose is no release: the day of a tag may be that of another time zone.
function refuseEarlier({ chosen, releases: [before] }: Build, made: readonly TagSnapshot[]): void {
  if (chosen === undefined || before?.tag === undefined || chosen.rule.byCreation) return;
  const own = made.filter(({ reference }) => sameRepository(reference, chosen.repository));
  const tags = own.flatMap(({ reference: { tag } }) => tag ?? []);
  const [was] = fittingTags(chosen.rule, [before.tag]);
  const isLater = (one: TagParts) => was === undefined || compareFitting(one, was) > 0;
  if (tags.includes(before.tag) || fittingTags(chosen.rule, tags).some(isLater)) return;
  const fact = `comes no later than ${before.tag} by tag-rule, which would go on to choose that, so nothing was promoted`;
  throw fail(
    'refused',
    familiar(own[0]?.reference ?? before),
    fact,
    'add {number} to its template, or run again later',
  );
}
