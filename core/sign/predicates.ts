import { recordType } from '../baseline/record.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { version } from '../product.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { Predicate } from './cosign.ts';

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/** What is signed for: an image that was built, scanned and cleared. */
export interface SigningSubject {
  readonly releases: readonly Reference[];
  readonly built: BuiltImage;
  readonly scan: Scanned;
  /** What the gate asked for. */
  readonly policy: object;
  /** The digest of the whole policy, its exceptions and VEX documents included. */
  readonly policyDigest: Digest;
  readonly exceptions: readonly { readonly id: string; readonly reason: string }[];
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** Our record: on which bases the image was built and how that is known, who scanned it, and what policy said. */
export function refreshRecord({
  releases,
  built,
  scan,
  policy,
  exceptions,
  startedAt,
  finishedAt,
}: SigningSubject): Predicate {
  const document = {
    tool: { name: 'base-image-refresh', version },
    image: releases.map(formatReference),
    bases: built.pinned.map(({ base, digest, from }) => ({
      reference: formatReference(base.reference),
      digest,
      previous: from ?? null,
    })),
    source: built.source ?? null,
    engine: { name: built.engine, evidence: built.evidence },
    scanner: scan.scanner,
    policy,
    verdict: 'pass',
    exceptions: exceptions.map(({ id, reason }) => ({ id, reason })),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
  return { type: recordType, digest: built.digest, document };
}

/** The scan in cosign's form for vulnerabilities (cosign, specs/COSIGN_VULN_ATTESTATION_SPEC.md). */
export function scanPredicateOf({ built, scan, startedAt, finishedAt }: SigningSubject): Predicate {
  const { name, version: of, database } = scan.scanner;
  const document = {
    invocation: { parameters: [], uri: '', event_id: '', 'builder.id': 'urn:base-image-refresh' },
    scanner: {
      uri: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(of)}`,
      version: of,
      db: { uri: '', version: '', lastUpdate: database ?? '' },
      result: { schemaVersion: 1, scanner: scan.scanner, findings: scan.findings },
    },
    metadata: { scanStartedOn: startedAt.toISOString(), scanFinishedOn: finishedAt.toISOString() },
  };
  return { type: 'vuln', digest: built.digest, document };
}

/** Predicate type of a verification summary (SLSA 1.1, "Verification Summary Attestation"). */
export const verificationSummaryType = 'https://slsa.dev/verification_summary/v1';

/**
 * The verdict of the gate as SLSA writes one, for whoever admits images by it. Its level is this product's own: nothing
 * is said of how the image was built.
 */
export function verificationSummaryOf({ releases, built, policyDigest, finishedAt }: SigningSubject): Predicate {
  const [hash = '', hex = ''] = policyDigest.split(':');
  const document = {
    verifier: { id: verifier, version: { 'base-image-refresh': version } },
    timeVerified: finishedAt.toISOString(),
    resourceUri: resourceUriOf(releases[0] ?? built.reference, built.digest),
    policy: { uri: 'urn:base-image-refresh:policy', digest: { [hash]: hex } },
    verificationResult: 'PASSED',
    verifiedLevels: ['BASE_IMAGE_REFRESH_GATE'],
    slsaVersion: '1.1',
  };
  return { type: verificationSummaryType, digest: built.digest, document };
}

const verifier = 'https://github.com/base-image-refresh/base-image-refresh';

// A package URL of the type oci names an image by digest, and its repository beside it.
function resourceUriOf({ registry, repository }: Reference, digest: Digest): string {
  const name = repository.split('/').at(-1) ?? repository;
  const place = encodeURIComponent(`${registry}/${repository}`);
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?repository_url=${place}`;
}
