import type { Finding } from './finding.ts';
import { cvesAmong, vulnerabilityNames } from './identity.ts';

/** The names of one vulnerability, gathered from finding after finding: each is looked at once, however many there are. */
export interface GatheredNames {
  /** Of the first finding, as it is compared. */
  readonly id: string;
  readonly names: Set<string>;
  readonly cves: Set<string>;
}

/** Keys that change when a finding is added to a vulnerability: those under which it is found from then on, and no longer. */
export interface ChangedKeys {
  readonly added: readonly string[];
  readonly gone: readonly string[];
}

/** Names of which none is known yet but the id of the first finding. */
export function namesFrom({ id }: Finding): GatheredNames {
  return { id: id.toUpperCase(), names: new Set(), cves: new Set() };
}

/** Whether a finding is of the vulnerability of these names, as `sameVulnerability` says it of two findings. */
export function isNamed({ id, names, cves }: GatheredNames, finding: Finding): boolean {
  if (id === finding.id.toUpperCase()) return true;
  const own = vulnerabilityNames(finding);
  const others = [...cvesAmong(own)].filter((cve) => !cves.has(cve));
  return cves.size + others.length <= 1 && own.some((name) => names.has(name));
}

/** Adds the names of a finding. A name gets new keys where it is new, or where the CVE becomes known or one of several: twice at most. */
export function addNames(known: GatheredNames, finding: Finding): ChangedKeys {
  const before = cveOf(known.cves);
  const own = vulnerabilityNames(finding);
  const fresh = own.filter((name) => !known.names.has(name));
  for (const name of fresh) known.names.add(name);
  for (const cve of cvesAmong(own)) known.cves.add(cve);
  const after = cveOf(known.cves);
  const byId = `id ${finding.id.toUpperCase()}`;
  if (before === after) return { added: [byId, ...keysOf(after, fresh)], gone: [] };
  const names = [...known.names];
  const gone = keysOf(before, names);
  const added = keysOf(after, names);
  return { added: [byId, ...added], gone: after === 'several' ? gone : gone.filter((key) => !key.startsWith('any ')) };
}

/** All keys under which a vulnerability is found. */
export function allKeys({ id, names, cves }: GatheredNames): readonly string[] {
  return [`id ${id}`, ...keysOf(cveOf(cves), [...names])];
}

function keysOf(cve: string, names: readonly string[]): readonly string[] {
  return cve === 'several' ? [] : names.flatMap((name) => [`${cve} ${name}`, `any ${name}`]);
}

// The one CVE that a vulnerability has, none, or several that no other is the same as.
function cveOf(cves: ReadonlySet<string>): string {
  const [first = 'none'] = cves;
  return cves.size > 1 ? 'several' : first;
}
