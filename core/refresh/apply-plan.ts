import pLimit from 'p-limit';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import type { PlanStep, RefreshPlan } from '../plan/plan.ts';
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
import { refreshImage } from './refresh-image.ts';
import { isStopping, stoppedBefore } from './stopping.ts';

/** Carries the plan out level by level, images of a level side by side; a dry run stops at the plan. */
export async function carryOut(run: Run, { levels }: RefreshPlan): Promise<readonly ImageResult[]> {
  const finished = new Map<string, ImageResult>();
  // While as many are built, as many others are scanned and tested.
  const limit = pLimit(2 * run.config.concurrency);
  for (const [level, steps] of levels.entries()) {
    const results = await Promise.all(
      steps.map((step) => limit(() => carryOutStep(run, step, level, new Map(finished)))),
    );
    for (const result of results) finished.set(result.image.build.name, result);
  }
  return [...finished.values()];
}

async function carryOutStep(run: Run, step: PlanStep, level: number, finished: Finished): Promise<ImageResult> {
  const { image } = step;
  const { name } = image.build;
  if (step.kind === 'skip') {
    if (step.failure === undefined) run.host.log('info', `${name}: skipped, ${step.why}`);
    else run.host.log('error', describeFailure(step.failure));
    return { kind: 'skipped', image, level, step };
  }
  run.host.log('info', `${name}: to be rebuilt, ${step.because.join('; ')}`);
  const planned: PlannedImage = { kind: 'planned', image, level, step };
  if (run.config.dryRun) return foreseen(run, planned, finished);
  if (isStopping(run.world)) return failed(run, planned, stoppedBefore(name, 'rebuilt').failure);
  const orphan = brokenParent(name, step.parents, finished);
  if (orphan !== undefined) return failed(run, planned, orphan);
  const why = await whyNotFollow(run, step, finished);
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
  const known = await foresee(run, planned.image, finished);
  if (known.kind === 'engine') run.host.log('info', `${name}: would be rebuilt with ${known.name} (${known.why})`);
  if (known.kind === 'held') run.host.log('warning', `${name}: would be held, ${describeFailure(known.failure)}`);
  return { ...planned, foreseen: known };
}

function failed(run: Run, planned: PlannedImage, failure: Failure): FailedImage {
  run.host.log('error', describeFailure(failure));
  return { ...planned, kind: 'failed', failure };
}

// A child stands on its parent's candidate: what did not pass there must not reach users through the child.
function brokenParent(name: string, parents: readonly string[], finished: Finished): Failure | undefined {
  const broken = parents.find((parent) => {
    const result = finished.get(parent);
    return result === undefined || (releasedIn(result) === undefined && !isUnchanged(result));
  });
  if (broken === undefined) return undefined;
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
