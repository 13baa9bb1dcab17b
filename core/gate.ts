import { adviceFor } from './gate/advice.ts';
import { type Eligible, eligibleFindings } from './gate/eligible.ts';
import { coveringFrom, endsInTime, hasExpired, mayCover } from './gate/exceptions.ts';
import { missingFor, unprovenIn } from './gate/missing.ts';
import type { GatePolicy, PolicyException } from './gate/policy.ts';
import type { Breach, Verdict } from './gate/verdict.ts';
import { acceptedByVex } from './gate/vex/accepted.ts';
import { adviceOn, findingOf } from './hardening/breaches.ts';
import type { Finding, ScanReport } from './scan/finding.ts';
import { atLeast, countBySeverity } from './scan/severity.ts';

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/**
 * Applies policy to a scan. What could not be scanned, not be recognised by the scanner, or not be held against data that
 * policy asks for, is inconclusive. `before` are the findings of the published image; where they are not known every
 * finding is new.
 */
export function decideGate(
  policy: GatePolicy,
  scan: ScanReport,
  before: readonly Finding[] | undefined,
  today: Date,
): Verdict {
  if (scan.kind === 'failed') return { kind: 'inconclusive', failure: scan.failure };
  const missing = missingFor(policy, scan);
  if (missing !== undefined) return { kind: 'inconclusive', failure: missing };
  const lapsed = coveringFrom(policy.exceptions.filter((exception) => hasExpired(exception, today)));
  const eligible = eligibleFindings(policy, scan, before, today);
  const live = liveExceptions(policy, eligible, today);
  const refused = refusedFacts(policy, scan);
  const found = new Set([...scan.findings, ...[...eligible, ...refused].map(({ finding }) => finding)]);
  const used = new Set([...found].flatMap(live));
  const all = [...policy.exceptions, ...(policy.vex ?? []).flatMap(({ exception }) => exception ?? [])];
  const exceptions = {
    exceptionsUsed: all.filter((exception) => used.has(exception)),
    exceptionsUnused: all.filter((exception) => !used.has(exception)),
  };
  const open = eligible.filter(({ finding }) => live(finding).length === 0);
  const breaches = [
    ...againstPolicy(policy, open).map((entry) => breachOf(entry, lapsed(entry.finding)[0])),
    ...refused.filter(({ finding }) => live(finding).length === 0),
  ];
  if (breaches.length > 0) return { kind: 'fail', breaches, ...exceptions };
  const unproven = unprovenIn(scan);
  return unproven === undefined ? { kind: 'pass', ...exceptions } : { kind: 'inconclusive', failure: unproven };
}

// Those that cover a finding today, as policy lets exceptions cover what counts as so severe.
function liveExceptions(policy: GatePolicy, eligible: readonly Eligible[], today: Date) {
  const covering = coveringFrom(
    policy.exceptions.filter((exception) => !hasExpired(exception, today) && endsInTime(exception, policy, today)),
  );
  const byVex = acceptedByVex(policy.vex ?? []);
  const counts = new Map(eligible.map(({ finding, counted }) => [finding, counted]));
  return (finding: Finding): readonly PolicyException[] => {
    const counted = counts.get(finding) ?? finding.severity;
    const accepted = byVex(finding);
    const found = accepted === undefined ? covering(finding) : [...covering(finding), accepted];
    return found.filter(
      (exception) =>
        mayCover(exception, policy, counted) && (exception !== accepted || endsInTime(exception, policy, today)),
    );
  };
}

// Facts of the image itself that policy names, whatever the threshold.
function refusedFacts({ refuse = [] }: GatePolicy, { hardening }: Scanned): readonly Breach[] {
  const facts = (hardening?.facts ?? []).filter(({ kind }) => refuse.includes(kind));
  return facts.map((fact) => ({ rule: 'hardening', finding: findingOf(fact), advice: adviceOn(fact) }));
}

// What is at or over the threshold, and all of a severity of which there are too many.
function againstPolicy(
  { severityThreshold, maximum = {} }: GatePolicy,
  open: readonly Eligible[],
): readonly Eligible[] {
  const counts = countBySeverity(open.map(({ counted: severity }) => ({ severity })));
  return open.flatMap((entry) => {
    if (severityThreshold !== 'none' && atLeast(entry.counted, severityThreshold)) return [entry];
    const most = maximum[entry.counted];
    if (most === undefined || counts[entry.counted] <= most) return [];
    return [{ ...entry, why: tooMany(entry, counts[entry.counted], most) }];
  });
}

function tooMany({ counted, why }: Eligible, count: number, most: number): string {
  const fact = `Findings that count as ${counted}: ${count}, and ${most} may pass`;
  return why === undefined ? fact : `${why}. ${fact}`;
}

function breachOf({ finding, why }: Eligible, lapsed: PolicyException | undefined): Breach {
  const rule = lapsed === undefined ? 'severity-threshold' : 'exception-expired';
  return { rule, finding, advice: adviceFor(finding, why, lapsed) };
}
