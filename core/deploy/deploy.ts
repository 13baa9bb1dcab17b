import type { Deployable } from './deployable.ts';
import { isHealthy, type TargetResult } from './result.ts';
import type { DeployTarget } from './settings.ts';
import { type DeployContext, deployToTarget, takenBy } from './target.ts';

export { checkTarget, type DeployContext } from './target.ts';

/** Rolls promoted images out to targets, one after the other; what follows one that is not known to be healthy is held. */
export async function deploy(
  context: DeployContext,
  targets: readonly DeployTarget[],
  deployables: readonly Deployable[],
): Promise<readonly TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of targets) {
    const before = results.find((result) => !isWell(result));
    if (before === undefined) results.push(await deployToTarget(context, target, deployables));
    else results.push(held(context, target, before, deployables));
  }
  return results;
}

function isWell({ state, workloads }: TargetResult): boolean {
  return state === 'done' && workloads.every(isHealthy);
}

function held(
  { log }: DeployContext,
  target: DeployTarget,
  before: TargetResult,
  deployables: readonly Deployable[],
): TargetResult {
  const why = `${before.target} is not known to be healthy`;
  const images = takenBy(target, deployables).map(({ image }) => image);
  log('warning', `${target.name}: held, ${why}`);
  return { target: target.name, images, state: 'held', workloads: [], notes: [], why };
}
