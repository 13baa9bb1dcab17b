import { attempt } from '../failure.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { currentDigest, digestIn, type Release, snapshotReleases } from './release.ts';

/** What became of the tag that an engine pushed under. */
export type CandidateTag = { readonly state: 'removed' | 'kept' } | { readonly state: 'left'; readonly why: string };

/**
 * Removes a candidate's tag as a tag and never by its digest, which a release tag or another run may share. What a
 * registry takes away with it is put back at once. Undefined where nothing was pushed.
 */
export async function removeCandidateTag(
  registry: Registry,
  candidate: Reference,
  releases: readonly Reference[],
): Promise<CandidateTag | undefined> {
  const { registry: host, repository, tag } = candidate;
  if (tag === undefined) return undefined;
  const done = await attempt(formatReference(candidate), async (): Promise<CandidateTag | undefined> => {
    if ((await currentDigest(registry, candidate)) === null) return undefined;
    const before = await snapshotReleases(registry, releases);
    const removed = await attempt(tag, () => registry.deleteManifest({ registry: host, repository, tag }));
    const lost = await putBackLost(registry, before);
    if (lost.length > 0) return left(`the registry took ${lost.join(', ')} away with it, which was put back`);
    if (removed.kind === 'failed') return left(removed.failure.detail);
    const now = await currentDigest(registry, { registry: host, repository, tag });
    return now === null ? { state: 'removed' } : left('the registry agreed to remove it and still has it');
  });
  return done.kind === 'done' ? done.value : left(done.failure.detail);
}

function left(why: string): CandidateTag {
  return { state: 'left', why };
}

async function putBackLost(registry: Registry, before: readonly Release[]): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const { reference, manifest } of before) {
    if (manifest === null || (await currentDigest(registry, reference)) !== null) continue;
    await restore(registry, reference, manifest);
    lost.push(familiar(reference));
  }
  return lost;
}

async function restore(registry: Registry, reference: Reference, manifest: StoredManifest): Promise<void> {
  await registry.putManifest(reference, manifest);
  if ((await currentDigest(registry, reference)) !== digestIn(manifest)) {
    throw new Error(`${formatReference(reference)} could not be put back`);
  }
}
