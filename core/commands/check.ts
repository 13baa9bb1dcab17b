import { strayTags } from '../check/checked.ts';
import type { Config } from '../config/model.ts';
import { discover } from '../discover/discover.ts';
import { describeFailure } from '../failure.ts';
import { writeRun } from '../fleet/write-run.ts';
import { plan, strayReason } from '../plan/plan.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { dependantsOf } from '../refresh/changed-bases.ts';
import { checkBuilds } from '../refresh/check-builds.ts';
import { createRun } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { checkReferences } from './check-references.ts';

/** `check`: a verdict for each image and base, nothing changed anywhere. */
export async function checkCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  if (config.references) return checkReferences(config, host, world);
  const run = createRun(config, host, world);
  const { builds, failures, notices } = await discover(world, config);
  for (const notice of notices) host.log('warning', describeFailure(notice));
  const images = await checkBuilds(run, dependantsOf(builds, config.fleet.changedBases));
  for (const image of images) {
    for (const tag of strayTags(image)) host.log('warning', `${image.build.name}: ${strayReason(tag)}`);
  }
  const report = assembleReport(
    run,
    'check',
    images.map((image) => ({ kind: 'checked', image })),
    failures,
  );
  return deliver(run, report, await writeRun(run, plan(images, config)));
}
