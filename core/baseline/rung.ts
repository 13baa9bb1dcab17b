import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Digest } from '../oci/digest.ts';
import type { PublishedImage } from './published.ts';
import type { Found, LayersOnly } from './record.ts';
import type { Sources } from './sources.ts';

/** One rung of the ladder of evidence, undefined where it says nothing; `claimed` are digests that unverified records name. */
export type Rung = (
  sources: Sources,
  image: PublishedImage,
  base: BaseImage,
  claimed: readonly Digest[],
) => Promise<Found | LayersOnly | undefined>;
