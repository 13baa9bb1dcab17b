import { describeFailure } from '../failure.ts';
import type { Finding } from '../scan/finding.ts';
import type { Breach, Verdict } from './verdict.ts';

/** One sentence that says rule, finding, package, installed, fixed, owner, platform and what to do. */
export function describeBreach({ rule, finding, advice }: Breach): string {
  return `${describeFinding(finding)} ${ruleNames[rule]}. ${advice}`;
}

/** A finding in words: "CVE-2026-1 (high) in openssl 3.0.20 of the base, fixed in 3.0.22, on linux/amd64". */
export function describeFinding(finding: Finding): string {
  const { id, severity, installed, fixed, owner, platforms } = finding;
  const { name, path } = finding.package;
  if (id === 'END-OF-LIFE') return `${id} (${severity}) of ${name} ${installed} on ${platforms.join(' and ')}`;
  if (id === 'UNSIGNED-BASE') return `${id} (${severity}), ${name} at ${installed},`;
  if (id.startsWith('HARDENING-')) return `${id} on ${platforms.join(' and ')}`;
  const place = path === undefined ? '' : ` at ${path}`;
  const mended = fixed === undefined ? 'not fixed yet' : `fixed in ${fixed}`;
  return `${id} (${severity}) in ${name} ${installed}${place}${owners[owner]}, ${mended}, on ${platforms.join(' and ')}`;
}

/** A verdict in one line. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return `passes the gate${accepted(verdict.exceptionsUsed.length)}`;
    case 'fail':
      return `fails the gate: ${summary(verdict.breaches)}`;
    case 'inconclusive':
      return `cannot be judged: ${describeFailure(verdict.failure)}`;
  }
}

const ruleNames: Readonly<Record<Breach['rule'], string>> = {
  'severity-threshold': 'is against the severity threshold',
  'exception-expired': 'is no longer accepted',
  'unsigned-base': 'is against verify-base',
  hardening: 'is refused',
};

const owners = { base: ' of the base', app: ' of the app', unknown: '' } as const;

function accepted(exceptions: number): string {
  if (exceptions === 0) return '';
  return exceptions === 1 ? ' with 1 exception' : ` with ${exceptions} exceptions`;
}

function summaryOf({ id, severity, installed, package: { name } }: Finding): string {
  return id.startsWith('HARDENING-') ? id : `${id} (${severity}) in ${name} ${installed}`;
}

// Enough to see what it is about; the report has them all.
const shown = 3;

function summary(breaches: readonly Breach[]): string {
  const named = breaches.slice(0, shown).map(({ finding }) => summaryOf(finding));
  const rest = breaches.length - named.length;
  return rest === 0 ? named.join(', ') : `${named.join(', ')} and ${rest} more`;
}
