import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import type { Hardening } from './hardening-facts.ts';
import type { Unproven } from './proof.ts';

/** Severities, worst first. */
export const severities = ['critical', 'high', 'medium', 'low', 'negligible', 'unknown'] as const;
export type Severity = (typeof severities)[number];

export type Owner = 'base' | 'app' | 'unknown';

/** What one of several scanners said of a finding. */
export interface SeenBy {
  readonly scanner: string;
  readonly severity: Severity;
}

/** What a finding can be; one that says nothing of it is a vulnerability. */
export const findingKinds = ['vulnerability', 'secret', 'misconfiguration', 'licence'] as const;
export type FindingKind = (typeof findingKinds)[number];

/** What a finding is. */
export function kindOfFinding({ kind }: Pick<Finding, 'kind'>): FindingKind {
  return kind ?? 'vulnerability';
}

/** What is known of a fix: the version, that the scanner knows of none, or nothing at all. */
export type Fix =
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' };

/** What a finding says of a fix. */
export function fixOf({ fixed }: Pick<Finding, 'fixed'>): Fix {
  if (fixed === undefined) return { kind: 'none' };
  return fixed === null ? { kind: 'unknown' } : { kind: 'version', version: fixed };
}

/** A fix as the part of a finding that says it. */
export function withFix(fix: Fix): Pick<Finding, 'fixed'> {
  switch (fix.kind) {
    case 'version':
      return { fixed: fix.version };
    case 'none':
      return {};
    case 'unknown':
      return { fixed: null };
  }
}

/** One vulnerability in one installed package of an image, or something else that a scanner found in it. */
export interface Finding {
  /** Absent for a vulnerability. */
  readonly kind?: Exclude<FindingKind, 'vulnerability'>;
  /** CVE, GHSA or vendor id; of anything else the id of the scanner's rule. */
  readonly id: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly url?: string;
  readonly package: {
    readonly name: string;
    readonly purl?: string;
    readonly path?: string;
    /** Package URLs of packages in which it stands wherever it does, such as the program that a module is linked into; absent where the scanner does not say. */
    readonly within?: readonly string[];
  };
  readonly installed: string;
  /** Version that fixes it; absent where the scanner knows of none, null where it does not say. `fixOf` reads it. */
  readonly fixed?: string | null;
  readonly severity: Severity;
  /** Where the scanner has the vulnerability from, as it names it. */
  readonly namespace?: string;
  /** What the scanner says of a fix, in Grype's words: fixed, not-fixed, wont-fix, unknown. */
  readonly fixState?: string;
  /** CVSS base score, 0–10. */
  readonly score?: number;
  /** CVSS vector, such as `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H`. */
  readonly vector?: string;
  /** Weaknesses, such as `CWE-79`. */
  readonly cwes?: readonly string[];
  /** DiffID of the layer that holds the package. */
  readonly layer?: Digest;
  readonly owner: Owner;
  /** When the vulnerability became known, ISO 8601. */
  readonly published?: string;
  /** When a fixed version came out, ISO 8601. */
  readonly fixPublished?: string;
  /** When it was first found in this image, ISO 8601. */
  readonly firstSeen?: string;
  /** Probability of exploitation within 30 days by EPSS, 0–1, where the scanner says. */
  readonly epss?: number;
  /** The scanner says that it is in CISA's catalogue of known exploited vulnerabilities. */
  readonly knownExploited?: true;
  /** Platforms of the image in which it was found. */
  readonly platforms: readonly string[];
  /** What differs among its platforms; absent where nothing does. */
  readonly parts?: readonly FindingPart[];
  /** Of several scanners, those that found it. */
  readonly seenBy?: readonly SeenBy[];
}

/** What a scanner says of a finding for some platforms alone, in place of what it says for all. */
export interface FindingPart {
  readonly platforms: readonly string[];
  readonly purl?: string;
  readonly within?: readonly string[];
  readonly namespace?: string;
  readonly fixState?: string;
}

export interface ScannerIdentity {
  readonly name: string;
  readonly version: string;
  /** When the vulnerability database was made; null when the scanner does not say. */
  readonly database: string | null;
  /** The database is past the date by which its makers expected a newer one. */
  readonly databaseExpired?: true;
  /** SHA-256 of the program that was run. */
  readonly binary?: Digest;
}

/** A distribution in an image that gets no more security updates: few findings there say little. */
export interface EndOfLife {
  readonly distribution: string;
  readonly platforms: readonly string[];
}

/** A proof that a scan lacks, and where. */
export interface UnprovenScan extends Unproven {
  readonly platforms: readonly string[];
}

/** What a scanner said of one image over all its platforms. */
export type ScanReport =
  | {
      readonly kind: 'scanned';
      readonly scanner: ScannerIdentity;
      /** Each of them, where several scanned side by side. */
      readonly scanners?: readonly ScannerIdentity[];
      readonly platforms: readonly Platform[];
      readonly findings: readonly Finding[];
      /** Platforms in which the scanner recognised no package: that it found nothing there says nothing. */
      readonly unrecognised?: readonly string[];
      readonly endOfLife?: readonly EndOfLife[];
      /** What the scanner's reports leave open, without which that nothing was found says nothing. */
      readonly unproven?: readonly UnprovenScan[];
      /** What the image itself says, where it was read. */
      readonly hardening?: Hardening;
      /** It is an earlier scan of the same image, whose signed verdict stands. */
      readonly reused?: true;
    }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Whose a finding is: the base's where its layer is one of the recorded base's, and unknown where either is not known. */
export function ownerOf(layer: Digest | undefined, baseLayers: ReadonlySet<Digest>): Owner {
  if (layer === undefined || baseLayers.size === 0) return 'unknown';
  return baseLayers.has(layer) ? 'base' : 'app';
}
