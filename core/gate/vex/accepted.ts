import { append } from '../../append.ts';
import type { Finding } from '../../scan/finding.ts';
import { packageKey, parsePurl } from '../../scan/purl.ts';
import { acceptedNames } from '../exception-index.ts';
import type { PolicyException, VexEntry } from '../policy.ts';
import { fitsPlace } from './place.ts';

interface Ranked {
  readonly entry: VexEntry;
  readonly rank: number;
}

/** Whether a statement is about a finding. */
export type IsAbout = (entry: VexEntry, finding: Finding) => boolean;

/**
 * The exception by VEX that covers a finding: what the latest statement about it says. Made once for many findings, so
 * that a statement is only held against those of its vulnerability and package.
 */
export function acceptedByVex(
  entries: readonly VexEntry[],
  about: IsAbout = isAbout,
): (finding: Finding) => PolicyException | undefined {
  const byName = new Map<string, Map<string, Ranked[]>>();
  // At the same time the one that takes back counts, so it comes last.
  const ordered = entries.toSorted(
    (a, b) => a.at - b.at || Number(b.exception !== undefined) - Number(a.exception !== undefined),
  );
  for (const [rank, entry] of ordered.entries()) {
    for (const name of new Set(entry.names.map((one) => one.toUpperCase()))) {
      const known = byName.get(name) ?? new Map<string, Ranked[]>();
      byName.set(name, known);
      for (const place of placesOf(entry)) append(known, place, { entry, rank });
    }
  }
  return (finding) => {
    const names = new Set([finding.id, ...finding.aliases].map((one) => one.toUpperCase()));
    const acceptable = new Set(acceptedNames(finding).map((one) => one.toUpperCase()));
    const purl = parsePurl(finding.package.purl ?? '');
    const places = ['whole', purl === undefined ? 'nowhere' : packageKey(purl)];
    const counts = (entry: VexEntry, name: string) => entry.exception === undefined || acceptable.has(name);
    const said = [...names].flatMap((name) =>
      places.flatMap(
        (place) =>
          byName
            .get(name)
            ?.get(place)
            ?.findLast(({ entry }) => counts(entry, name) && about(entry, finding)) ?? [],
      ),
    );
    const [latest] = said.toSorted((a, b) => b.rank - a.rank);
    return latest?.entry.exception;
  };
}

// What is taken back of a package is taken back of findings whose package is not known.
function placesOf({ place: { packages }, exception }: VexEntry): ReadonlySet<string> {
  if (packages === undefined) return new Set(['whole']);
  return new Set([...packages.map(packageKey), ...(exception === undefined ? ['nowhere'] : [])]);
}

function isAbout({ place, of, exception }: VexEntry, finding: Finding): boolean {
  return (of === undefined || finding.owner === of) && fitsPlace(place, finding, exception === undefined);
}
