import type { Finished, ImageResult } from './carry-out.ts';
import type { CheckedBase, CheckedImage } from './checked.ts';
import { type Cleared, clear, type Judgement, judge } from './clear.ts';
import { upstreamOf } from './compare.ts';
import type { Run } from './context.ts';
import { attempt, describeFailure, type Failure, FailureError, fail } from './failure.ts';
import { describeVerdict, type GatePolicy, loadPolicy, type Verdict } from './gate.ts';
import { withHardening } from './hardening-stage.ts';
import { engineFor, policyFor } from './image-settings.ts';
import type { Digest } from './oci/digest.ts';
import { familiar, formatReference, withDigest } from './oci/reference.ts';
import { type CandidateTag, type Release, snapshotReleases } from './promote.ts';
import { promoted, tidyUp } from './promote-stage.ts';
import { annotationsFor, candidateFor } from './rebuild/candidate.ts';
import { chooseEngine } from './rebuild/choose.ts';
import type { BuildOrder, BuiltImage, Pin } from './rebuild/engine.ts';
import { admitBuild, carryOutBuild, rememberPromotion, withPackages } from './rebuild-once.ts';
import { releasesOf } from './release-tags.ts';
import type { ScanReport } from './scan/finding.ts';
import { findingsOf, scanBuilt, scanPublished } from './scan-stage.ts';
import { judgeBases, signCleared } from './sign-stage.ts';
import { describeChanges, describeValidation } from './validate/describe.ts';
import { loadTests, type Tests } from './validate/load.ts';
import { validate } from './validate/validate.ts';
import type { Validation } from './validate/validation.ts';
import { withAttachedVex } from './vex-stage.ts';

/** Rebuilds, scans, tests, gates and promotes one image; throws FailureError where it cannot begin, its release tags untouched. */
export async function refreshImage(run: Run, planned: ImageResult, finished: Finished): Promise<ImageResult> {
  const { image } = planned;
  const policy = await loadedPolicy(run, image);
  const tests = await loadTests(run.world, run.config, image.build);
  const releases = await releasesAsSeen(run, image);
  const order = orderFor(run, image, finished);
  const untrusted = await judgeBases(run, order);
  if (untrusted !== undefined) return held(run, { ...planned, verdict: untrusted }, untrusted);
  const admitted = await admitBuild(run, image, order);
  if (admitted.kind === 'repeated') return repeated(run, planned, admitted.why);
  const outcome = await attempt(image.build.name, async () => {
    const built = await carryOutBuild(run, order, admitted);
    const judged = await run.slots.judge(() => judgeBuilt(run, { ...planned, built }, policy, tests));
    const cleared = clear(built, judged.judgement, judged.validation);
    if (cleared === undefined) return judged.result;
    return released(run, judged.result, cleared, policy, releases);
  });
  const result = outcome.kind === 'done' ? outcome.value : { ...planned, failure: outcome.failure };
  const candidate = await tidyUp(run, order);
  await rememberPromotion(admitted, result);
  return candidate === undefined ? result : withCandidate(run, result, candidate);
}

// What could not be signed keeps its verdict and its findings.
async function released(
  run: Run,
  result: ImageResult,
  cleared: Cleared<BuiltImage>,
  policy: GatePolicy,
  releases: readonly Release[],
): Promise<ImageResult> {
  const signed = await attempt(result.image.build.name, () => signCleared(run, result, cleared, policy));
  if (signed.kind === 'failed') return { ...result, failure: signed.failure };
  const signature = signed.value;
  return promoted(run, signature === undefined ? result : { ...result, signature }, cleared, releases);
}

// A release tag that is gone outranks whatever else went wrong, which the log keeps.
function withCandidate({ host }: Run, result: ImageResult, candidate: CandidateTag): ImageResult {
  if (candidate.state !== 'lost') return { ...result, candidate };
  if (result.failure !== null) host.log('error', describeFailure(result.failure));
  return { ...result, candidate, failure: candidate.failure };
}

// Still stale, but the same build would not mend it.
function repeated({ host }: Run, result: ImageResult, why: string): ImageResult {
  const { image } = result;
  host.log('warning', `${image.build.name}: not built again, ${why}`);
  return { ...result, step: { kind: 'skip', image, why, failure: null } };
}

// Nothing is built on what policy does not trust.
function held({ host }: Run, result: ImageResult, verdict: Verdict): ImageResult {
  host.log('error', `${result.image.build.name}: ${describeVerdict(verdict)}`);
  return result;
}

interface Judged {
  readonly result: ImageResult;
  readonly judgement: Judgement;
  readonly validation: Validation;
}

async function judgeBuilt(
  run: Run,
  result: ImageResult & { readonly built: BuiltImage },
  policy: GatePolicy,
  tests: Tests,
): Promise<Judged> {
  const { image, built } = result;
  const { name } = image.build;
  const runtime = built.pinned.find(({ base }) => base.runtime)?.base.reference;
  const [scan, before, validation, compared] = await Promise.all([
    scanBuilt(run, built).then(async ({ digest, report }) => ({
      digest,
      report: await withHardening(run, built.reference, runtime, policy, report),
    })),
    scanBefore(run, image),
    validate(run, built, tests, image.published),
    withPackages(run, image, built),
  ]);
  const judgement = judge(policy, scan, findingsOf(before), run.world.now());
  const { verdict } = judgement;
  run.host.log(verdict.kind === 'pass' ? 'info' : 'error', `${name}: ${describeVerdict(verdict)}`);
  tellTests(run, name, validation);
  const after = scan.report;
  return {
    judgement,
    validation,
    result: {
      ...result,
      built: compared,
      scan: before === undefined ? { after } : { after, before },
      verdict,
      validation,
      failure: inconclusiveIn(verdict) ?? inconclusiveIn(validation) ?? null,
    },
  };
}

