import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';

/** One thing that was tried of a candidate. */
export interface Check {
  readonly kind: 'command' | 'structure' | 'absence' | 'compatibility';
  readonly name: string;
  /** Absent where it holds for the image as a whole. */
  readonly platform?: string;
  readonly verdict: 'pass' | 'fail' | 'inconclusive';
  /** What was found where it failed. */
  readonly detail?: string;
  /** Why it could not be tried. */
  readonly failure?: Failure;
}

/** What of an image is not as it was in the published one. */
export interface SettingChange {
  readonly what: string;
  readonly platform?: string;
  /** Null where there was none. */
  readonly from: string | null;
  readonly to: string | null;
  /** Whether whoever runs the image may have to change something. */
  readonly breaking: boolean;
}

interface Found {
  /** What the checks speak of. */
  readonly digest: Digest;
  readonly checks: readonly Check[];
  readonly changes: readonly SettingChange[];
}

/** Whether a candidate does what its tests ask; what could not be tried never passes. */
export type Validation =
  | (Found & { readonly kind: 'pass' | 'fail' })
  | (Found & { readonly kind: 'inconclusive'; readonly failure: Failure });
