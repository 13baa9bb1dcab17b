import { recordType } from '../baseline/record.ts';
import { canonicalJson, parsed } from '../json.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { version } from '../product.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { AttestedInput, Predicate } from './cosign.ts';

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
  /** What beside the image and the policy decides what is found, for whoever wants to know whether a scan still stands. */
  readonly scanned: ScannedWith;
  /** Until when the verdict is meant to stand; absent where nothing says so. */
  readonly expires?: Date;
  readonly exceptions: readonly { readonly id: string; readonly reason: string }[];
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** With what an image was scanned. */
export interface ScannedWith {
  /** The digest of the scanner's settings. */
  readonly settings: Digest;
  /** The base by which owners of findings are known; null where it is not known. */
  readonly base: Digest | null;
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
export function scanPredicateOf({ built, scan, scanned, startedAt, finishedAt }: SigningSubject): Predicate {
  const { name, version: of, database } = scan.scanner;
  const document = {
    invocation: { parameters: [], uri: '', event_id: '', 'builder.id': 'urn:base-image-refresh' },
    scanner: {
      uri: `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(of)}`,
      version: of,
      db: { uri: '', version: '', lastUpdate: database ?? '' },
      result: resultOf(scan, scanned),
    },
    metadata: { scanStartedOn: startedAt.toISOString(), scanFinishedOn: finishedAt.toISOString() },
  };
  return { type: scanType, digest: built.digest, document };
}

/** Predicate type of a scan, as cosign calls it. */
export const scanType = 'vuln';

// All that the gate looks at, so that it can be asked again; what the image itself says is read from the image.
function resultOf({ hardening: _, reused: __, kind: ___, platforms, ...scan }: Scanned, scanned: ScannedWith): object {
  return { schemaVersion: 1, ...scan, platforms: platforms.map(formatPlatform), with: scanned };
}

/** The digest by which a verdict names the result of its scan, however the statement of it was written. */
export function resultDigest(result: unknown): Digest {
  return digestOf(canonicalJson(parsed(JSON.stringify(result) ?? '')));
}

/** Predicate type of a verification summary (SLSA 1.1, "Verification Summary Attestation"). */
export const verificationSummaryType = 'https://slsa.dev/verification_summary/v1';

/**
 * The verdict of the gate as SLSA writes one, for whoever admits images by it. Its level is this product's own: nothing
 * is said of how the image was built. Fields of ours begin as SLSA wants extensions to, with who defines them.
 */
export function verificationSummaryOf(subject: SigningSubject): Predicate {
  const { releases, built, scan, scanned, policyDigest, expires, finishedAt } = subject;
  const document = {
    verifier: { id: verifier, version: { 'base-image-refresh': version } },
    timeVerified: finishedAt.toISOString(),
    resourceUri: resourceUriOf(releases[0] ?? built.reference, built.digest),
    policy: { uri: 'urn:base-image-refresh:policy', digest: digestSet(policyDigest) },
    verificationResult: 'PASSED',
    verifiedLevels: ['BASE_IMAGE_REFRESH_GATE'],
    slsaVersion: '1.1',
    baseImageRefresh_scan: {
      digest: digestSet(resultDigest(resultOf(scan, scanned))),
      database: scan.scanner.database,
    },
    ...(expires === undefined ? {} : { baseImageRefresh_expires: expires.toISOString() }),
  };
  const withInputs = (inputs: readonly AttestedInput[]) => {
    const ofScan = inputs.filter(({ type }) => type === scanType);
    const inputAttestations = ofScan.map(({ uri, digest }) => ({ uri, digest: digestSet(digest) }));
    return inputAttestations.length === 0 ? document : { ...document, inputAttestations };
  };
  return { type: verificationSummaryType, digest: built.digest, document, withInputs };
}

function digestSet(digest: Digest): Readonly<Record<string, string>> {
  const [hash = '', hex = ''] = digest.split(':');
  return { [hash]: hex };
}

const verifier = 'https://github.com/base-image-refresh/base-image-refresh';

// A package URL of the type oci names an image by digest, and its repository beside it.
function resourceUriOf({ registry, repository }: Reference, digest: Digest): string {
  const name = repository.split('/').at(-1) ?? repository;
  const place = encodeURIComponent(`${registry}/${repository}`);
  return `pkg:oci/${encodeURIComponent(name)}@${encodeURIComponent(digest)}?repository_url=${place}`;
}
