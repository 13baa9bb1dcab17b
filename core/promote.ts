import type { Digest } from './oci/digest.ts';
import type { Reference } from './oci/reference.ts';

/** What moved: the release tags that now name the digest, and what they named before. */
export interface Promotion {
  readonly digest: Digest;
  readonly tags: readonly { readonly reference: Reference; readonly previous: Digest | null }[];
}
