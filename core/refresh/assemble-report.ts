import { posix } from 'node:path';
import { policyFor } from '../config/per-image.ts';
import type { Failure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { Verdict } from '../gate/verdict.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import { version } from '../product.ts';
import type { CandidateTag } from '../promote/clean-up.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import { reportedDeployment } from '../report/deployment.ts';
import type { RefreshReport, ReportedImage, ReportedScan } from '../report/report.ts';
import { reportedBase } from '../report/reported-base.ts';
import { reportedSource } from '../report/reported-source.ts';
import { totalsOf } from '../report/totals.ts';
import { compareFindings } from '../scan/compare-findings.ts';
import type { Run } from './context.ts';
import type { ImageResult } from './image-result.ts';

/** The report of what became of images in a run. */
export function assembleReport(
  run: Run,
  command: RefreshReport['command'],
  results: readonly ImageResult[],
  failures: readonly Failure[],
): RefreshReport {
  return reportOf(
    run,
    command,
    results.map((result) => reportedImage(run, result)),
    failures,
  );
}

/** The report of a run about these images; it reads the clock and the request counts. */
export function reportOf(
  run: Run,
  command: RefreshReport['command'],
  images: readonly ReportedImage[],
  failures: readonly Failure[],
): RefreshReport {
  const rateLimits = run.registry.rateLimits();
  return {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version },
    command,
    dryRun: run.config.dryRun,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.world.now().toISOString(),
    policy: reportedPolicy(run.config.gate),
    images,
    failures,
    totals: totalsOf(images),
    requests: { ...run.registry.requests(), ...(rateLimits.length === 0 ? {} : { rateLimits }) },
  };
}

/** What a report says of a policy. */
export function reportedPolicy({ severityThreshold, onlyFixable, newOnly }: GatePolicy): RefreshReport['policy'] {
  return { severityThreshold, onlyFixable, newOnly };
}

function reportedCandidate(candidate: CandidateTag): NonNullable<ReportedImage['candidate']> {
  return candidate.state === 'lost' ? { state: 'lost', why: candidate.failure.detail } : candidate;
}

function reportedImage(run: Run, result: ImageResult): ReportedImage {
  const { image, failure } = result;
  const [release] = image.build.releases;
  return {
    name: image.build.name,
    image: release === undefined ? null : formatReference(release),
    dockerfile: pathInRepository(run, image.build.dockerfile),
    verdict: image.verdict,
    bases: image.bases.map(reportedBase),
    ...sourceIn(result),
    plan: reportedPlan(result),
    build: reportedBuild(result),
    scan: reportedScan(result),
    gate: gateOf(run, result),
    ...reportedValidation(result),
    promotion: reportedPromotion(result),
    ...(result.candidate === undefined ? {} : { candidate: reportedCandidate(result.candidate) }),
    signature: result.signature ?? null,
    deployment: result.deployment === undefined ? null : reportedDeployment(result.deployment),
    failure,
  };
}

function sourceIn({ image, built }: ImageResult): Pick<ReportedImage, 'source'> {
  const source = reportedSource(image.source, built?.source);
  return source === undefined ? {} : { source };
}

function reportedValidation({ validation }: ImageResult): Pick<ReportedImage, 'validation'> {
  if (validation === undefined) return {};
  const { kind: verdict, checks, changes } = validation;
  return { validation: { verdict, checks, changes } };
}

function reportedPromotion({ promotion }: ImageResult): ReportedImage['promotion'] {
  if (promotion === undefined) return null;
  const { digest, tags, referrers } = promotion;
  return {
    digest,
    tags: tags.map(({ reference, previous, rollback }) => ({
      reference: formatReference(reference),
      previous,
      ...(rollback === undefined ? {} : { rollback: formatReference(rollback) }),
    })),
    ...(referrers === 0 ? {} : { referrers }),
  };
}

// An image that has no Dockerfile here, being only scanned, keeps none.
function pathInRepository({ config }: Run, dockerfile: string): string {
  return dockerfile === '' ? '' : posix.join(config.placeInRepository ?? '', dockerfile);
}

function gateOf({ config }: Run, { image, verdict }: ImageResult): ReportedImage['gate'] {
  if (verdict === undefined) return null;
  const own = reportedPolicy(policyFor(config, image.build));
  const isOwn = JSON.stringify(own) !== JSON.stringify(reportedPolicy(config.gate));
  return { ...reportedGate(verdict), ...(isOwn ? { policy: own } : {}) };
}

function reportedPlan({ step, level }: ImageResult): ReportedImage['plan'] {
  if (step === undefined) return null;
  const because = step.kind === 'rebuild' ? step.because : [step.why];
  return { action: step.kind, because, level };
}

function reportedBuild({ built }: ImageResult): ReportedImage['build'] {
  if (built === undefined) return null;
  return {
    engine: built.engine,
    digest: built.digest,
    candidate: formatReference(built.reference),
    evidence: built.evidence,
    durationMs: built.durationMs,
    pinned: built.pinned.map(({ base, digest }) => ({ reference: formatReference(base.reference), digest })),
    notes: built.notes,
    ...reportedPackages(built.packages),
  };
}

function reportedPackages(packages: BuiltImage['packages']) {
  switch (packages?.kind) {
    case 'compared':
      return { packages: { platform: packages.platform, changes: packages.changes } };
    case 'untouched':
      return { packages: { platform: packages.platform, changes: [] } };
    case 'unknown':
    case undefined:
      return {};
  }
}

function reportedScan({ scan }: ImageResult): ReportedScan | null {
  if (scan === undefined) return null;
  const { after, before } = scan;
  if (after.kind === 'failed') {
    return { scanner: null, platforms: [], findings: [], fixed: [], introduced: [], failure: after.failure };
  }

  const known = before?.kind === 'scanned' ? before.findings : undefined;
  const changed = known === undefined ? { fixed: [], introduced: [] } : compareFindings(known, after.findings);
  return {
    scanner: after.scanner,
    ...(after.scanners === undefined ? {} : { scanners: after.scanners }),
    platforms: after.platforms.map(formatPlatform),
    findings: after.findings,
    ...(known === undefined ? {} : { before: known }),
    fixed: changed.fixed,
    introduced: changed.introduced,
    ...(after.unrecognised === undefined ? {} : { unrecognised: after.unrecognised }),
    ...(after.endOfLife === undefined ? {} : { endOfLife: after.endOfLife }),
    ...(after.hardening === undefined ? {} : { hardening: after.hardening }),
    failure: null,
  };
}

/** What a report says of a verdict. */
export function reportedGate(verdict: Verdict): NonNullable<ReportedImage['gate']> {
  switch (verdict.kind) {
    case 'pass':
      return { verdict: 'pass', breaches: [], ...exceptionsIn(verdict), failure: null };
    case 'fail':
      return { verdict: 'fail', breaches: verdict.breaches, ...exceptionsIn(verdict), failure: null };
    case 'inconclusive':
      return {
        verdict: 'inconclusive',
        breaches: [],
        exceptionsUsed: [],
        exceptionsUnused: [],
        failure: verdict.failure,
      };
  }
}

function exceptionsIn({ exceptionsUsed, exceptionsUnused }: Exclude<Verdict, { readonly kind: 'inconclusive' }>) {
  return { exceptionsUsed, exceptionsUnused };
}
