import { makesTags } from '../check/chosen-release.ts';
import { deploy } from '../deploy/deploy.ts';
import { type Deployable, deployable } from '../deploy/deployable.ts';
import { unknownImageWords } from '../deploy/images.ts';
import { type Deployment, deploymentOf } from '../deploy/result.ts';
import { checkTarget, type DeployContext } from '../deploy/target.ts';
import type { Promotion } from '../promote.ts';
import type { Run } from './context.ts';
import { failureIn, type ImageResult, releasedIn } from './image-result.ts';
import { isStopping } from './stopping.ts';
import { checkRepository, writeBack } from './write-back.ts';

/** Rolls out what this run has promoted, where that is configured, and tells what became of each image. */
export async function deployPromoted(run: Run, results: readonly ImageResult[]): Promise<readonly ImageResult[]> {
  const { targets } = run.config.deploy;
  // Where something went wrong after the promotion, such as a release tag that was lost, a cluster could not pull it.
  const deployables = results.flatMap((result) => {
    const released = failureIn(result) === undefined ? releasedIn(result) : undefined;
    return released === undefined ? [] : [deployableOf(result, released.promotion)];
  });
  if (targets.length === 0 || deployables.length === 0) return results;
  if (isStopping(run.world)) {
    run.host.log('warning', 'nothing was deployed: the run was asked to stop; deploy does it from the report');
    return results;
  }
  const deployments = await deployAll(run, deployables);
  return results.map((result) => {
    const released = releasedIn(result);
    const deployment = deployments.get(result.image.build.name);
    if (released === undefined || deployment === undefined) return result;
    return { ...released, kind: 'deployed', deployment };
  });
}

// What runs the tag that a rule chose follows the tag that was made in its place.
function deployableOf({ image: { build, published } }: ImageResult, promotion: Promotion): Deployable {
  const [made] = promotion.tags;
  const isReplaced = makesTags(build) && published !== undefined && made !== undefined;
  const replaced = isReplaced
    ? [{ reference: published.reference, previous: published.manifest.descriptor.digest, successor: made.reference }]
    : [];
  return deployable(build.name, promotion, build.name, replaced);
}

/** Rolls promoted images out to all targets of the configuration; answers by the name of the image. */
export async function deployAll(
  run: Run,
  deployables: readonly Deployable[],
): Promise<ReadonlyMap<string, Deployment>> {
  const done = await deploy(contextOf(run), run.config.deploy.targets, deployables);
  return new Map(deployables.map((each) => [each.image, deploymentOf(each, done)]));
}

/** Warns of names in `images` of targets that are of no image. */
export function warnOfUnknownImages({ config, host }: Run, found: readonly string[]): void {
  const known = [...found, ...config.images.flatMap(({ name, dockerfile }) => name ?? dockerfile ?? [])];
  for (const words of unknownImageWords(config.deploy.targets, known)) host.log('warning', words);
}

/** Finds out before anything is built whether targets can be deployed to, as far as that shows here; throws where not. */
export async function prepareDeployment(run: Run): Promise<void> {
  for (const target of run.config.deploy.targets) {
    if (target.git !== undefined) checkRepository(run, target.git);
    else await checkTarget(contextOf(run), target);
  }
}

function contextOf(run: Run): DeployContext {
  const { config, host, world } = run;
  return {
    writeBack: (target, git, deployables) => writeBack(run, target, git, deployables),
    world,
    registry: config.registry,
    secret: (value) => host.secret(value),
    log: (level, line) => host.log(level, line),
    concurrency: config.concurrency,
    dryRun: config.dryRun,
    ...(config.deploy.kubectl === undefined ? {} : { kubectl: config.deploy.kubectl }),
  };
}
