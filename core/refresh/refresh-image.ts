import { type CheckedImage, digestSeen } from '../check/checked.ts';
import { upstreamOf } from '../check/compare.ts';
import { releasesOf } from '../check/release-tags.ts';
import { loadPolicyFor } from '../config/per-image.ts';
import type { StandingSignature } from '../continuity/form.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import { type Cleared, clear } from '../gate/clear.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { describeVerdict, type Verdict } from '../gate/verdict.ts';
import { formatReference, withDigest } from '../oci/reference.ts';
import type { CandidateTag } from '../promote/clean-up.ts';
import { digestIn, snapshotReleases, type TagSnapshot } from '../promote/release.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import { given } from '../table.ts';
import { listed } from '../text/words.ts';
import { type AdmittedBuild, admitBuild, rememberForm, rememberPromotion } from './admit-build.ts';
import { orderFor } from './build-order.ts';
import { carryOutBuild } from './carry-out-build.ts';
import type { Run } from './context.ts';
import { asCompressed, continued } from './continuity-stage.ts';
import { fixedByTrial } from './further-reasons.ts';
import {
  type BrokenImage,
  type FailedImage,
  type Finished,
  failureIn,
  type Gated,
  type ImageResult,
  type PlannedImage,
  type PromotedImage,
  type RefusedImage,
  type SkippedImage,
  type UnpromotedImage,
  type UntrustedImage,
} from './image-result.ts';
import { loadTests } from './load-tests.ts';
import { withMadeTags } from './made-tags.ts';
import type { PendingBuild } from './native-parts.ts';
import { promoted, tidyUp } from './promote-stage.ts';
import { scanAndGate } from './scan-and-gate.ts';
import { withAttachedVex } from './scan-stage.ts';
import { verifyBases } from './sign-stage.ts';
import { signAsPublished } from './signer-stage.ts';
import { startedOnce, whyNotRebased, withoutRebase } from './smoke-stage.ts';
import { inStage } from './stage-times.ts';

type Rebuilt = FailedImage | SkippedImage | RefusedImage | BrokenImage | UnpromotedImage | PromotedImage;

/**
 * Rebuilds, scans, tests, gates and promotes one image; throws FailureError where it cannot begin, its release tags untouched.
 * What `auto` rebased and does not start is built instead, in a second pass; `instead` says so then.
 */
export async function refreshImage(
  run: Run,
  planned: PlannedImage,
  finished: Finished,
  instead?: string,
): Promise<ImageResult> {
  const { image } = planned;
  const policy = await loadedPolicy(run, image);
  const tests = await loadTests(run.world, run.config, image.build);
  const releases = await releasesAsSeen(run, image);
  const order = await asCompressed(run, orderFor(run, planned, finished));
  const untrusted = await verifyBases(run, order);
  if (untrusted !== undefined) return held(run, planned, untrusted);
  const admitted = await admitBuild(run, image, order);
  if (admitted.kind === 'repeated') return repeated(run, planned, admitted.why);
  const outcome = await attempt(image.build.name, async (): Promise<Rebuilt | PendingBuild> => {
    const carriedOut = await carryOutBuild(run, admitted);
    if ('kind' in carriedOut) return carriedOut;
    const made = await startedOnce(run, admitted, noted(carriedOut, instead));
    // What is scanned is what is promoted: the candidate is made like the published image before.
    const successor = await continued(run, image, admitted.order, made);
    const { built, continuity, signatures = [] } = successor ?? { built: made };
    await rememberForm(run, admitted, made, built);
    const outcome = await run.slots.validate(() => scanAndGate(run, planned, built, policy, tests));
    const gated = { ...outcome.gated, ...given('continuity', continuity) };
    const idle = planned.step.isTrial === true ? withoutFixes(run, planned, gated, policy) : undefined;
    if (idle !== undefined) return idle;
    const cleared = clear(built, outcome.verdict, outcome.validation);
    if (cleared === undefined) return { ...gated, kind: 'refused' };
    if (continuity !== undefined && continuity.broken.length > 0) return { ...gated, continuity, kind: 'broken' };
    return released(run, gated, { cleared, policy, releases, admitted, signatures });
  });
  const result: Rebuilt | PendingBuild =
    outcome.kind === 'done' ? outcome.value : { ...planned, kind: 'failed', failure: outcome.failure };
  if (result.kind === 'pending') return pending(run, planned, result.why);
  const candidate = await tidyUp(run, admitted.order, result);
  const disproved = candidate?.state === 'lost' ? undefined : whyNotRebased(run, admitted, result);
  if (disproved !== undefined) return refreshImage(withoutRebase(run, disproved), planned, finished, disproved);
  await rememberPromotion(run, admitted, result);
  return candidate === undefined ? result : withCandidate(run, result, candidate);
}

