import type { Failure } from './failure.ts';
import type { Digest } from './oci/digest.ts';

/** Whether a published image stands on the current digest of one of its bases. */
export type Freshness =
  | { readonly kind: 'current'; readonly digest: Digest }
  | { readonly kind: 'unchanged-for-platforms'; readonly from: Digest; readonly to: Digest }
  | { readonly kind: 'stale'; readonly from: Digest; readonly to: Digest }
  /** The image exists and nothing says which digest of this base it was built on. */
  | { readonly kind: 'unrecorded'; readonly to: Digest }
  /** The image has never been published. */
  | { readonly kind: 'missing'; readonly to: Digest }
  | { readonly kind: 'unknown'; readonly failure: Failure };
