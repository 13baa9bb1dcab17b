import type { Deployable } from './deployable.ts';
import { isHealthy, type TargetResult } from './result.ts';
import type { DeployTarget } from './settings.ts';
import { type DeployContext, deployToTarget } from './target.ts';

export type { DeployContext } from './target.ts';

/** Rolls promoted images out to targets, one after the other; what follows one that is not known to be well is held. */
export async function deploy(
  context: DeployContext,
  targets: readonly DeployTarget[],
  deployables: readonly Deployable[],
): Promise<readonly TargetResult[]> {
  const results: TargetResult[] = [];
  for (const target of targets) {
    const before = results.find((result) => !isWell(result));
    if (before === undefined) results.push(await deployToTarget(context, target, deployables));
    else results.push(held(context, target, before));
  }
  return results;
}

function isWell({ state, workloads }: TargetResult): boolean {
  return state === 'done' && workloads.every(isHealthy);
}

function held({ log }: DeployContext, { name }: DeployTarget, before: TargetResult): TargetResult {
  const why = `${before.target} is not known to be well`;
  log('warning', `${name}: held, ${why}`);
  return { target: name, state: 'held', workloads: [], notes: [], why };
}
