import { posix } from 'node:path';
import { policyFor } from '../config/per-image.ts';
import type { Failure } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { inputNames } from '../inputs.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import { version } from '../product.ts';
import { heldByContinuity } from '../report/continuity.ts';
import { reportedDeployment } from '../report/deployment.ts';
import type { RefreshReport, ReportedImage, ReportedScan } from '../report/report.ts';
import { reportedBase } from '../report/reported-base.ts';
import { reportedGate } from '../report/reported-gate.ts';
import { reportedSource } from '../report/reported-source.ts';
import { spelledReport } from '../report/spelled-report.ts';
import { totalsOf } from '../report/totals.ts';
import { compareFindings } from '../scan/compare-findings.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import {
  failureIn,
  type Gated,
  type ImageResult,
  type PlannedImage,
  type PromotedImage,
  type ScannedImage,
  type SkippedImage,
} from './image-result.ts';
import { reportedBuild } from './reported-build.ts';

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
  const report: RefreshReport = {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version },
    command,
    dryRun: run.config.dryRun,
    ...(run.leg === undefined ? {} : { run: { id: run.leg.run, shard: run.leg.shard } }),
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.world.now().toISOString(),
    policy: reportedPolicy(run.config.gate),
    images,
    failures,
    totals: totalsOf(images),
    requests: { ...run.registry.requests(), ...(rateLimits.length === 0 ? {} : { rateLimits }) },
  };
  return spelledReport(report, run.host.kind, inputNames);
}

/** What a report says of a policy. */
export function reportedPolicy({
  severityThreshold,
  onlyFixable,
  newOnly,
  scope,
}: GatePolicy): RefreshReport['policy'] {
  return { severityThreshold, onlyFixable, newOnly, ...given('scope', scope) };
}

function reportedImage(run: Run, result: ImageResult): ReportedImage {
  const { image } = result;
  const [release] = image.build.releases;
  return {
    name: image.build.name,
    image: release === undefined ? null : formatReference(release),
    dockerfile: pathInRepository(run, image.build.dockerfile),
    ...given('owners', image.build.owners),
    verdict: image.verdict,
    bases: image.bases.map(reportedBase),
    ...sourceIn(result),
    ...reportedWork(run, result),
    ...given('stages', reportedStages(run, image.build.name)),
    failure: failureIn(result) ?? null,
  };
}

function reportedStages({ stageTimes }: Run, name: string): ReportedImage['stages'] {
  const times = stageTimes?.get(name);
  return times && [...times].map(([stage, { milliseconds }]) => ({ stage, durationMs: milliseconds }));
}

function sourceIn(result: ImageResult): Pick<ReportedImage, 'source'> {
  const source = reportedSource(result.image.source, 'built' in result ? result.built.source : undefined);
  return source === undefined ? {} : { source };
}

type Work = Omit<
  ReportedImage,
  'name' | 'image' | 'dockerfile' | 'owners' | 'verdict' | 'bases' | 'source' | 'stages' | 'failure'
>;

const noWork: Work = {
  plan: null,
  build: null,
  scan: null,
  gate: null,
  promotion: null,
  signature: null,
  deployment: null,
};

function reportedWork(run: Run, result: ImageResult): Work {
  switch (result.kind) {
    case 'checked':
    case 'unread':
      return noWork;
    case 'scanned':
      return { ...noWork, scan: reportedScanOf(result), gate: gateOf(run, result) };
    case 'skipped':
    case 'planned':
      return { ...noWork, plan: reportedPlan(result) };
    case 'failed':
      return { ...noWork, plan: reportedPlan(result), ...reportedCandidate(result) };
    case 'untrusted':
      return { ...noWork, plan: reportedPlan(result), gate: gateOf(run, result), ...reportedCandidate(result) };
    case 'built':
      return { ...noWork, plan: reportedPlan(result), build: reportedBuild(result.built) };
    case 'refused':
    case 'broken':
      return reportedGated(run, result);
    case 'unpromoted':
      return { ...reportedGated(run, result), signature: reportedSignature(result.signature) };
    case 'promoted':
      return { ...reportedGated(run, result), ...reportedRelease(result) };
    case 'deployed':
      return {
        ...reportedGated(run, result),
        ...reportedRelease(result),
        deployment: reportedDeployment(result.deployment),
      };
  }
}

function reportedGated(run: Run, result: Gated): Work {
  const { kind: verdict, checks, changes } = result.validation;
  return {
    ...noWork,
    plan: reportedPlan(result),
    build: reportedBuild(result.built),
    scan: reportedScan(result.scan),
    gate: gateOf(run, result),
    validation: { verdict, checks, changes },
    ...given('continuity', result.continuity),
    ...heldByContinuity(result.continuity),
    ...reportedCandidate(result),
  };
}

function reportedCandidate({ candidate }: Pick<Gated, 'candidate'>): Pick<ReportedImage, 'candidate'> {
  if (candidate === undefined) return {};
  return { candidate: candidate.state === 'lost' ? { state: 'lost', why: candidate.failure.detail } : candidate };
}

function reportedSignature(signature: PromotedImage['signature']): ReportedImage['signature'] {
  return signature === undefined ? null : { ...signature, key: signature.key ?? null };
}

function reportedRelease({ promotion, signature }: Pick<PromotedImage, 'promotion' | 'signature'>) {
  const { digest, tags, referrers } = promotion;
  return {
    signature: reportedSignature(signature),
    promotion: {
      digest,
      tags: tags.map(({ reference, previous, rollback }) => ({
        reference: formatReference(reference),
        previous: previous ?? null,
        ...(rollback === undefined ? {} : { rollback: formatReference(rollback) }),
      })),
      ...(referrers === 0 ? {} : { referrers }),
    },
  };
}

// In reports, an image that no Dockerfile here builds has an empty path.
function pathInRepository({ config }: Run, dockerfile: string | undefined): string {
  return dockerfile === undefined ? '' : posix.join(config.placeInRepository ?? '', dockerfile);
}

function gateOf({ config }: Run, { image, verdict }: Pick<ScannedImage, 'image' | 'verdict'>): ReportedImage['gate'] {
  const own = reportedPolicy(policyFor(config, image.build));
  const isOwn = JSON.stringify(own) !== JSON.stringify(reportedPolicy(config.gate));
  return { ...reportedGate(verdict), ...(isOwn ? { policy: own } : {}) };
}

function reportedPlan({
  step,
  level,
  foreseen,
}: Pick<SkippedImage | PlannedImage, 'step' | 'level'> & Pick<PlannedImage, 'foreseen'>): ReportedImage['plan'] {
  const because = step.kind === 'rebuild' ? step.because : [step.why];
  const isPending = step.kind === 'skip' && step.isPending === true;
  const planned = { action: step.kind, because, level, ...(isPending ? { pending: true as const } : {}) };
  if (foreseen?.kind === 'engine') return { ...planned, engine: { name: foreseen.name, why: foreseen.why } };
  return foreseen?.kind === 'held' ? { ...planned, held: foreseen.failure } : planned;
}

function reportedScanOf({ scan, image: { published } }: ScannedImage): ReportedScan {
  const reported = reportedScan(scan);
  return reported.failure === null
    ? { ...reported, ...given('digest', published?.manifest.descriptor.digest) }
    : reported;
}

function reportedScan({ after, before }: Gated['scan']): ReportedScan {
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
    ...(after.unproven === undefined ? {} : { unproven: after.unproven }),
    ...(after.hardening === undefined ? {} : { hardening: after.hardening }),
    ...given('reused', after.reused),
    failure: null,
  };
}
