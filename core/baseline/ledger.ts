import * as v from 'valibot';
import { parsed } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';

/** A digest that a base's tag was seen to name. */
export interface Sighting {
  readonly digest: Digest;
  /** When the tag was first seen to name it, after what it named before. */
  readonly since: Date;
  /** Whether the tag had named it before, and another digest since: it moved back. */
  readonly isReturn?: true;
}

/** What bases named when runs looked, the newest first, by canonical reference. */
export type Ledger = ReadonlyMap<string, readonly Sighting[]>;

/** Name of the ledger in the output directory. */
export const ledgerName = 'bases.json';

const mostSightings = 8;
const mostBases = 5000;

const form = v.object({
  schemaVersion: v.literal(1),
  bases: v.record(
    v.string(),
    v.array(v.object({ digest: v.string(), since: v.string(), isReturn: v.optional(v.unknown()) })),
  ),
});

/** Reads a ledger; undefined where it is not one. It only ever offers what is then verified, so it need not be mended. */
export function parseLedger(text: string): Ledger | undefined {
  const read = v.safeParse(form, parsed(text));
  if (!read.success) return undefined;
  return new Map(
    Object.entries(read.output.bases).map(([reference, sightings]) => [
      reference,
      sightings.slice(0, mostSightings).flatMap((sighting) => {
        const digest = asDigest(sighting.digest);
        const since = new Date(sighting.since);
        return digest === undefined || Number.isNaN(since.getTime())
          ? []
          : [{ digest, since, ...(sighting.isReturn === true ? { isReturn: true } : {}) }];
      }),
    ]),
  );
}

/** The text of a ledger; the bases seen last are kept where there are too many. */
export function renderLedger(ledger: Ledger): string {
  const newest = [...ledger].slice(-mostBases);
  return `${JSON.stringify({ schemaVersion: 1, bases: Object.fromEntries(newest) }, null, 2)}\n`;
}

/** The ledger with what a base names now. */
export function sighted(ledger: Ledger, base: Reference, digest: Digest, now: Date): Ledger {
  const key = formatReference(base);
  const before = ledger.get(key) ?? [];
  const others = before.filter((sighting) => sighting.digest !== digest);
  const isReturn = others.length < before.length;
  const latest: Sighting =
    before[0]?.digest === digest ? before[0] : { digest, since: now, ...(isReturn ? { isReturn: true } : {}) };
  const bases = new Map(ledger);
  // Set anew, so that the map runs from what was seen longest ago to what was seen last.
  bases.delete(key);
  return bases.set(key, [latest, ...others].slice(0, mostSightings));
}

/** The digests that a base was seen to name, the newest first. */
export function recentIn(ledger: Ledger, base: Reference): readonly Digest[] {
  return (ledger.get(formatReference(base)) ?? []).map(({ digest }) => digest);
}

/** Since when a base was seen to name what it names now, and whether it was seen to name another digest before. */
export function latestIn(ledger: Ledger, base: Reference): (Sighting & { readonly isMove: boolean }) | undefined {
  const [latest, before] = ledger.get(formatReference(base)) ?? [];
  return latest === undefined ? undefined : { ...latest, isMove: before !== undefined };
}

/** The ledger with what else is known of one base: each digest since it was first seen, or since it came back. */
export function withSightings(ledger: Ledger, base: Reference, further: readonly Sighting[]): Ledger {
  if (further.length === 0) return ledger;
  const key = formatReference(base);
  const before = ledger.get(key) ?? [];
  const known = new Map(before.map((sighting) => [sighting.digest, sighting]));
  for (const sighting of further) {
    const other = known.get(sighting.digest);
    const isNews = other === undefined || (other.isReturn !== true && sighting.since < other.since);
    if (isNews) known.set(sighting.digest, sighting);
  }
  const newest = [...known.values()].sort((a, b) => b.since.getTime() - a.since.getTime());
  return new Map(ledger).set(key, newest.slice(0, mostSightings));
}
