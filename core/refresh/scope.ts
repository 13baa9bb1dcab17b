import type { DiscoveredBuild } from '../discover/build.ts';
import type { RefreshPlan } from '../plan/plan.ts';
import type { Registry } from '../registry/registry.ts';

/** Which part of the work a run does, and on what it was agreed to do it. */
export interface RunScope {
  /** Where bases are read that were compared by the plan already. */
  readonly registry: Registry;
  readonly select: (builds: readonly DiscoveredBuild[]) => readonly DiscoveredBuild[];
  /** The plan as it still holds. */
  readonly fit: (plan: RefreshPlan) => Promise<RefreshPlan>;
}
