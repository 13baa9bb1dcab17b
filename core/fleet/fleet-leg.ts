import { attempt, describeFailure, type Failure } from '../failure.ts';
import { reportOf } from '../refresh/assemble-report.ts';
import type { Run } from '../refresh/context.ts';
import { mergeReports } from '../report/merge.ts';
import type { RefreshReport } from '../report/report.ts';
import { cloneMember } from '../source/clone.ts';
import { asFleet, partsOfLeg } from './join-runs.ts';
import { runOfMember } from './member.ts';
import { holdToPlan, type OpenLeg } from './open-leg.ts';
import { readFleetFile } from './read-fleet.ts';
import { type Tokens, tokensOf } from './tokens.ts';

type RefreshOpen = (run: Run, open: OpenLeg) => Promise<RefreshReport>;

/** Does a leg of a fleet: part by part, each in a clone of its repository at the commit that was planned. */
export async function refreshFleetLeg(run: Run, open: OpenLeg, refreshOpen: RefreshOpen): Promise<RefreshReport> {
  const { world, host } = run;
  const { fleetFile } = run.config.fleet;
  const tokens: Tokens =
    fleetFile === undefined
      ? async () => undefined
      : tokensOf(world, await readFleetFile(world, fleetFile), (value) => host.secret(value));
  const reports: RefreshReport[] = [];
  const failures: Failure[] = [];
  // One after the other: a part may build on what the one before has released.
  for (const part of partsOfLeg(open)) {
    const done = await attempt(part.repository.name, () => refreshPart(run, part, tokens, refreshOpen));
    if (done.kind === 'done') reports.push(done.value);
    else {
      host.log('error', describeFailure(done.failure));
      failures.push(done.failure);
    }
  }
  const whole = mergeReports([reportOf(run, 'refresh', [], failures), ...reports]);
  return { ...whole, run: { id: open.file.id, shard: open.leg.id } };
}

async function refreshPart(
  run: Run,
  part: ReturnType<typeof partsOfLeg>[number],
  tokens: Tokens,
  refreshOpen: RefreshOpen,
): Promise<RefreshReport> {
  const { world } = run;
  const { name, url, commit, inputs } = part.repository;
  const place = await world.files.temporaryDirectory('base-image-refresh-fleet');
  try {
    const token = await tokens(url);
    const clone = await cloneMember(world, { name, url }, { commit, token, place });
    const own = Object.fromEntries(inputs.map((input) => [input.name, input.value]));
    const member = await runOfMember(run, { name, inputs: own }, clone);
    await holdToPlan(member, part);
    return asFleet(await refreshOpen(member, part), name);
  } finally {
    await world.files.remove(place);
  }
}
