import type { Severity } from '../scan/finding.ts';

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
  /** What a finding of unknown severity counts as; medium when absent. */
  readonly unknownSeverity?: Severity;
  /** Whether an image in which the scanner recognised no package may pass; it may not when absent. */
  readonly allowUnrecognised?: boolean;
}
