import { describeFailure, type Failure } from '../failure.ts';
import type { Finding } from '../scan/finding.ts';
import type { PolicyException } from './policy.ts';

/** A finding that policy does not allow. */
export interface Breach {
  readonly rule: 'severity-threshold' | 'exception-expired' | 'unsigned-base' | 'hardening' | 'rule';
  /** Of a rule that policy writes itself. */
  readonly name?: string;
  readonly finding: Finding;
  /** What to do about it, in one sentence. */
  readonly advice: string;
}

export type Verdict =
  | {
      readonly kind: 'pass';
      readonly exceptionsUsed: readonly PolicyException[];
      readonly exceptionsUnused: readonly PolicyException[];
      /** What decides nothing and should be known, in sentences. */
      readonly warnings?: readonly string[];
    }
  | {
      readonly kind: 'fail';
      readonly breaches: readonly Breach[];
      readonly exceptionsUsed: readonly PolicyException[];
      readonly exceptionsUnused: readonly PolicyException[];
      /** What decides nothing and should be known, in sentences. */
      readonly warnings?: readonly string[];
    }
  | { readonly kind: 'inconclusive'; readonly failure: Failure };
/** What of a verdict decides nothing and should be known, in sentences. */
export function verdictWarnings(verdict: Verdict): readonly string[] {
  return verdict.kind === 'inconclusive' ? [] : (verdict.warnings ?? []);
}

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
