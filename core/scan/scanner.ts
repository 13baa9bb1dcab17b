import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { placeToRead, type ServedRepository } from '../registry/transport/endpoint.ts';
import type { Finding, ScannerIdentity } from './finding.ts';
import type { Unproven } from './proof.ts';

/** One platform manifest of an image, to be read straight from the registry. */
export interface ScanTarget {
  readonly reference: Reference & { readonly digest: Digest };
  readonly platform: Platform;
  /** Digest of the image's configuration, by which Docker knows it. */
  readonly imageId?: Digest;
  /** Only results that a service has at hand: none are waited for. */
  readonly atHand?: true;
  /** DiffIDs of the recorded base, lowest first; empty when not known. */
  readonly baseLayers: readonly Digest[];
}

/** What a scanner could make out in an image, whether or not it is vulnerable. */
export interface ScannerInventory {
  /** How many packages it recognised; undefined where the scanner does not say. */
  readonly packages?: number;
  /** Distribution and version: "debian 12.5". */
  readonly distribution?: string;
  /** Whether the scanner says that the distribution gets no more security updates. */
  readonly endOfLife?: boolean;
}

/** What a scanner said of one platform. */
export interface PlatformScan {
  readonly scanner: ScannerIdentity;
  /** Each of them, where several scanned side by side. */
  readonly scanners?: readonly ScannerIdentity[];
  readonly findings: readonly Finding[];
  readonly inventory?: ScannerInventory;
  /** What its report leaves open. */
  readonly unproven?: readonly Unproven[];
}

/** A vulnerability scanner; its report is believed only where it names the digest that was asked for. */
export interface Scanner {
  readonly name: string;
  /** Has its program and database ready without a scan, for runs that come after; absent where it keeps neither. */
  prepare?(): Promise<void>;
  /** Scans one platform; throws FailureError (`missing-tool`, `scan-failed`). */
  scan(target: ScanTarget): Promise<PlatformScan>;
}

/** Where an image is read for its scan: at its mirror where there is one. */
export function scannedPlace(
  { registry }: { readonly registry: RegistrySettings },
  { reference }: ScanTarget,
): ServedRepository {
  return placeToRead(registry, reference);
}
