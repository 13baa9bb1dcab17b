import { describeFailure } from '../failure.ts';
import type { Finding } from '../scan/finding.ts';
import type { Breach, Verdict } from './verdict.ts';

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
