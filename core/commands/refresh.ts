import type { Config } from '../config/model.ts';
import { refreshLeg } from '../fleet/refresh-leg.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { createRun } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { orderly } from '../refresh/stopping.ts';
import { refresh } from '../refresh.ts';

/** `refresh`: the whole run; with --dry-run it ends at the plan. */
export async function refreshCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const run = createRun(config, host, world);
  const { leg } = config.fleet;
  return orderly(world, async () => deliver(run, leg === undefined ? await refresh(run) : await refreshLeg(run, leg)));
}
