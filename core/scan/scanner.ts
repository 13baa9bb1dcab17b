import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { Finding, ScannerIdentity } from './finding.ts';

/** One platform manifest of an image, to be read straight from the registry. */
export interface ScanTarget {
  readonly reference: Reference & { readonly digest: Digest };
  readonly platform: Platform;
  /** DiffIDs of the recorded base, lowest first; empty when not known. */
  readonly baseLayers: readonly Digest[];
}

/** A vulnerability scanner; its report is believed only where it names the digest that was asked for. */
export interface Scanner {
  readonly name: string;
  /** Scans one platform; throws FailureError (`missing-tool`, `scan-failed`). */
  scan(target: ScanTarget): Promise<{ readonly scanner: ScannerIdentity; readonly findings: readonly Finding[] }>;
}
