import type { BaseImage } from '../dockerfile/base-image.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { annotated } from './annotations.ts';
import { labelled } from './labels.ts';
import { byLayers } from './layers.ts';
import { ownRecord } from './own-record.ts';
import { fromProvenance } from './provenance-record.ts';
import type { PublishedImage } from './published.ts';

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
}

/** What the published image was built on, for one base reference. */
export type Baseline =
  | ({
      readonly kind: 'recorded';
      /** Other records of the same image that name another digest. */
      readonly disputedBy?: readonly BaselineRecord[];
    } & BaselineRecord)
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** One rung of the ladder of evidence: what it records of a base, undefined where it says nothing. */
export type Rung = (registry: Registry, image: PublishedImage, base: BaseImage) => Promise<BaselineRecord | undefined>;

// These stand in what was fetched anyway and are always held against each other;
// a rung below is climbed down to only where they and provenance are silent.
const together: readonly Rung[] = [ownRecord, annotated];
const below: readonly Rung[] = [labelled, byLayers];

/** Climbs down the ladder of evidence to what the published image was built on. */
export async function readBaseline(registry: Registry, image: PublishedImage, base: BaseImage): Promise<Baseline> {
  try {
    const records = (await Promise.all(together.map((rung) => rung(registry, image, base)))).filter(isRecord);
    // An annotation alone is anybody's claim: provenance, where there is some, is asked as well.
    const stronger = records[0]?.evidence === 'own-record' ? undefined : await fromProvenance(registry, image, base);
    return baselineOf([stronger, ...records].filter(isRecord)) ?? (await climb(registry, image, base));
  } catch (thrown) {
    return { kind: 'unreadable', failure: failureOf(thrown, formatReference(image.reference)) };
  }
}

async function climb(registry: Registry, image: PublishedImage, base: BaseImage): Promise<Baseline> {
  for (const rung of below) {
    const record = await rung(registry, image, base);
    if (record !== undefined) return { kind: 'recorded', ...record };
  }
  return { kind: 'absent' };
}

function baselineOf([first, ...others]: readonly BaselineRecord[]): Baseline | undefined {
  if (first === undefined) return undefined;
  const disputedBy = others.filter((record) => record.digest !== first.digest);
  return { kind: 'recorded', ...first, ...(disputedBy.length === 0 ? {} : { disputedBy }) };
}

function isRecord(record: BaselineRecord | undefined): record is BaselineRecord {
  return record !== undefined;
}
