import type { CheckedImage } from '../check/checked.ts';
import { upstreamOf } from '../check/compare.ts';
import { releasesOf } from '../check/release-tags.ts';
import { policyFor } from '../config/per-image.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import { type Cleared, clear } from '../gate/clear.ts';
import { loadPolicy } from '../gate/load-policy.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { describeVerdict, type Verdict } from '../gate/verdict.ts';
import { formatReference, withDigest } from '../oci/reference.ts';
import type { CandidateTag } from '../promote/clean-up.ts';
import { type Release, snapshotReleases } from '../promote/release.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import { admitBuild, carryOutBuild, rememberPromotion } from './admit-build.ts';
import { orderFor } from './build-order.ts';
import type { Run } from './context.ts';
import type { Finished, ImageResult } from './image-result.ts';
import { loadTests } from './load-tests.ts';
import { promoted, tidyUp } from './promote-stage.ts';
import { judgeBuilt } from './scan-and-gate.ts';
import { withAttachedVex } from './scan-stage.ts';
import { judgeBases, signCleared } from './sign-stage.ts';

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
    const built = await carryOutBuild(run, admitted);
    const judged = await run.slots.judge(() => judgeBuilt(run, { ...planned, built }, policy, tests));
    const cleared = clear(built, judged.judgement, judged.validation);
    if (cleared === undefined) return judged.result;
    return released(run, judged.result, cleared, policy, releases);
  });
  const result = outcome.kind === 'done' ? outcome.value : { ...planned, failure: outcome.failure };
  const candidate = await tidyUp(run, order);
  await rememberPromotion(run, admitted, result);
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
