import { recordType } from '../baseline/record.ts';
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
