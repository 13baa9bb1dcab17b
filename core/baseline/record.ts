import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Confidence, Evidence } from './evidence.ts';

/** The type of our own record of a refresh. */
export const recordType = 'urn:base-image-refresh:refresh:v1';

/** What one kind of evidence says that an image was built on. */
export interface BaselineRecord {
  readonly digest: Digest;
  readonly evidence: Evidence;
  readonly confidence: Confidence;
  /** Of what stands beside the image: whether it is signed as the user asks. What is not can be put there without touching the image. */
  readonly verified?: boolean;
  /** What each platform was built on, where that is not one digest for all. */
  readonly platforms?: readonly { readonly platform: Platform; readonly digest: Digest }[];
}

/** What a rung records of a base; `confidence` where it deserves less than its kind of evidence does at its best. */
export type Found = Pick<BaselineRecord, 'digest' | 'platforms' | 'verified'> &
  Partial<Pick<BaselineRecord, 'confidence'>>;

/** No record: the image has the layers of this base under another configuration, so that it was not built on it. */
export interface LayersOnly {
  readonly layersOf: Digest;
}

/** What the published image was built on, for one base reference. */
export type Baseline =
  | ({
      readonly kind: 'recorded';
      /** Other records of the same image that name another digest. */
      readonly disputedBy?: readonly BaselineRecord[];
    } & BaselineRecord)
  /** Nothing says; `layersOf` is a base whose layers the image has under another configuration. */
  | { readonly kind: 'absent'; readonly layersOf?: Digest }
  | { readonly kind: 'unreadable'; readonly failure: Failure };
/** The digests that a record names. */
export function digestsIn({ digest, platforms = [] }: BaselineRecord): readonly Digest[] {
  return platforms.length === 0 ? [digest] : platforms.map((entry) => entry.digest);
}

/** The records of a baseline, the strongest first. */
export function recordsOfBaseline(
  baseline: Extract<Baseline, { readonly kind: 'recorded' }>,
): readonly BaselineRecord[] {
  const { kind: _, disputedBy = [], ...record } = baseline;
  return [record, ...disputedBy];
}

/** A baseline of records, the strongest first; those that say the same as the first are not kept. */
export function recorded([first, ...others]: readonly BaselineRecord[]): Baseline {
  if (first === undefined) return { kind: 'absent' };
  const said = saying(first);
  const disputedBy = others.filter((record) => saying(record) !== said);
  return { kind: 'recorded', ...first, ...(disputedBy.length === 0 ? {} : { disputedBy }) };
}

export function saying({ digest, platforms = [] }: BaselineRecord): string {
  return JSON.stringify([digest, platforms]);
}
