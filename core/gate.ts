import { type Failure, fail } from './failure.ts';
import { adviceFor } from './gate/advice.ts';
import { hasExpired, matcherOf } from './gate/exceptions.ts';
import type { GatePolicy, PolicyException } from './gate/policy.ts';
import type { Breach, Verdict } from './gate/verdict.ts';
import { compareFindings } from './scan/compare-findings.ts';
import type { Finding, ScanReport, Severity } from './scan/finding.ts';
import { atLeast } from './scan/severity.ts';

export { describeBreach, describeVerdict } from './gate/describe.ts';
export { type LoadedPolicy, loadPolicy } from './gate/load-policy.ts';
export type { GatePolicy, PolicyException } from './gate/policy.ts';
export type { Breach, Verdict } from './gate/verdict.ts';

declare const cleared: unique symbol;

/** A value that passed the gate. Only `clear` makes one, and only a Cleared value can be promoted. */
export type Cleared<T> = T & { readonly [cleared]: true };

/**
 * Judges a scan by policy. What could not be scanned, or not be recognised by the scanner, is inconclusive.
 * `before` are the findings of the published image; where they are not known every finding is new.
 */
export function decide(
  policy: GatePolicy,
  scan: ScanReport,
  before: readonly Finding[] | undefined,
  today: Date,
): Verdict {
  if (scan.kind === 'failed') return { kind: 'inconclusive', failure: scan.failure };
  if (scan.unrecognised !== undefined && policy.allowUnrecognised !== true) {
    return { kind: 'inconclusive', failure: unrecognised(scan.scanner.name, scan.unrecognised) };
  }
  const exceptions = policy.exceptions.map((exception) => ({
    exception,
    covers: matcherOf(exception),
    expired: hasExpired(exception, today),
  }));
  const live = exceptions.filter(({ expired }) => !expired);
  const lapsed = exceptions.filter(({ expired }) => expired);
  const used = new Set(live.filter(({ covers }) => scan.findings.some(covers)).map(({ exception }) => exception));
  const outcome = {
    exceptionsUsed: [...used],
    exceptionsUnused: policy.exceptions.filter((exception) => !used.has(exception)),
  };
  const breaches = gated(policy, scan.findings, before)
    .filter((finding) => !live.some(({ covers }) => covers(finding)))
    .map((finding) => breachOf(finding, lapsed.find(({ covers }) => covers(finding))?.exception));
  return breaches.length === 0 ? { kind: 'pass', ...outcome } : { kind: 'fail', breaches, ...outcome };
}

/** The value as one that may be promoted, where the verdict is a pass; this is the only maker of Cleared. */
export function clear<T>(verdict: Verdict, value: T): Cleared<T> | undefined {
  return verdict.kind === 'pass' ? (value as Cleared<T>) : undefined;
}

// The findings that the policy's rules select, before any exception.
function gated(
  policy: GatePolicy,
  findings: readonly Finding[],
  before: readonly Finding[] | undefined,
): readonly Finding[] {
  const { severityThreshold: threshold, onlyFixable, newOnly } = policy;
  if (threshold === 'none') return [];
  const considered = newOnly ? compareFindings(before ?? [], findings).introduced : findings;
  return considered.filter(
    (finding) =>
      atLeast(countedAs(finding.severity, policy), threshold) && (finding.fixed !== undefined || !onlyFixable),
  );
}

function countedAs(severity: Severity, policy: GatePolicy): Severity {
  return severity === 'unknown' ? (policy.unknownSeverity ?? 'medium') : severity;
}

function breachOf(finding: Finding, lapsed: PolicyException | undefined): Breach {
  const rule = lapsed === undefined ? 'severity-threshold' : 'exception-expired';
  return { rule, finding, advice: adviceFor(finding, lapsed) };
}

function unrecognised(scanner: string, platforms: readonly string[]): Failure {
  return fail(
    'scan-failed',
    platforms.join(', '),
    `${scanner} recognised no package there, so that it found nothing says nothing`,
    'set gate.allow-unrecognised to true where the image really holds no packages, such as a static binary on scratch',
  ).failure;
}
