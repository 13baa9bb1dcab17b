import pLimit from 'p-limit';
import { readPublished } from '../baseline/published.ts';
import type { Config } from '../config/model.ts';
import { loadPolicyFor } from '../config/per-image.ts';
import type { Build } from '../discover/build.ts';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { imageFactsOf } from '../gate/rules/facts.ts';
import { describeVerdict, verdictWarnings } from '../gate/verdict.ts';
import { decideGate } from '../gate.ts';
import { familiar, formatReference, parseReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import type { ImageResult } from '../refresh/image-result.ts';
import { gatedOnce, reusableScan } from '../refresh/reuse-verdict.ts';
import { scanPublished, withAttachedVex, withHardening } from '../refresh/scan-stage.ts';
import { scannedBase } from '../refresh/scanned-base.ts';
import { inStage, onImage } from '../refresh/stage-times.ts';
import { idleVerdicts } from '../refresh/standing-verdict.ts';
import type { ScanReport } from '../scan/finding.ts';
import { deployedImages } from './deployed-images.ts';

/** `scan`: scans and gates images that a registry already has; nothing is written there. */
export async function scanCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const run = createRun(config, host, world);
  const limit = pLimit(config.concurrency);
  const noted = new Set<string>();
  const named = config.operands.map(parseReference);
  const deployed = config.references ? await deployedImages(run) : { images: [], failures: [] };
  for (const failure of deployed.failures) host.log('error', describeFailure(failure));
  const images = new Map([...named, ...deployed.images].map((image) => [formatReference(image), image]));
  const idle = idleVerdicts(config, [...images.values()]);
  if (idle !== undefined) host.log('warning', idle);
  const results = await Promise.all(
    [...images.values()].map((image) =>
      limit(() => onImage(run, familiar(image), images.size, () => scanOne(run, image, noted))),
    ),
  );
  return deliver(run, assembleReport(run, 'scan', results, deployed.failures));
}

async function scanOne(run: Run, reference: Reference, noted: Set<string>): Promise<ImageResult> {
  const subject = formatReference(reference);
  const read = await attempt(subject, () => readPublished(run.registry, reference));
  const published = read.kind === 'done' ? read.value : undefined;
  const build = buildOf(reference);
  if (published === undefined) {
    const failure: Failure =
      read.kind === 'failed'
        ? read.failure
        : fail('not-found', subject, 'there is no such image', 'check its name').failure;
    run.host.log('error', describeFailure(failure));
    return { kind: 'unread', image: { build, verdict: 'unknown', bases: [] }, failure };
  }
  const exact = withDigest(reference, published.manifest.descriptor.digest);
  // Documents are held against what the name stands for, and not against how it was typed.
  const { policy, notes } = await loadPolicyFor(run.world, run.config, build, [exact]);
  for (const note of notes) {
    if (!noted.has(note)) run.host.log('warning', note);
    noted.add(note);
  }
  const base = await scannedBase(run, published);
  const sources = { image: exact, ...(base === undefined ? {} : { base }) };
  const policyWithVex = await withAttachedVex(run, build.name, policy, sources);
  const gated = async (scanned: ScanReport) => {
    const after = await withHardening(run, exact, undefined, policyWithVex, scanned);
    return { after, verdict: decideGate(policyWithVex, after, undefined, run.world.now(), imageFactsOf(exact, base)) };
  };
  const { after, verdict } = await gatedOnce(
    () => reusableScan(run, exact, policyWithVex, base),
    () => inStage(run, build.name, 'scan', () => scanPublished(run, published, base)),
    gated,
  );
  for (const line of verdictWarnings(verdict)) run.host.log('warning', `${build.name}: ${line}`);
  run.host.log(verdict.kind === 'pass' ? 'info' : 'error', `${build.name}: ${describeVerdict(verdict)}`);
  return { kind: 'scanned', image: { build, verdict: 'unknown', bases: [], published }, scan: { after }, verdict };
}

// A scanned image has no Dockerfile here: only its name and reference are known.
function buildOf(reference: Reference): Build {
  return {
    name: familiar(reference),
    context: '',
    args: {},
    contexts: {},
    platforms: [],
    releases: [reference],
    provenance: {},
  };
}
