import pLimit from 'p-limit';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import type { RefreshPlan, Step } from '../plan/plan.ts';
import type { Run } from './context.ts';
import { isUnchanged, whyNotFollow } from './follow-parents.ts';
import type { Finished, ImageResult } from './image-result.ts';
import { refreshImage } from './refresh-image.ts';
import { isStopping, stoppedBefore } from './stopping.ts';

/** Carries the plan out level by level, images of a level side by side; a dry run stops at the plan. */
export async function carryOut(run: Run, { levels }: RefreshPlan): Promise<readonly ImageResult[]> {
  const finished = new Map<string, ImageResult>();
  // While as many are built, as many others are judged.
  const limit = pLimit(2 * run.config.concurrency);
  for (const [level, steps] of levels.entries()) {
    const results = await Promise.all(
      steps.map((step) => limit(() => carryOutStep(run, step, level, new Map(finished)))),
    );
    for (const result of results) finished.set(result.image.build.name, result);
  }
  return [...finished.values()];
}

async function carryOutStep(run: Run, step: Step, level: number, finished: Finished): Promise<ImageResult> {
  const { image } = step;
  const { name } = image.build;
  const plain: ImageResult = { image, step, level, failure: null };
  if (step.kind === 'skip') {
    if (step.failure === null) run.host.log('info', `${name}: skipped, ${step.why}`);
    else run.host.log('error', describeFailure(step.failure));
    return { ...plain, failure: step.failure };
  }
  run.host.log('info', `${name}: to be rebuilt, ${step.because.join('; ')}`);
  if (run.config.dryRun) return plain;
  if (isStopping(run.world)) return failed(run, plain, stoppedBefore(name, 'rebuilt').failure);
  const orphan = brokenParent(name, step.parents, finished);
  if (orphan !== undefined) return failed(run, plain, orphan);
  const why = await whyNotFollow(run, step, finished);
  if (why !== undefined) {
    run.host.log('info', `${name}: skipped, ${why}`);
    return { ...plain, step: { kind: 'skip', image, why, failure: null } };
  }
  const outcome = await attempt(name, () => refreshImage(run, plain, finished));
  if (outcome.kind === 'failed') return failed(run, plain, outcome.failure);
  if (outcome.value.failure !== null) run.host.log('error', describeFailure(outcome.value.failure));
  return outcome.value;
}

function failed(run: Run, plain: ImageResult, failure: Failure): ImageResult {
  run.host.log('error', describeFailure(failure));
  return { ...plain, failure };
}

// A child stands on its parent's candidate: what did not pass there must not reach users through the child.
function brokenParent(name: string, parents: readonly string[], finished: Finished): Failure | undefined {
  const broken = parents.find((parent) => {
    const result = finished.get(parent);
    return result?.promotion === undefined && !isUnchanged(result);
  });
  if (broken === undefined) return undefined;
  const fact = `its base ${broken} ${whyHeld(finished.get(broken))}`;
  return fail('parent-failed', name, `${fact}, so it was not rebuilt`, `fix ${broken} first`).failure;
}

function whyHeld(parent: ImageResult | undefined): string {
  if (parent?.verdict?.kind === 'fail') return 'did not pass the gate';
  return parent?.validation?.kind === 'fail' ? 'did not pass its tests' : 'was not refreshed';
}
