import type { PolicyException } from '../gate/policy.ts';
import { compareFindings } from '../scan/compare-findings.ts';
import { type Finding, findingKinds, fixOf, kindOfFinding, severities } from '../scan/finding.ts';
import { countBySeverity } from '../scan/severity.ts';
import { counted, shortened } from '../text/words.ts';
import type { RefreshReport, ReportedImage, ReportedPolicy, ReportedScan } from './report.ts';
import { familiarName } from './words.ts';

/** Findings worst first: by severity, then by what is known of a fix, then by id and package. */
export function worstFirst(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(compareUrgency);
}

/** Negative where the first of two findings comes first. */
export function compareUrgency(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) ||
    fixRank(a) - fixRank(b) ||
    ordered(a.id, b.id) ||
    ordered(a.package.name, b.package.name)
  );
}

// What may have a fix is more urgent than what has none.
function fixRank(finding: Finding): number {
  return ['version', 'unknown', 'none'].indexOf(fixOf(finding).kind);
}

function ordered(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The vulnerabilities among findings: severities of other kinds are of another scale. */
export function vulnerabilitiesIn(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => kindOfFinding(finding) === 'vulnerability');
}

/** Findings in words, worst first: `1 critical, 4 high, 1 secret`; `none` where there is none. */
export function severityWords(findings: readonly Finding[]): string {
  const counts = countBySeverity(vulnerabilitiesIn(findings));
  const others = findingKinds.filter((kind) => kind !== 'vulnerability');
  const parts = [
    ...severities.filter((severity) => counts[severity] > 0).map((severity) => `${counts[severity]} ${severity}`),
    ...others.flatMap((kind) => {
      const { length } = findings.filter((finding) => finding.kind === kind);
      return length === 0 ? [] : [counted(length, kind)];
    }),
  ];
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** One group of findings of an image, as reports show them side by side. */
export interface FindingGroup {
  readonly kind: 'introduced' | 'fixed' | 'remaining' | 'found';
  readonly title: string;
  readonly findings: readonly Finding[];
}

/** What a scan says, in groups: against the image published before where that was scanned, else as one. */
export function findingGroups(scan: ReportedScan): readonly FindingGroup[] {
  if (scan.before === undefined) return [{ kind: 'found', title: 'Found', findings: scan.findings }];
  const { remaining } = compareFindings(scan.before, scan.findings);
  return [
    { kind: 'introduced', title: 'Introduced', findings: scan.introduced },
    { kind: 'fixed', title: 'Fixed', findings: scan.fixed },
    { kind: 'remaining', title: 'Remaining', findings: remaining },
  ];
}

/** The group sizes on one line: `12 fixed, 1 introduced, 4 remaining`, or `16 found`. */
export function changeWords(scan: ReportedScan): string {
  if (scan.failure !== null) return 'not scanned';
  const remaining = scan.findings.length - scan.introduced.length;
  if (scan.before === undefined) return `${scan.findings.length} found`;
  return `${scan.fixed.length} fixed, ${scan.introduced.length} introduced, ${remaining} remaining`;
}

/** To what an exception is bound: `in tar, version 1.34, until 2027-01-31, by the platform team, from .trivyignore:3`. */
export function exceptionBounds(exception: PolicyException): string {
  const { package: name, version, path, purl, expires, owner, source } = exception;
  const bounds: readonly (readonly [string | undefined, string])[] = [
    [name, 'in'],
    [version, 'version'],
    [path, 'at'],
    [purl, 'for'],
    [expires, 'until'],
    [owner, 'by'],
    [source, 'from'],
  ];
  const words = bounds.flatMap(([value, word]) => (value === undefined ? [] : [`${word} ${value}`]));
  return expires === undefined ? [...words, 'without end'].join(', ') : words.join(', ');
}

/** What the gate of a run asks for, in a sentence. */
export function policyWords(report: RefreshReport): string {
  const { severityThreshold } = report.policy;
  if (severityThreshold === 'mixed') return 'Gate: the merged reports had different policies.';
  const own = report.images.filter(({ gate }) => gate?.policy !== undefined).length;
  const others = own === 0 ? '' : ` ${counted(own, 'image')} had ${own === 1 ? 'its' : 'their'} own policy.`;
  return `Gate: ${gateWords(report.policy)}.${others}`;
}

/** What a gate fails on: `fails on findings of severity high or worse that have a fix`. */
function gateWords({ severityThreshold, onlyFixable, newOnly, scope }: ReportedPolicy): string {
  if (severityThreshold === 'none') return 'reports only, no severity fails it';
  const isRelative = scope === 'relative' && !onlyFixable && !newOnly;
  const bounds = [
    ...(isRelative ? [' that the published image did not have or that have a fix'] : []),
    ...(onlyFixable ? [' that have a fix'] : []),
    ...(newOnly ? [' that the published image did not have'] : []),
  ];
  const severity = severityThreshold === 'critical' ? 'critical' : `${severityThreshold} or worse`;
  return `fails on findings of severity ${severity}${bounds.join(' and')}`;
}

/** How a gate's own policy follows its verdict: empty where the run's holds. */
export function ownPolicyWords(gate: NonNullable<ReportedImage['gate']>): string {
  return gate.policy === undefined ? '' : ` This image's gate ${gateWords(gate.policy)}.`;
}

/** What the move of the base fixed: "3 findings fixed by moving to debian:12 at sha256:1a2b3c4d5e6f."; empty where nothing. */
export function baseFixWords({ scan, bases, build }: Pick<ReportedImage, 'scan' | 'bases' | 'build'>): string {
  const base = bases.find(({ runtime }) => runtime === true);
  const fixed = scan?.fixed.filter(({ owner }) => owner === 'base').length ?? 0;
  if (base === undefined || fixed === 0) return '';
  const to = build?.pinned.find(({ reference }) => reference === base.reference)?.digest ?? base.to;
  if (to === null || to === base.from) return '';
  return `${counted(fixed, 'finding')} fixed by moving to ${familiarName(base.reference)} at ${shortened(to)}.`;
}
