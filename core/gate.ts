import type { Failure } from './failure.ts';
import type { Finding, Severity } from './scan/finding.ts';

/** An accepted finding: who accepted it, why, until when. */
export interface PolicyException {
  readonly id: string;
  /** Package name; every package when absent. */
  readonly package?: string;
  readonly reason: string;
  readonly owner?: string;
  /** Last day (UTC, YYYY-MM-DD) on which it holds. */
  readonly expires?: string;
}

export interface GatePolicy {
  /** The mildest severity that fails the gate; `none` reports only. */
  readonly severityThreshold: Severity | 'none';
  readonly onlyFixable: boolean;
  readonly newOnly: boolean;
  readonly exceptions: readonly PolicyException[];
}

export interface Breach {
  readonly rule: 'severity-threshold' | 'exception-expired';
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

declare const cleared: unique symbol;

/** A value that passed the gate. Only `clear` makes one, and only a Cleared value can be promoted. */
export type Cleared<T> = T & { readonly [cleared]: true };
