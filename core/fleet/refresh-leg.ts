import type { FleetSettings } from '../config/model.ts';
import { attempt } from '../failure.ts';
import { parsePlatform } from '../oci/platform.ts';
import { claimingGuard, type Run } from '../refresh/context.ts';
import { isStopping } from '../refresh/stopping.ts';
import { refresh } from '../refresh.ts';
import type { RefreshReport } from '../report/report.ts';
import { given } from '../table.ts';
import { duration } from '../text/words.ts';
import { refreshFleetLeg } from './fleet-leg.ts';
import { legScope, unsettledParents } from './leg-scope.ts';
import { holdToPlan, type OpenLeg, openLeg } from './open-leg.ts';

/** Does one leg of a run and nothing else. */
export async function refreshLeg(run: Run, given: NonNullable<FleetSettings['leg']>): Promise<RefreshReport> {
  const open = await openLeg(run, given);
  if (open.file.repositories !== undefined) return refreshFleetLeg(run, open, refreshOpen);
  await holdToPlan(run, open);
  return refreshOpen(run, open);
}

/** Does a leg that is known to be of what is here. */
async function refreshOpen(run: Run, open: OpenLeg): Promise<RefreshReport> {
  const platform = open.leg.platform === undefined ? undefined : parsePlatform(open.leg.platform);
  const recipes = new Map(open.file.images.map(({ name, recipe }) => [name, recipe]));
  run.host.log('info', `leg ${open.leg.id} of run ${open.file.id}: ${open.leg.name}`);
  const leg = {
    ...run,
    guard: claimingGuard(run),
    leg: { run: open.file.id, shard: open.leg.id, recipes, ...given('platform', platform) },
  };
  await awaitParents(leg, open);
  return refresh(leg, legScope(leg, open));
}

const longestPause = 15_000;

// Bounded, and by the registry alone: whoever makes the parents, on whatever machine.
async function awaitParents(run: Run, { file, leg }: OpenLeg): Promise<void> {
  const { world, host, config } = run;
  const planned = new Map(file.images.map((image) => [image.name, image]));
  const mine = new Set(leg.images);
  const until = world.now().getTime() + config.fleet.parentWait;
  for (let pause = 1000; ; pause = Math.min(2 * pause, longestPause)) {
    const left = until - world.now().getTime();
    if (left <= 0 || isStopping(world)) return;
    const open = await attempt(leg.id, async () => {
      const found = await Promise.all(
        leg.images.map((name) => unsettledParents(run, planned.get(name)?.parents ?? [], { planned, mine })),
      );
      return found.flat();
    });
    if (open.kind === 'done' && open.value.length === 0) return;
    const names = open.kind === 'done' ? [...new Set(open.value.map(({ image }) => image.name))] : [];
    host.log('debug', `leg ${leg.id}: waits up to ${duration(left)} for ${names.join(', ')}`);
    await world.sleep(Math.min(pause, left));
  }
}
