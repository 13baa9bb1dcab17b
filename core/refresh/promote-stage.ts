import { releasesOf } from '../check/release-tags.ts';
import { attempt } from '../failure.ts';
import type { Cleared } from '../gate/clear.ts';
import { familiar } from '../oci/reference.ts';
import { type CandidateTag, removeCandidateTag } from '../promote/clean-up.ts';
import { savePromotion } from '../promote/record.ts';
import type { TagSnapshot } from '../promote/release.ts';
import { type PromotionOptions, promote } from '../promote.ts';
import { keyOfCandidate } from '../rebuild/candidate.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import type { AdmittedBuild } from './admit-build.ts';
import type { Run } from './context.ts';
import type { Gated, ImageResult, PromotedImage, UnpromotedImage } from './image-result.ts';
import { makingOf } from './making.ts';
import { recordPromotion } from './promotion-evidence.ts';
import { isStopping, stoppedBefore, unbroken } from './stopping.ts';

/** A cleared candidate, signed where images are. */
export type SignedImage = Gated & Pick<PromotedImage, 'signature'>;

/** Promotes a cleared image and tells what became of its tags; what keeps it from moving is the image's failure. */
export async function promoted(
  run: Run,
  gated: SignedImage,
  cleared: Cleared<BuiltImage>,
  releases: readonly TagSnapshot[],
  { remembered, resumes, order }: Partial<Pick<AdmittedBuild, 'remembered' | 'resumes' | 'order'>> = {},
): Promise<PromotedImage | UnpromotedImage> {
  const { name } = gated.image.build;
  const { promotion, outputDirectory } = run.config;
  const options: PromotionOptions = {
    ...(promotion.rollbackTag === undefined ? {} : { rollbackTag: promotion.rollbackTag }),
    record: async (moving) => {
      // What it is to end is recorded, with what the tags named before it began.
      if (resumes === true) return;
      await recordPromotion(run, gated, moving, await makingOf(run, gated, remembered?.key, order));
      // Before any tag moves: a run that comes then finds neither the old release nor, soon, the candidate.
      if (remembered !== undefined) await run.guard.done(remembered, moving.digest);
      await savePromotion(run.world, outputDirectory, moving, name);
    },
  };
  if (isStopping(run.world)) {
    return { ...gated, kind: 'unpromoted', failure: stoppedBefore(name, 'promoted').failure };
  }
  const moving = () => promote(run.registry, cleared, releases, options);
  const moved = await attempt(name, () => unbroken(run.world, moving));
  if (moved.kind === 'failed') return { ...gated, kind: 'unpromoted', failure: moved.failure };
  for (const { reference } of moved.value.tags) {
    run.host.log('info', `${name}: ${familiar(reference)} is now ${moved.value.digest}`);
  }
  return { ...gated, kind: 'promoted', promotion: moved.value };
}

/**
 * Takes the candidate's tag away: after promotion the release tags name the content. What was made and not promoted stays
 * under its key, where later runs find it in place of building it again.
 */
export async function tidyUp(
  run: Run,
  { build, candidate }: BuildOrder,
  { kind, image }: Pick<ImageResult, 'kind' | 'image'>,
): Promise<CandidateTag | undefined> {
  // Who stops a run wants nothing of it left.
  const isHeld = !isStopping(run.world) && (kind === 'refused' || kind === 'broken' || kind === 'unpromoted');
  const isKeyed = keyOfCandidate(candidate.tag ?? '') !== undefined;
  if (run.config.promotion.keepCandidates || (isHeld && isKeyed)) return { state: 'kept' };
  const releases = releasesOf({ releases: [...build.releases, ...image.build.releases] });
  const remove = () => removeCandidateTag(run.registry, candidate, releases);
  const first = await unbroken(run.world, remove);
  // What it shared with work that was broken off, such as a token on its way, is asked for anew.
  const tidied = first?.state === 'left' && isStopping(run.world) ? await unbroken(run.world, remove) : first;
  if (tidied?.state === 'left') {
    run.host.log('info', `${build.name}: its candidate tag ${familiar(candidate)} was left: ${tidied.why}`);
  }
  return tidied;
}
