import { append } from '../../append.ts';
import type { Finding } from '../../scan/finding.ts';
import { acceptedNames } from '../exception-index.ts';
import type { PolicyException, VexEntry } from '../policy.ts';
import { fitsPlace } from './place.ts';

/** The exception by VEX that covers a finding: what the latest statement about it says. Made once for many findings. */
export function acceptedByVex(entries: readonly VexEntry[]): (finding: Finding) => PolicyException | undefined {
  const byName = new Map<string, { readonly entry: VexEntry; readonly rank: number }[]>();
  // At the same time the one that takes back counts, so it comes last.
  const ordered = entries.toSorted(
    (a, b) => a.at - b.at || Number(b.exception !== undefined) - Number(a.exception !== undefined),
  );
  for (const [rank, entry] of ordered.entries()) {
    for (const name of new Set(entry.names.map((one) => one.toUpperCase()))) {
      append(byName, name, { entry, rank });
    }
  }
  return (finding) => {
    const names = new Set([finding.id, ...finding.aliases].map((one) => one.toUpperCase()));
    const acceptable = new Set(acceptedNames(finding).map((one) => one.toUpperCase()));
    const counts = (entry: VexEntry, name: string) => entry.exception === undefined || acceptable.has(name);
    const said = [...names].flatMap(
      (name) => byName.get(name)?.findLast(({ entry }) => counts(entry, name) && isAbout(entry, finding)) ?? [],
    );
    const [latest] = said.toSorted((a, b) => b.rank - a.rank);
    return latest?.entry.exception;
  };
}

function isAbout({ place, of, exception }: VexEntry, finding: Finding): boolean {
  return (of === undefined || finding.owner === of) && fitsPlace(place, finding, exception === undefined);
}
