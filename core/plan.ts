import type { Baseline } from './baseline/baseline.ts';
import type { Freshness } from './compare.ts';
import type { Build } from './discover/build.ts';
import type { BaseImage } from './dockerfile/base-image.ts';
import type { Failure } from './failure.ts';
import type { Digest } from './oci/digest.ts';
import type { StoredManifest } from './oci/manifest.ts';
import type { Reference } from './oci/reference.ts';

/** One base of one image, checked. */
export interface CheckedBase {
  readonly base: BaseImage;
  readonly baseline: Baseline;
  readonly freshness: Freshness;
  /** What each platform of the published image was built on and would be built on now. */
  readonly platforms: readonly {
    readonly platform: string;
    readonly from: Digest | null;
    readonly to: Digest | null;
  }[];
  /** The build of this repository that publishes this base, by name. */
  readonly parent?: string;
}

export type ImageVerdict = 'current' | 'stale' | 'unknown';

/** One image of the repository, checked. */
export interface CheckedImage {
  readonly build: Build;
  readonly verdict: ImageVerdict;
  readonly bases: readonly CheckedBase[];
  /** The published image as `check` saw it; null where there is none yet or where no image name is known. */
  readonly published: { readonly reference: Reference; readonly manifest: StoredManifest } | null;
  /** What kept the image itself from being checked: a refused Dockerfile, an unreadable published image. */
  readonly failure: Failure | null;
}

export type Step =
  | {
      readonly kind: 'rebuild';
      readonly image: CheckedImage;
      readonly because: readonly string[];
      readonly parents: readonly string[];
    }
  | { readonly kind: 'skip'; readonly image: CheckedImage; readonly why: string; readonly failure: Failure | null };

/** What to rebuild, in order: the images of a level need only images of earlier levels. */
export interface RefreshPlan {
  readonly levels: readonly (readonly Step[])[];
}
