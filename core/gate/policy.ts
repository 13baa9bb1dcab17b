import type { Severity } from '../scan/finding.ts';

/** An accepted finding: who accepted it, why, until when. */
export interface PolicyException {
  /** CVE, GHSA or vendor id; `*` for every vulnerability of the package, path or package URL that it names. */
  readonly id: string;
  /** Package name; every package when absent. */
  readonly package?: string;
  /** Installed version. */
  readonly version?: string;
  /** Glob of the package's path in the image. */
  readonly path?: string;
  /** Package URL; version and qualifiers count where they are given. */
  readonly purl?: string;
  readonly reason: string;
  readonly owner?: string;
  /** Last day (UTC, YYYY-MM-DD) on which it holds. */
  readonly expires?: string;
  /** Where it was read: `.trivyignore:3`; absent for the configuration. */
  readonly source?: string;
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
  /** Paths below the repository of .trivyignore, .trivyignore.yaml and .grype.yaml files whose entries are exceptions. */
  readonly ignoreFiles?: readonly string[];
  /** Paths below the repository of OpenVEX, CycloneDX and CSAF documents whose statements are exceptions. */
  readonly vexFiles?: readonly string[];
}
