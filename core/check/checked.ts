import type { PublishedImage } from '../baseline/published.ts';
import type { Baseline } from '../baseline/record.ts';
import type { Build } from '../discover/build.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { PlatformChange } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { PackageComparison } from '../packages/compare.ts';
import type { SourceRecord } from '../source/record.ts';
import type { Freshness } from './compare.ts';
import type { Moved } from './moved.ts';
import type { ReleaseTag } from './release-tags.ts';

/** One base of one image, checked. */
export interface CheckedBase {
  readonly base: BaseImage;
  readonly baseline: Baseline;
  readonly freshness: Freshness;
  /** What each platform of the published image was built on and would be built on now. */
  readonly platforms: readonly PlatformChange[];
  /** When the base moved to what it is now, where that is known. */
  readonly moved?: Moved;
  /** What comparing its packages gave, where the user counts packages. */
  readonly packages?: PackageComparison;
  /** The build of this repository that publishes this base, by name. */
  readonly parent?: string;
  /** Of a base that is shown and makes no image stale: the user counts the runtime base alone. */
  readonly counts?: false;
}

/**
 * `unrecorded`: no base is known to have moved, and nothing records what its build stages were built on; `lacks-platform`: the
 * published image has not every platform that was asked for, so that it is neither current nor stale there.
 */
export type ImageVerdict = 'current' | 'unrecorded' | 'stale' | 'unknown' | 'lacks-platform';

/** One image of the repository, checked. */
export interface CheckedImage {
  readonly build: Build;
  readonly verdict: ImageVerdict;
  readonly bases: readonly CheckedBase[];
  /** What the first release tag that names anything named as `check` saw it; absent where no tag does, or no image name is known. */
  readonly published?: PublishedImage;
  /** What the other release tags named as `check` saw them. */
  readonly further?: readonly ReleaseTag[];
  /** What is recorded of the source of the published image; absent where there is none yet. */
  readonly source?: SourceRecord;
  /** The text of the Dockerfile that the published image was built from; absent where its commit is not known, or not to be had. */
  readonly releasedDockerfile?: string;
  /** Why the image itself could not be checked: a refused Dockerfile, an unreadable published image. */
  readonly failure?: Failure;
}

/** One verdict for an image: any base that moved makes it stale, any that could not be checked keeps it from being current. */
export function verdictOf(bases: readonly CheckedBase[], published: boolean): ImageVerdict {
  if (bases.some(({ freshness }) => isUncheckable(freshness))) return 'unknown';
  if (!published) return 'stale';
  const reasons = bases.filter((base) => isReasonToRebuild(base) || isSettling(base));
  if (reasons.length === 0) return 'current';
  return reasons.every(isUnrecordedStage) ? 'unrecorded' : 'stale';
}

// That a stage leaves no layers is no sign that its base has moved; what only an unverified record says is no record.
function isUnrecordedStage({ base, baseline, freshness }: CheckedBase): boolean {
  return !base.runtime && freshness.kind === 'unrecorded' && baseline.kind === 'absent';
}

/** The bases with those marked that do not count where the runtime base alone does: if there is none, every base counts. */
export function countingRuntime(bases: readonly CheckedBase[]): readonly CheckedBase[] {
  if (!bases.some(({ base }) => base.runtime)) return bases;
  return bases.map((checked) => (checked.base.runtime ? checked : { ...checked, counts: false }));
}

function isUncheckable({ kind }: Freshness): boolean {
  return kind === 'unknown' || kind === 'platform-missing';
}

/** What a release tag named as `check` saw it; undefined for nothing. */
export function digestSeen(
  { published, further = [] }: Pick<CheckedImage, 'published' | 'further'>,
  tag: Reference,
): Digest | undefined {
  const name = formatReference(tag);
  const lead = published === undefined || formatReference(published.reference) !== name ? undefined : published;
  return (
    lead?.manifest.descriptor.digest ?? further.find(({ reference }) => formatReference(reference) === name)?.digest
  );
}

/** Release tags that do not name what the first one names: an update of theirs is outstanding, whatever the first stands on. */
export function strayTags({ published, further = [] }: CheckedImage): readonly ReleaseTag[] {
  return published === undefined ? [] : further.filter(({ digest }) => digest !== published.manifest.descriptor.digest);
}

/** Whether a base has moved and is left to settle: the image is stale, and is not to be rebuilt yet. */
export function isSettling({ base, freshness, counts }: CheckedBase): boolean {
  return base.via !== 'syntax' && counts !== false && freshness.kind === 'settling';
}

/** Whether a base alone calls for a rebuild; a Dockerfile frontend leaves nothing in the image and never does. */
export function isReasonToRebuild({ base, freshness, counts }: CheckedBase): boolean {
  if (base.via === 'syntax' || counts === false) return false;
  return freshness.kind === 'stale' || freshness.kind === 'unrecorded' || freshness.kind === 'missing';
}
