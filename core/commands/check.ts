import { strayTags } from '../check/checked.ts';
import { discoverReleased } from '../check/chosen-release.ts';
import type { Config } from '../config/model.ts';
import { type ImageAlone, imagesNamed, isImageOperand, parseImageList } from '../discover/listed-images.ts';
import { readNamedFile } from '../discover/read-file.ts';
import { describeFailure } from '../failure.ts';
import { planFleet } from '../fleet/plan-fleet.ts';
import { writeRun } from '../fleet/write-run.ts';
import { parseReference } from '../oci/reference.ts';
import { plan, strayReason } from '../plan/plan.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { changedBuilds } from '../refresh/changed-bases.ts';
import { checkBuilds } from '../refresh/check-builds.ts';
import { createRun } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { checkListed } from '../refresh/described-image.ts';
import { warnOfIdleAttestationRules } from '../refresh/sign-stage.ts';
import { checkReferences } from './check-references.ts';

/** `check`: a verdict for each image and base, nothing changed anywhere. */
export async function checkCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  if (config.references) return checkReferences(config, host, world);
  const { fleetFile } = config.fleet;
  if (fleetFile !== undefined) return planFleet(config, fleetFile, host, world);
  const run = createRun(config, host, world);
  const named = await namedImages(config, world);
  const found = named.length > 0 ? undefined : await discoverReleased(run, config, { takesImages: true });
  const { builds = [], failures = [], notices = [], listed = named } = found ?? {};
  for (const notice of notices) host.log('warning', describeFailure(notice));
  warnOfIdleAttestationRules(run, [...builds.map(({ build }) => build), ...listed]);
  const checked = async () => [
    ...(await checkBuilds(run, changedBuilds(run, builds))),
    ...(await checkListed(run, listed)),
  ];
  const images = await checked().finally(() => run.trees.close());
  for (const image of images) {
    for (const tag of strayTags(image)) host.log('warning', `${image.build.name}: ${strayReason(tag)}`);
  }
  // Before the report, which counts the requests of the run, and by whose end it is known to be of this run.
  const work = await writeRun(run, plan(images, config));
  const report = assembleReport(
    run,
    'check',
    images.map((image) => ({ kind: 'checked', image })),
    failures,
  );
  return deliver(run, report, work);
}

const largestList = 1024 * 1024;

// Images that are named on the command line or in a file need no repository around them.
async function namedImages({ operands, imageList, root }: Config, world: World): Promise<readonly ImageAlone[]> {
  const named = operands.filter(isImageOperand).map(parseReference);
  if (imageList === undefined) return imagesNamed(named);
  const text = Buffer.from(await readNamedFile(world, root, imageList, largestList)).toString('utf8');
  return imagesNamed([...named, ...parseImageList(text, imageList)]);
}
