import type { Failure } from '../failure.ts';
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
