import { describeFailure, type Failure } from '../failure.ts';
import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** A finding that policy does not allow. */
export interface Breach {
  readonly rule: 'severity-threshold' | 'exception-expired' | 'unsigned-base' | 'hardening';
  readonly finding: Finding;
  /** What to do about it, in one sentence. */
  readonly advice: string;
}

export type Verdict =
  | {
      readonly kind: 'pass';
      readonly exceptionsUsed: readonly PolicyException[];
      readonly exceptionsUnused: readonly PolicyException[];
    }
  | {
      readonly kind: 'fail';
      readonly breaches: readonly Breach[];
      readonly exceptionsUsed: readonly PolicyException[];
      readonly exceptionsUnused: readonly PolicyException[];
    }
  | { readonly kind: 'inconclusive'; readonly failure: Failure };
/** A verdict in one line. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'pass':
      return `passes the gate${accepted(verdict.exceptionsUsed.length)}`;
    case 'fail':
      return `fails the gate: ${summary(verdict.breaches)}`;
    case 'inconclusive':
      return `gate is inconclusive: ${describeFailure(verdict.failure)}`;
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
