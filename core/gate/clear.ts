import { decideGate } from '../gate.ts';
import type { Digest } from '../oci/digest.ts';
import type { Finding, ScanReport } from '../scan/finding.ts';
import type { Validation } from '../validate/validation.ts';
import type { GatePolicy } from './policy.ts';
import type { ImageFacts } from './rules/facts.ts';
import type { Verdict } from './verdict.ts';

declare const cleared: unique symbol;

/** A value that passed the gate and its tests. Only `clear` makes one, and only a Cleared value can be promoted. */
export type Cleared<T> = T & { readonly [cleared]: true };

/** A scan with the digest that was scanned. */
export interface ImageScan {
  readonly digest: Digest;
  readonly report: ScanReport;
}

/** A verdict with the digest whose scan it is about. */
export interface DigestVerdict {
  readonly digest: Digest;
  readonly verdict: Verdict;
}

/** Applies policy to the scan of one digest. */
export function gateScan(
  policy: GatePolicy,
  { digest, report }: ImageScan,
  before: readonly Finding[] | undefined,
  today: Date,
  image: ImageFacts = {},
): DigestVerdict {
  return { digest, verdict: decideGate(policy, report, before, today, image) };
}

/**
 * The image as one that may be promoted, where the gate and the tests both passed and both speak of its own digest;
 * this is the only maker of Cleared.
 */
export function clear<T extends { readonly digest: Digest }>(
  image: T,
  gated: DigestVerdict,
  validation: Validation,
): Cleared<T> | undefined {
  if (gated.digest !== image.digest || validation.digest !== image.digest) return undefined;
  return gated.verdict.kind === 'pass' && validation.kind === 'pass' ? (image as Cleared<T>) : undefined;
}
