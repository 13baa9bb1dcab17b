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
  | ({ readonly kind: 'recorded' } & BaselineRecord)
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };

/** One rung of the ladder of evidence: what it records of a base, undefined where it says nothing. */
export type Rung = (registry: Registry, image: PublishedImage, base: BaseImage) => Promise<BaselineRecord | undefined>;

// Strongest first; a lower rung is read only where the higher ones are silent.
const ladder: readonly Rung[] = [ownRecord, fromProvenance, annotated, labelled, byLayers];

/** Climbs down the ladder of evidence to what the published image was built on. */
export async function readBaseline(registry: Registry, image: PublishedImage, base: BaseImage): Promise<Baseline> {
  try {
    for (const rung of ladder) {
      const record = await rung(registry, image, base);
      if (record !== undefined) return { kind: 'recorded', ...record };
    }
    return { kind: 'absent' };
  } catch (thrown) {
    return { kind: 'unreadable', failure: failureOf(thrown, formatReference(image.reference)) };
  }
}
