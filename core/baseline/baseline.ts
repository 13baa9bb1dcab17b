import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';

/** What kind of record says which digest an image was built on. */
export type Evidence =
  | 'own-record'
  | 'buildkit-provenance'
  | 'annotation'
  | 'label'
  | 'layers'
  | 'lock-file'
  | 'git-pin';

export type Confidence = 'high' | 'medium' | 'low';

/** What the published image was built on, for one base reference. */
export type Baseline =
  | { readonly kind: 'recorded'; readonly digest: Digest; readonly evidence: Evidence; readonly confidence: Confidence }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly failure: Failure };
