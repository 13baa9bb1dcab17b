import type { BaseImage } from '../dockerfile/base-image.ts';
import { failureOf } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import { annotated } from './annotations.ts';
import type { Confidence, Evidence } from './evidence.ts';
import { gitPinned } from './git-pin.ts';
import { labelled } from './labels.ts';
import { byLayers } from './layers.ts';
import { locked } from './locked.ts';
import { attestedRecord, ownRecord } from './own-record.ts';
import { fromProvenance } from './provenance-record.ts';
import type { PublishedImage } from './published.ts';
import { type Baseline, type BaselineRecord, digestsIn, type Found, type LayersOnly, recorded } from './record.ts';
import type { Rung } from './rung.ts';
import type { Sources } from './sources.ts';

/** A rung, and when it is asked. */
export interface LadderRung {
  readonly evidence: Evidence;
  readonly rung: Rung;
  /** Rungs of one group, which stand next to each other, are asked at the same time. */
  readonly group: string;
  /** What it deserves at its best. */
  readonly confidence: Confidence;
  /** `always`, what it reads was fetched anyway or is in the repository; or only where no group above it tells anything that can be relied on. */
  readonly asked: 'always' | 'for-want-of-stronger';
}

/** The ladder of evidence, the strongest first. */
export const ladder: readonly LadderRung[] = [
  { evidence: 'own-record', rung: ownRecord, group: 'own', confidence: 'high', asked: 'always' },
  {
    evidence: 'own-record',
    rung: attestedRecord,
    group: 'attested',
    confidence: 'high',
    asked: 'for-want-of-stronger',
  },
  {
    evidence: 'buildkit-provenance',
    rung: fromProvenance,
    group: 'attested',
    confidence: 'high',
    asked: 'for-want-of-stronger',
  },
  // An annotation alone is anybody's claim: what is attested goes before it, and is asked whatever it says.
  { evidence: 'annotation', rung: annotated, group: 'annotation', confidence: 'medium', asked: 'always' },
  { evidence: 'label', rung: labelled, group: 'label', confidence: 'low', asked: 'for-want-of-stronger' },
  // What the image itself shows goes before what a file says of it.
  { evidence: 'layers', rung: byLayers, group: 'layers', confidence: 'medium', asked: 'for-want-of-stronger' },
  { evidence: 'lock-file', rung: locked, group: 'repository', confidence: 'medium', asked: 'always' },
  { evidence: 'git-pin', rung: gitPinned, group: 'history', confidence: 'low', asked: 'for-want-of-stronger' },
];

type Said = BaselineRecord | LayersOnly | undefined;

/** Climbs down the ladder of evidence to what the published image was built on. */
export async function readBaseline(
  sources: Sources,
  image: PublishedImage,
  base: BaseImage,
  rungs: readonly LadderRung[] = ladder,
): Promise<Baseline> {
  const said = new Map<LadderRung, Said>();
  const recordsOf = (some: readonly LadderRung[]) => some.flatMap((rung) => recordIn(said.get(rung)));
  const ask = async (some: readonly LadderRung[]) => {
    const claimed = recordsOf(rungs).filter(isClaim).flatMap(digestsIn);
    const answers = await Promise.all(some.map(({ rung }) => rung(sources, image, base, claimed)));
    for (const [at, rung] of some.entries()) said.set(rung, recordOf(rung, answers[at]));
  };
  try {
    await ask(rungs.filter(({ asked }) => asked === 'always'));
    for (const group of new Set(rungs.map((rung) => rung.group))) {
      const stronger = rungs.slice(
        0,
        rungs.findIndex((rung) => rung.group === group),
      );
      if (recordsOf(stronger).some((record) => !isClaim(record))) continue;
      await ask(rungs.filter((rung) => rung.group === group && rung.asked === 'for-want-of-stronger'));
    }
  } catch (thrown) {
    return { kind: 'unreadable', failure: failureOf(thrown, formatReference(image.reference)) };
  }
  const records = recordsOf(rungs);
  // What is not verified only ever disputes what the image itself and the repository say.
  if (records.length > 0)
    return recorded([...records.filter((record) => !isClaim(record)), ...records.filter(isClaim)]);
  const bare = [...said.values()].find((answer) => answer !== undefined && 'layersOf' in answer);
  return bare === undefined ? { kind: 'absent' } : { kind: 'absent', ...bare };
}

function recordOf({ evidence, confidence }: LadderRung, found: Found | LayersOnly | undefined): Said {
  if (found === undefined || 'layersOf' in found) return found;
  return { confidence, ...found, evidence };
}

function recordIn(said: Said): readonly BaselineRecord[] {
  return said === undefined || 'layersOf' in said ? [] : [said];
}

// What stands beside the image, unsigned, can be put there without touching the image.
function isClaim({ verified }: BaselineRecord): boolean {
  return verified === false;
}
