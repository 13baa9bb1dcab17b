import type { BaseImage } from '../dockerfile/base-image.ts';
import { failureOf } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import { annotated } from './annotations.ts';
import { gitPinned } from './git-pin.ts';
import { labelled } from './labels.ts';
import { byLayers } from './layers.ts';
import { locked } from './locked.ts';
import { attestedRecord, ownRecord } from './own-record.ts';
import { fromProvenance } from './provenance-record.ts';
import type { PublishedImage } from './published.ts';
import { type Baseline, type BaselineRecord, digestsIn, recorded } from './record.ts';
import type { Rung } from './rung.ts';
import type { Sources } from './sources.ts';

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

function isRecord(record: BaselineRecord | undefined): record is BaselineRecord {
  return record !== undefined;
}
