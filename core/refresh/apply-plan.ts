import pLimit from 'p-limit';
import { upstreamOf } from '../check/compare.ts';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { shortDigest } from '../oci/digest.ts';
import { familiar } from '../oci/reference.ts';
import { cascadeReason, type PlanStep, type RefreshPlan } from '../plan/plan.ts';
import { earlierTimes } from '../report/trend.ts';
import type { Run } from './context.ts';
import { isUnchanged, whyNotFollow } from './follow-parents.ts';
import { foresee } from './foresee.ts';
import {
  type FailedImage,
  type Finished,
  failureIn,
  type ImageResult,
  type PlannedImage,
  releasedIn,
} from './image-result.ts';
import { preflight } from './preflight.ts';
import { refreshImage } from './refresh-image.ts';
import { onImage } from './stage-times.ts';
import { isStopping, stoppedBefore } from './stopping.ts';

/** Carries the plan out, each image as soon as those that it is built on are finished; a dry run stops at the plan. */
export async function carryOut(run: Run, planned: RefreshPlan): Promise<readonly ImageResult[]> {
  const { levels } = planned;
  const lacks = await preflight(run, planned);
  if (lacks.all !== undefined) return withoutWork(run, planned, lacks.all);
  const finished = new Map<string, ImageResult>();
  const begun = new Map<string, Promise<ImageResult>>();
  // While as many are built, as many others are scanned and tested. Who waits for its parents takes no place.
  const limit = pLimit(2 * run.config.concurrency);
  const toCome = levels.flat().flatMap(({ kind, image }) => (kind === 'rebuild' ? [image.build.name] : []));
  const rebuilds = toCome.length;
  if (rebuilds > 0 && !run.config.dryRun)
    run.host.progress?.expect(toCome, await earlierTimes(run.world, run.config.historyFile), run.config.concurrency);
  const carriedOut = async (step: PlanStep, level: number): Promise<ImageResult> => {
    await Promise.all(parentsOf(step).map((name) => begun.get(name)));
    const lack = lacks.images.get(step.image.build.name);
    const work = () => carryOutStep(run, step, level, new Map(finished), lack);
    const isWork = step.kind === 'rebuild' && !run.config.dryRun;
    const result = await limit(() => (isWork ? onImage(run, step.image.build.name, rebuilds, work) : work()));
    finished.set(step.image.build.name, result);
    return result;
  };
  for (const [level, steps] of levels.entries()) {
    // An image is of a later level than all that it is built on.
    const side = steps.map((step) => [step.image.build.name, carriedOut(step, level)] as const);
    for (const [name, result] of side) begun.set(name, result);
  }
  return Promise.all(begun.values());
}

// Whether they are rebuilt or not: what became of them decides what the image is built on.
function parentsOf({ image }: PlanStep): readonly string[] {
  return image.bases.flatMap(({ parent }) => parent ?? []);
}

// One message for all: what every image lacks is said once.
function withoutWork(run: Run, { levels }: RefreshPlan, failure: Failure): readonly ImageResult[] {
  run.host.log('error', describeFailure(failure));
  return levels.flatMap((steps, level) =>
    steps.map((step): ImageResult => {
      if (step.kind === 'skip') return { kind: 'skipped', image: step.image, level, step };
      return { kind: 'failed', image: step.image, level, step, failure };
    }),
  );
}

