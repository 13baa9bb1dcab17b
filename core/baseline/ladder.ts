import type { BaseImage } from '../dockerfile/base-image.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import { annotated } from './annotations.ts';
import { gitPinned } from './git-pin.ts';
import { labelled } from './labels.ts';
import { byLayers } from './layers.ts';
import { locked } from './locked.ts';
import { attestedRecord, ownRecord } from './own-record.ts';
import { fromProvenance } from './provenance-record.ts';
import type { PublishedImage } from './published.ts';
import type { Sources } from './sources.ts';

/** What kind of record says which digest an image was built on. */
export type Evidence =
  | 'own-record'
  | 'buildkit-provenance'
  | 'annotation'
  | 'label'
  | 'layers'
  | 'lock-file'
  | 'git-pin';

export type Confidence = 'high' | 'medium' | 'low';

export interface BaselineRecord {
  readonly digest: Digest;
  readonly evidence: Evidence;
  readonly confidence: Confidence;
  /** Of what stands beside the image: whether it is signed as the user asks. What is not can be put there without touching the image. */
  readonly verified?: boolean;
  /** What each platform was built on, where that is not one digest for all. */
  readonly platforms?: readonly { readonly platform: Platform; readonly digest: Digest }[];
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

/** One rung of the ladder of evidence: what it records of a base, undefined where it says nothing. */
export type Rung = (sources: Sources, image: PublishedImage, base: BaseImage) => Promise<BaselineRecord | undefined>;

/** Climbs down the ladder of evidence to what the published image was built on. */
export async function readBaseline(sources: Sources, image: PublishedImage, base: BaseImage): Promise<Baseline> {
  const ask = (rung: Rung) => rung(sources, image, base);
  try {
    // These stand in what was fetched anyway, or in the repository, and are always held against each other.
    const [own, annotation, lock] = await Promise.all([ownRecord, annotated, locked].map(ask));
    // An annotation alone is anybody's claim: provenance, where there is some, is asked as well.
    const attested = own === undefined ? await Promise.all([attestedRecord, fromProvenance].map(ask)) : [own];
    const told = [...attested, annotation].filter(isRecord);
    // What nobody vouches for only ever disputes what the image itself and the repository say.
    const claims = told.filter(({ verified }) => verified === false);
    const sure = told.filter((record) => !claims.includes(record));
    if (sure.length > 0) return recorded([...sure, lock, ...claims].filter(isRecord));
    // What the image itself shows goes before what a file says of it, and is asked only where nothing tells.
    const label = await ask(labelled);
    const layers = label === undefined ? await byLayers(sources, image, base, claims.flatMap(digestsIn)) : undefined;
    const shown = [label, layers?.kind === 'shown' ? layers.record : undefined, lock].filter(isRecord);
    if (shown.length > 0) return recorded([...shown, ...claims]);
    const last = [await ask(gitPinned), ...claims].filter(isRecord);
    if (last.length > 0) return recorded(last);
    return layers?.kind === 'layers-only' ? { kind: 'absent', layersOf: layers.digest } : { kind: 'absent' };
  } catch (thrown) {
    return { kind: 'unreadable', failure: failureOf(thrown, formatReference(image.reference)) };
  }
}

/** The digests that a record names. */
export function digestsIn({ digest, platforms = [] }: BaselineRecord): readonly Digest[] {
  return platforms.length === 0 ? [digest] : platforms.map((entry) => entry.digest);
}

/** The records of a baseline, the strongest first. */
export function recordsIn(baseline: Extract<Baseline, { readonly kind: 'recorded' }>): readonly BaselineRecord[] {
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

function saying({ digest, platforms = [] }: BaselineRecord): string {
  return JSON.stringify([digest, platforms]);
}

function isRecord(record: BaselineRecord | undefined): record is BaselineRecord {
  return record !== undefined;
}