// What was built again to take fixes, and took none, is not worth that anybody pulls it.
function withoutFixes(
  { world, host }: Run,
  planned: PlannedImage,
  { scan }: Gated,
  policy: GatePolicy,
): SkippedImage | FailedImage | undefined {
  const { image, level } = planned;
  const { name } = image.build;
  if (scan.after.kind === 'failed') return undefined;
  const fixed = fixedByTrial(policy, scan, world.now());
  if (fixed === undefined) {
    const fact = 'what is published could not be scanned, so nothing shows what the trial build fixes';
    return { ...planned, kind: 'failed', failure: fail('scan-failed', name, fact).failure };
  }
  if (fixed.length > 0) {
    host.log('info', `${name}: the trial build fixes ${listed(fixed)}`);
    return undefined;
  }
  const why = 'a trial build on the same base takes none of the fixes that are known';
  host.log('info', `${name}: skipped, ${why}`);
  return { kind: 'skipped', image, level, step: { kind: 'skip', image, why } };
}

function noted(built: BuiltImage, note: string | undefined): BuiltImage {
  return note === undefined ? built : { ...built, notes: [...built.notes, note] };
}

interface Release {
  readonly cleared: Cleared<BuiltImage>;
  readonly policy: GatePolicy;
  readonly releases: readonly TagSnapshot[];
  readonly admitted: AdmittedBuild;
  /** Of the published image. */
  readonly signatures: readonly StandingSignature[];
}

// What could not be signed keeps its verdict and its findings.
async function released(
  run: Run,
  gated: Gated,
  { cleared, policy, releases, admitted, signatures }: Release,
): Promise<PromotedImage | UnpromotedImage | BrokenImage> {
  const { name } = gated.image.build;
  const naming = await attempt(name, () => withMadeTags(run, gated, releases, admitted.resumes === true));
  if (naming.kind === 'failed') return { ...gated, kind: 'unpromoted', failure: naming.failure };
  const named = naming.value;
  const signing = () => signAsPublished(run, named.gated, cleared, policy, signatures);
  const signed = await attempt(name, () =>
    run.config.sign === undefined ? signing() : inStage(run, name, 'sign', signing),
  );
  if (signed.kind === 'failed') return { ...gated, kind: 'unpromoted', failure: signed.failure };
  const { continuity } = signed.value;
  if (continuity !== undefined && continuity.broken.length > 0) return { ...gated, continuity, kind: 'broken' };
  const { gated: image, releases: tags } = named;
  return inStage(run, name, 'promote', () => promoted(run, { ...image, ...signed.value }, cleared, tags, admitted));
}

// A release tag that is gone outranks whatever else went wrong, which the log keeps.
function withCandidate({ host }: Run, result: Rebuilt, candidate: CandidateTag): ImageResult {
  const failure = failureIn(result);
  if (candidate.state === 'lost' && failure !== undefined) host.log('error', describeFailure(failure));
  return { ...result, candidate };
}

// Still stale, but the same build would not mend it.
function repeated({ host }: Run, { image, level }: PlannedImage, why: string): SkippedImage {
  host.log('warning', `${image.build.name}: not built again, ${why}`);
  return { kind: 'skipped', image, level, step: { kind: 'skip', image, why } };
}

// Whoever makes the last of its platforms goes on with it.
function pending({ host }: Run, { image, level }: PlannedImage, why: string): SkippedImage {
  host.log('info', `${image.build.name}: ${why}`);
  return { kind: 'skipped', image, level, step: { kind: 'skip', image, why, isPending: true } };
}

// Nothing is built on what policy does not trust.
function held({ host }: Run, planned: PlannedImage, verdict: Verdict): UntrustedImage {
  host.log('error', `${planned.image.build.name}: ${describeVerdict(verdict)}`);
  return { ...planned, kind: 'untrusted', verdict };
}

// Before anything is built: an image is not built for a policy that cannot be read.
async function loadedPolicy(run: Run, { build, bases, published }: CheckedImage): Promise<GatePolicy> {
  const { config, host, world } = run;
  const { policy, notes } = await loadPolicyFor(world, config, build);
  for (const note of notes) host.log('warning', `${build.name}: ${note}`);
  const runtime = bases.find(({ base }) => base.runtime);
  const digest = runtime === undefined ? undefined : upstreamOf(runtime.freshness);
  return withAttachedVex(run, build.name, policy, {
    ...(published === undefined
      ? {}
      : { image: withDigest(published.reference, published.manifest.descriptor.digest) }),
    ...(runtime === undefined || digest === undefined ? {} : { base: withDigest(runtime.base.reference, digest) }),
  });
}

// The release tag must still be what `check` saw: what was published since has not been checked.
async function releasesAsSeen(run: Run, image: CheckedImage): Promise<readonly TagSnapshot[]> {
  const releases = await snapshotReleases(run.registry, releasesOf(image.build));
  const moved = releases.find(({ reference, manifest }) => digestIn(manifest) !== digestSeen(image, reference));
  if (moved === undefined) return releases;
  throw fail(
    'moved',
    formatReference(moved.reference),
    'was published anew while this run was checking it',
    'run again',
  );
}