function tellTests({ host }: Run, name: string, validation: Validation): void {
  const [tested, changed] = [describeValidation(validation), describeChanges(validation)];
  if (tested !== undefined) host.log(validation.kind === 'pass' ? 'info' : 'error', `${name}: ${tested}`);
  if (changed !== undefined) host.log('info', `${name}: ${changed}`);
}

function inconclusiveIn(judged: Verdict | Validation): Failure | undefined {
  return judged.kind === 'inconclusive' ? judged.failure : undefined;
}

// Before anything is built: a policy that cannot be read judges nothing.
async function loadedPolicy(run: Run, { build, bases, published }: CheckedImage): Promise<GatePolicy> {
  const { config, host, world } = run;
  const { policy, notes } = await loadPolicy(world, config.root, policyFor(config, build), build.releases[0]);
  for (const note of notes) host.log('warning', `${build.name}: ${note}`);
  const runtime = bases.find(({ base }) => base.runtime);
  const digest = runtime === undefined ? null : upstreamOf(runtime.freshness);
  return withAttachedVex(run, build.name, policy, {
    ...(published === null ? {} : { image: withDigest(published.reference, published.manifest.descriptor.digest) }),
    ...(runtime === undefined || digest === null ? {} : { base: withDigest(runtime.base.reference, digest) }),
  });
}

function scanBefore(run: Run, { published, bases }: CheckedImage): Promise<ScanReport> | undefined {
  if (published === null) return undefined;
  const runtime = bases.find(({ base }) => base.runtime);
  const recorded = runtime?.baseline.kind === 'recorded' ? runtime.baseline.digest : undefined;
  const base =
    runtime === undefined || recorded === undefined ? undefined : withDigest(runtime.base.reference, recorded);
  // It is only compared with: what a service does not have at hand is not waited for.
  return scanPublished(run, published, base, { atHand: true });
}

// The release tag must still be what `check` judged: what somebody published since has not been looked at.
async function releasesAsSeen(run: Run, image: CheckedImage): Promise<readonly Release[]> {
  const releases = await snapshotReleases(run.registry, releasesOf(image.build));
  const seen = [
    image.published?.manifest.descriptor.digest ?? null,
    ...(image.further ?? []).map(({ digest }) => digest),
  ];
  const moved = releases.find(
    ({ manifest }, at) => at < seen.length && (manifest?.descriptor.digest ?? null) !== seen[at],
  );
  if (moved === undefined) return releases;
  throw fail(
    'moved',
    formatReference(moved.reference),
    'was published anew while this run was checking it',
    'run again',
  );
}

/** Has the engine that suits make the candidate. */
export async function rebuild(run: Run, order: BuildOrder): Promise<BuiltImage> {
  const { name } = order.build;
  const { engine, why } = await chooseEngine(run.engines, engineFor(run.config, order.build), order);
  run.host.log('info', `${name}: rebuilding with ${engine.name} (${why})`);
  const built = await engine.rebuild(order);
  for (const note of built.notes) run.host.log('info', `${name}: ${note}`);
  return built;
}

/** All that an engine is told of an image: its bases at the digests that were compared, and where the candidate goes. */
export function orderFor(run: Run, image: CheckedImage, finished: Finished): BuildOrder {
  const { build, published } = image;
  const [release] = build.releases;
  if (release === undefined) throw fail('config', build.name, 'has no release tag', 'name its image');
  const pins = image.bases.map((checked) => pinFor(checked, finished));
  return {
    build,
    root: run.config.root,
    pins,
    candidate: candidateFor(release, run.world),
    annotations: annotationsFor(pins),
    ...(published === null ? {} : { published }),
  };
}

function pinFor(checked: CheckedBase, finished: Finished): Pin {
  const { base, baseline, parent } = checked;
  const from = baseline.kind === 'recorded' ? { from: baseline.digest } : {};
  const built = parent === undefined ? undefined : finished.get(parent)?.built;
  if (built !== undefined) return { base, digest: built.digest, source: built.reference, ...from };
  const digest = upstreamDigest(checked);
  return { base, digest, source: withDigest(base.reference, digest), ...from };
}

function upstreamDigest({ base, freshness }: CheckedBase): Digest {
  switch (freshness.kind) {
    case 'current':
      return freshness.digest;
    case 'stale':
    case 'unchanged-for-platforms':
    case 'unchanged-packages':
    case 'settling':
    case 'unrecorded':
    case 'platform-missing':
      return freshness.to;
    case 'missing':
      if (freshness.to !== null) return freshness.to;
      throw fail('not-found', familiar(base.reference), 'has never been published', 'publish it first');
    case 'unknown':
      throw new FailureError(freshness.failure);
  }
}
