import type { Cleared } from './gate/clear.ts';
import type { Digest } from './oci/digest.ts';
import type { StoredManifest } from './oci/manifest.ts';
import { type Reference, sameRepository, withDigest } from './oci/reference.ts';
import { copyContent } from './promote/copy.ts';
import { moveTags } from './promote/move.ts';
import { copyReferrers } from './promote/referrers.ts';
import { digestIn, snapshotReleases, type TagSnapshot } from './promote/release.ts';
import { rollbackTagsOf } from './promote/rollback-tag.ts';
import type { Move } from './promote/undo.ts';
import type { BuiltImage } from './rebuild/engine.ts';
import type { Registry } from './registry/registry.ts';

/** A release tag that moved, and what it named before. */
export interface PromotedTag {
  readonly reference: Reference;
  /** Absent where it named nothing. */
  readonly previous?: Digest;
  /** Where what it named before is kept. */
  readonly rollback?: Reference;
}

/** What moved: the release tags that now name the digest. */
export interface Promotion {
  readonly digest: Digest;
  readonly tags: readonly PromotedTag[];
  /** Signatures, SBOMs and other manifests that went along to another repository. */
  readonly referrers: number;
}

export interface PromotionOptions {
  /** Pattern of the tags that keep what the release tags named before. */
  readonly rollbackTag?: string;
  /** Called with what is about to move before anything does, so that a run that is killed leaves a record. */
  readonly record?: (promotion: Promotion) => Promise<void>;
}

/**
 * Puts the bytes of a cleared image under its release tags, in order, and reads each one back; content and
 * referrers first. Throws `moved` where a tag is no longer what the run saw; tags that had already moved are put back.
 */
export async function promote(
  registry: Registry,
  image: Cleared<BuiltImage>,
  releases: readonly TagSnapshot[],
  options: PromotionOptions = {},
): Promise<Promotion> {
  const manifest = await registry.manifest(image.reference);
  const rollbacks = await rollbackMoves(registry, manifest, releases, options.rollbackTag);
  const moves = releases.map(({ reference, manifest: from }): Move => ({ reference, from, to: manifest }));
  const referrers = await bringContent(registry, image.reference, releases, manifest);
  const promotion: Promotion = {
    digest: manifest.descriptor.digest,
    tags: releases.map(({ reference, manifest: previous }, at) => {
      const rollback = rollbacks[at]?.reference;
      return {
        reference,
        ...(previous === undefined ? {} : { previous: previous.descriptor.digest }),
        ...(rollback === undefined ? {} : { rollback }),
      };
    }),
    referrers,
  };
  await options.record?.(promotion);
  await moveTags(registry, [...rollbacks.flatMap((move) => move ?? []), ...moves]);
  return promotion;
}

// A release that names nothing yet, or the same content, has nothing to be kept.
async function rollbackMoves(
  registry: Registry,
  manifest: StoredManifest,
  releases: readonly TagSnapshot[],
  pattern: string | undefined,
): Promise<readonly (Move | undefined)[]> {
  if (pattern === undefined) return [];
  const tags = rollbackTagsOf(
    pattern,
    releases.map(({ reference }) => reference),
  );
  const now = await snapshotReleases(registry, tags);
  return releases.map(({ manifest: previous }, at): Move | undefined => {
    const tag = now[at];
    if (tag === undefined || previous === undefined || digestIn(previous) === manifest.descriptor.digest)
      return undefined;
    return { reference: tag.reference, from: tag.manifest, to: previous };
  });
}

// All of it before a tag moves: whoever sees the new release finds its signatures too.
async function bringContent(
  registry: Registry,
  from: Reference,
  releases: readonly TagSnapshot[],
  manifest: StoredManifest,
): Promise<number> {
  const others = releases
    .map(({ reference }) => reference)
    .filter((reference, at, all) => all.findIndex((other) => sameRepository(other, reference)) === at)
    .filter((reference) => !sameRepository(reference, from));
  let referrers = 0;
  for (const { registry: host, repository } of others) {
    const to = { registry: host, repository };
    await copyContent(registry, from, to, manifest);
    await registry.putManifest(withDigest(to, manifest.descriptor.digest), manifest);
    referrers += await copyReferrers(registry, from, to, manifest);
  }
  return referrers;
}
