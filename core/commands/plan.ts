import { discoverReleased } from '../check/chosen-release.ts';
import type { Config } from '../config/model.ts';
import { describeFailure } from '../failure.ts';
import { planFleet } from '../fleet/plan-fleet.ts';
import { writeRun } from '../fleet/write-run.ts';
import { plan } from '../plan/plan.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { carryOut } from '../refresh/apply-plan.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { changedBuilds } from '../refresh/changed-bases.ts';
import { checkBuilds } from '../refresh/check-builds.ts';
import { createRun } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { furtherReasons } from '../refresh/further-reasons.ts';
import { warnOfIdleAttestationRules } from '../refresh/sign-stage.ts';

/** `plan`: what a refresh would rebuild, why and in which order; with --matrix, as jobs of a CI host. */
export async function planCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  const { fleetFile } = config.fleet;
  if (fleetFile !== undefined) return planFleet(config, fleetFile, host, world);
  const run = createRun({ ...config, dryRun: true }, host, world);
  if (config.scanner.fetchDatabase === true) await run.scanner.prepare?.();
  const { builds, failures, notices } = await discoverReleased(run, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  warnOfIdleAttestationRules(
    run,
    builds.map(({ build }) => build),
  );
  try {
    const images = await checkBuilds(run, changedBuilds(run, builds));
    const planned = plan(images, { force: config.force, further: await furtherReasons(run, images) });
    const results = await carryOut(run, planned);
    // Before the report, which counts the requests of the run, and by whose end it is known to be of this run.
    const work = await writeRun(run, planned, results);
    return await deliver(run, assembleReport(run, 'plan', results, failures), work);
  } finally {
    await run.trees.close();
  }
}
