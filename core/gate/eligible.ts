import { compareFindings } from '../scan/compare-findings.ts';
import { type EndOfLife, type Finding, kindOfFinding, type ScanReport, type Severity } from '../scan/finding.ts';
import { atLeast, worseOf } from '../scan/severity.ts';
import type { GatePolicy } from './policy.ts';

/** A finding that can fail the gate, with what it counts as under the policy, and why where that is not its severity. */
export interface Eligible {
  readonly finding: Finding;
  readonly counted: Severity;
  readonly why: string | undefined;
}

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/** The findings that policy considers at all, before any threshold, maximum or exception. */
export function eligibleFindings(
  policy: GatePolicy,
  scan: Scanned,
  before: readonly Finding[] | undefined,
  today: Date,
): readonly Eligible[] {
  const considered = policy.newOnly ? compareFindings(before ?? [], scan.findings).introduced : scan.findings;
  const found = considered
    // Secrets, misconfigurations and licences are shown.
    .filter((finding) => kindOfFinding(finding) === 'vulnerability')
    .filter(({ fixed }) => fixed !== undefined || !policy.onlyFixable)
    .map((finding) => eligibleOf(finding, policy))
    .filter(({ finding, why }) => why !== undefined || !inGrace(finding, policy, today));
  const ended = (scan.endOfLife ?? []).map(endOfLife(policy.endOfLife ?? 'medium'));
  return [...found, ...ended].filter(({ finding }) => isOwned(finding, policy));
}

function eligibleOf(finding: Finding, policy: GatePolicy): Eligible {
  const { knownExploited, epssThreshold, epssSeverity = 'critical' } = policy;
  const plain = finding.severity === 'unknown' ? (policy.unknownSeverity ?? 'medium') : finding.severity;
  const names = [finding.id, ...finding.aliases].map((name) => name.toUpperCase());
  if (knownExploited !== undefined && isExploited(finding, names, policy)) {
    return raise(finding, plain, knownExploited, 'It is known to be exploited');
  }
  const probability = probabilityOf(finding, names, policy);
  if (epssThreshold === undefined || probability < epssThreshold) return { finding, counted: plain, why: undefined };
  return raise(finding, plain, epssSeverity, `It is exploited with a probability of ${probability} (EPSS)`);
}

// What is as bad anyway is not raised, but is not excused by youth either.
function raise(finding: Finding, plain: Severity, to: Severity, fact: string): Eligible {
  return { finding, counted: worseOf(plain, to), why: atLeast(plain, to) ? fact : `${fact}, which counts as ${to}` };
}

function isExploited(finding: Finding, names: readonly string[], { known }: GatePolicy): boolean {
  return finding.knownExploited === true || names.some((name) => known?.exploited?.has(name) === true);
}

function probabilityOf(finding: Finding, names: readonly string[], { known }: GatePolicy): number {
  return Math.max(finding.epss ?? 0, ...names.map((name) => known?.probabilities?.get(name) ?? 0));
}

function inGrace({ published }: Finding, { graceDays = 0 }: GatePolicy, today: Date): boolean {
  const days = (today.getTime() - Date.parse(published ?? '')) / (24 * 3_600_000);
  return graceDays > 0 && days < graceDays;
}

function isOwned({ owner: found }: Finding, { owner = 'any' }: GatePolicy): boolean {
  return owner === 'any' || found === 'unknown' || found === owner;
}

// A finding like any other, so that exceptions, reports and advice need not know of it.
function endOfLife(severity: Severity): (entry: EndOfLife) => Eligible {
  return ({ distribution, platforms }) => {
    const [, name = distribution, version = 'unknown'] = /^(.*\S)\s+(\S+)$/.exec(distribution) ?? [];
    const finding: Finding = {
      id: 'END-OF-LIFE',
      aliases: [],
      title: `${distribution} gets no more security updates`,
      package: { name },
      installed: version,
      severity,
      owner: 'base',
      platforms,
    };
    return { finding, counted: severity, why: `${distribution} gets no more security updates` };
  };
}