async function carryOutStep(
  run: Run,
  step: PlanStep,
  level: number,
  finished: Finished,
  lack: Failure | undefined,
): Promise<ImageResult> {
  const { image } = step;
  const { name } = image.build;
  if (step.kind === 'skip') {
    if (step.failure === undefined) run.host.log('info', `${name}: skipped, ${step.why}`);
    else run.host.log('error', describeFailure(step.failure));
    return { kind: 'skipped', image, level, step };
  }
  run.host.log('info', `${name}: to be rebuilt, ${step.because.join('; ')}`);
  const asked: PlannedImage = { kind: 'planned', image, level, step };
  if (run.config.dryRun) return foreseen(run, asked, finished);
  if (lack !== undefined) return failed(run, asked, lack);
  if (isStopping(run.world)) return failed(run, asked, stoppedBefore(name, 'rebuilt').failure);
  const broken = brokenParents(step.parents, finished);
  const standIns = publishedOf(step, broken, finished);
  if (standIns === undefined) return failed(run, asked, orphaned(name, broken, finished));
  for (const why of standIns) run.host.log('warning', `${name}: ${why}`);
  const planned: PlannedImage = { ...asked, step: { ...step, because: [...step.because, ...standIns] } };
  const why = await whyNotFollow(run, planned.step, finished);
  if (why !== undefined) {
    run.host.log('info', `${name}: skipped, ${why}`);
    return { kind: 'skipped', image, level, step: { kind: 'skip', image, why } };
  }
  const outcome = await attempt(name, () => refreshImage(run, planned, finished));
  if (outcome.kind === 'failed') return failed(run, planned, outcome.failure);
  const failure = failureIn(outcome.value);
  if (failure !== undefined) run.host.log('error', describeFailure(failure));
  return outcome.value;
}

// Said before anything is built, and by runs that build nothing.
async function foreseen(run: Run, planned: PlannedImage, finished: Finished): Promise<PlannedImage> {
  const { name } = planned.image.build;
  const known = await foresee(run, planned, finished);
  if (known.kind === 'engine') run.host.log('info', `${name}: would be rebuilt with ${known.name} (${known.why})`);
  if (known.kind === 'held') run.host.log('warning', `${name}: would be held, ${describeFailure(known.failure)}`);
  return { ...planned, foreseen: known };
}

function failed(run: Run, planned: PlannedImage, failure: Failure): FailedImage {
  run.host.log('error', describeFailure(failure));
  return { ...planned, kind: 'failed', failure };
}

function brokenParents(parents: readonly string[], finished: Finished): readonly string[] {
  return parents.filter((parent) => {
    const result = finished.get(parent);
    return result === undefined || (releasedIn(result) === undefined && !isUnchanged(result));
  });
}

type Rebuild = Extract<PlanStep, { readonly kind: 'rebuild' }>;

/**
 * What an image is built on in place of parents that were not refreshed, in sentences: what they have published stays as
 * it is. Undefined where nothing else is a reason to rebuild it, or a parent has published nothing.
 */
function publishedOf(
  { image, because }: Rebuild,
  broken: readonly string[],
  finished: Finished,
): readonly string[] | undefined {
  const cascades = new Set(broken.map(cascadeReason));
  if (broken.length > 0 && because.every((reason) => cascades.has(reason))) return undefined;
  const sentences: string[] = [];
  for (const parent of broken) {
    const base = image.bases.find((one) => one.parent === parent);
    const digest = base === undefined ? undefined : upstreamOf(base.freshness);
    if (base === undefined || digest === undefined) return undefined;
    const on = `${familiar(base.base.reference)} as published, ${shortDigest(digest)}`;
    sentences.push(`its base ${parent} ${whyHeld(finished.get(parent))}, so it is built on ${on}`);
  }
  return sentences;
}

// A child stands on its parent's candidate: what did not pass there must not reach users through the child.
function orphaned(name: string, [broken = '']: readonly string[], finished: Finished): Failure {
  const fact = `its base ${broken} ${whyHeld(finished.get(broken))}`;
  return fail('parent-failed', name, `${fact}, so it was not rebuilt`, `fix ${broken} first`).failure;
}

function whyHeld(parent: ImageResult | undefined): string {
  switch (parent?.kind) {
    case 'untrusted':
    case 'scanned':
      return parent.verdict.kind === 'fail' ? 'did not pass the gate' : 'was not refreshed';
    case 'refused':
      if (parent.verdict.kind === 'fail') return 'did not pass the gate';
      return parent.validation.kind === 'fail' ? 'did not pass its tests' : 'was not refreshed';
    case 'broken':
      return 'would break the continuity of its published image';
    case 'checked':
    case 'skipped':
    case 'planned':
    case 'failed':
    case 'built':
    case 'unpromoted':
    case 'promoted':
    case 'deployed':
    case 'unread':
    case undefined:
      return 'was not refreshed';
  }
}
