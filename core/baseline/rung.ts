import type { BaseImage } from '../dockerfile/base-image.ts';
import type { PublishedImage } from './published.ts';
import type { BaselineRecord } from './record.ts';
import type { Sources } from './sources.ts';

/** One rung of the ladder of evidence: what it records of a base, undefined where it says nothing. */
export type Rung = (sources: Sources, image: PublishedImage, base: BaseImage) => Promise<BaselineRecord | undefined>;
