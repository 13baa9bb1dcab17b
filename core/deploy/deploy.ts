import type { Deployable } from './deployable.ts';
import { takenBy } from './images.ts';
import { isHealthy, type TargetResult } from './result.ts';
import type { DeployTarget } from './settings.ts';
import { type DeployContext, deployToTarget } from './target.ts';

/** Rolls promoted images out to targets, one after the other; what follows one that is not known to be healthy is held. */
export async function deploy(
  context: DeployContext,
  targets: readonly DeployTarget[],
  deployables: readonly Deployable[],
): Promise<readonly TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of targets) {
    const before = results.find((result) => !isWell(result));
    if (before === undefined) results.push(await deployTo(context, target, deployables));
    else results.push(held(context, target, before, deployables));
  }
  return results;
}

function deployTo(
  context: DeployContext,
  target: DeployTarget,
  deployables: readonly Deployable[],
): Promise<TargetResult> {
  const { git } = target;
  return git === undefined ? deployToTarget(context, target, deployables) : context.writeBack(target, git, deployables);
}

// Where nothing runs what it takes, nothing has shown that it works: the namespace may be mistyped.
function isWell(result: TargetResult): boolean {
  const { state, workloads, written = [] } = result;
  return state === 'done' && !isEmpty(result) && workloads.every(isHealthy) && written.length === 0;
}

function isEmpty({ images, workloads, written }: TargetResult): boolean {
  return images.length > 0 && workloads.length === 0 && written === undefined;
}

function held(
  { log }: DeployContext,
  target: DeployTarget,
  before: TargetResult,
  deployables: readonly Deployable[],
): TargetResult {
  const isNowhere = before.state === 'done' && isEmpty(before);
  const why = isNowhere
    ? `no workload of ${before.target} runs the promoted releases`
    : `${before.target} is not known to be healthy`;
  const images = takenBy(target, deployables).map(({ image }) => image);
  log('warning', `${target.name}: held, ${why}`);
  return { target: target.name, images, state: 'held', workloads: [], notes: [], why };
}
