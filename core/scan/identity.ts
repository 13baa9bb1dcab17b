import type { Finding } from './finding.ts';

// Identifiers as their makers form them, at the beginning of what a tool calls a vulnerability.
const forms: readonly RegExp[] = [
  /^CVE-\d{4}-\d{1,19}(?!\d)/i,
  /^GHSA(?:-[23456789cfghjmpqrvwx]{4}){3}(?![\da-z])/i,
  /^(?:GO|PYSEC|RUSTSEC|MAL|OSV|CURL|BELL-SA)-\d{4}-\d{1,9}(?!\d)/i,
  /^SNYK-[A-Z\d]{1,40}-[A-Z\d_.]{1,200}-\d{1,12}(?!\d)/i,
  /^(?:ALAS|ALAS2|ALAS2023|ELSA|RLSA|ALSA)-?\d{4}-\d{1,9}(?!\d)/i,
  /^RH[SBE]A-\d{4}:\d{1,9}(?!\d)/i,
  /^(?:DSA|DLA|USN)-\d{1,6}-\d{1,3}(?!\d)/i,
];

/** The identifier with which a text begins; undefined where it begins with none that is known. */
export function identifierIn(text: string): string | undefined {
  for (const form of forms) {
    const [found] = form.exec(text.slice(0, 260)) ?? [];
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * A vulnerability by one name, and by all others that a report has for it: `CVE-2021-44228-log4j-core` is
 * CVE-2021-44228, and a report may list a CVE as an alias, a tag or a part of a sentence.
 */
export function nameOf(said: string, others: readonly string[]): Pick<Finding, 'id' | 'aliases'> {
  const id = identifierIn(said) ?? said;
  const known = new Set([id.toUpperCase()]);
  const aliases: string[] = [];
  for (const name of [...others.map((other) => identifierIn(other) ?? other), said]) {
    if (name === '' || known.has(name.toUpperCase())) continue;
    known.add(name.toUpperCase());
    aliases.push(name);
  }
  return { id, aliases };
}

/** All names of a vulnerability, as they are compared. */
export function vulnerabilityNames({ id, aliases }: Pick<Finding, 'id' | 'aliases'>): readonly string[] {
  return [...new Set([id, ...aliases].map((name) => name.toUpperCase()))];
}

/**
 * Whether two findings are of one vulnerability: by the same id, or by a name in common where between them they name no
 * two CVEs. An advisory of several CVEs is none of them alone.
 */
export function sameVulnerability(a: Finding, b: Finding): boolean {
  if (a.id.toUpperCase() === b.id.toUpperCase()) return true;
  const [ours, theirs] = [vulnerabilityNames(a), vulnerabilityNames(b)];
  return cvesAmong([...ours, ...theirs]).size <= 1 && ours.some((name) => theirs.includes(name));
}

/** The CVEs among names as they are compared: "CVE-2021-44228-LOG4J-CORE" is no other than CVE-2021-44228. */
export function cvesAmong(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.filter((name) => name.startsWith('CVE-')).map((name) => identifierIn(name) ?? name));
}

// The one CVE that a vulnerability has, none, or several that no other is the same as.
function cveOf(names: readonly string[]): string {
  const [first = 'none', ...more] = cvesAmong(names);
  return more.length === 0 ? first : 'several';
}

/** Keys under which a finding is put, for those of `sameNames` to find it. */
export function ownNames(finding: Finding): readonly string[] {
  const names = vulnerabilityNames(finding);
  const cve = cveOf(names);
  const byId = `id ${finding.id.toUpperCase()}`;
  return cve === 'several' ? [byId] : [byId, ...names.flatMap((name) => [`${cve} ${name}`, `any ${name}`])];
}

/** Keys under which a finding of the same vulnerability may have been put. */
export function sameNames(finding: Finding): readonly string[] {
  const names = vulnerabilityNames(finding);
  const cve = cveOf(names);
  const byId = `id ${finding.id.toUpperCase()}`;
  if (cve === 'several') return [byId];
  return [byId, ...names.flatMap((name) => (cve === 'none' ? [`any ${name}`] : [`${cve} ${name}`, `none ${name}`]))];
}
