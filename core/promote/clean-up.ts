import { attempt, type Failure, fail, type Outcome } from '../failure.ts';
import { familiar, formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { removeByPlaceholder } from './placeholder.ts';
import { currentDigest, digestIn, snapshotReleases, type TagSnapshot, unexpectedDigest } from './release.ts';
import { commandFor } from './undo.ts';

/** What became of the tag that an engine pushed under; `lost` where release tags may have gone with it. */
export type CandidateTag =
  | { readonly state: 'removed' | 'kept' }
  | { readonly state: 'left'; readonly why: string }
  | { readonly state: 'lost'; readonly failure: Failure };

/**
 * Removes a candidate's tag and never its digest, which a release tag or another run may share. What a registry takes
 * away with it is put back at once; what cannot be is `lost`. Undefined where nothing was pushed.
 */
export async function removeCandidateTag(
  registry: Registry,
  candidate: Reference,
  releases: readonly Reference[],
): Promise<CandidateTag | undefined> {
  const { registry: host, repository, tag } = candidate;
  if (tag === undefined) return undefined;
  const done = await attempt(formatReference(candidate), async (): Promise<CandidateTag | undefined> => {
    if ((await currentDigest(registry, candidate)) === undefined) return undefined;
    const before = await snapshotReleases(registry, releases);
    const removed = await removeTag(registry, { registry: host, repository, tag });
    const { putBack, stranded } = await putBackTaken(registry, before);
    if (stranded.length > 0) return { state: 'lost', failure: lostWith(candidate, stranded) };
    if (putBack.length > 0) return left(`the registry took ${putBack.join(', ')} away with it, which was put back`);
    if (removed.kind === 'failed') return left(removed.failure.detail);
    const now = await unexpectedDigest(registry, { registry: host, repository, tag });
    return now === undefined ? { state: 'removed' } : left('the registry agreed to remove it and still has it');
  });
  return done.kind === 'done' ? done.value : left(done.failure.detail);
}

async function removeTag(registry: Registry, tag: Reference & { readonly tag: string }): Promise<Outcome<unknown>> {
  const asTag = await attempt(tag.tag, () => registry.deleteManifest(tag));
  if (asTag.kind === 'done' || asTag.failure.code !== 'refused') return asTag;
  // Distribution 2.8 and others know deletion by digest alone, and answer 400; 405 is of those that delete nothing.
  const otherwise = await attempt(tag.tag, () => removeByPlaceholder(registry, tag));
  return otherwise.kind === 'done' && !otherwise.value ? asTag : otherwise;
}

function left(why: string): CandidateTag {
  return { state: 'left', why };
}

/** A release that is not known to stand, and why. */
interface Stranded {
  readonly release: TagSnapshot;
  readonly failure: Failure;
}

// Each tag by itself: one that cannot be read or put back keeps no other from it.
async function putBackTaken(registry: Registry, before: readonly TagSnapshot[]) {
  const putBack: string[] = [];
  const stranded: Stranded[] = [];
  for (const release of before) {
    const outcome = await attempt(formatReference(release.reference), () => putBackIfTaken(registry, release));
    if (outcome.kind === 'failed') stranded.push({ release, failure: outcome.failure });
    else if (outcome.value) putBack.push(familiar(release.reference));
  }
  return { putBack, stranded };
}

async function putBackIfTaken(registry: Registry, { reference, manifest }: TagSnapshot): Promise<boolean> {
  if (manifest === undefined || (await currentDigest(registry, reference)) !== undefined) return false;
  await registry.putManifest(reference, manifest);
  if ((await currentDigest(registry, reference)) === digestIn(manifest)) return true;
  throw fail('refused', formatReference(reference), 'is not what was put back there');
}

function lostWith({ tag }: Reference, stranded: readonly Stranded[]): Failure {
  const names = stranded.map(({ release }) => familiar(release.reference)).join(', ');
  const reasons = [...new Set(stranded.map(({ failure }) => `${failure.subject} ${failure.detail}`))].join('; ');
  const commands = stranded.map(({ release: { reference, manifest: from } }) => commandFor({ reference, from }));
  const detail = `may be gone: the registry was asked to remove the candidate tag ${tag}, and afterwards a release tag could not be read or put back (${reasons})`;
  const remedy = `look whether it is there, and put it back: ${commands.join('; ')}; where its content is gone too, run again, which builds it anew`;
  return fail(stranded[0]?.failure.code ?? 'refused', names, detail, remedy).failure;
}
