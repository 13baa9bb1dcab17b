import { deploy } from '../deploy/deploy.ts';
import { type Deployable, deployable } from '../deploy/deployable.ts';
import { unknownImageWords } from '../deploy/images.ts';
import { type Deployment, deploymentOf } from '../deploy/result.ts';
import { checkTarget, type DeployContext } from '../deploy/target.ts';
import type { Run } from './context.ts';
import { failureIn, type ImageResult, releasedIn } from './image-result.ts';
import { isStopping } from './stopping.ts';

/** Rolls out what this run has promoted, where that is configured, and tells what became of each image. */
export async function deployPromoted(run: Run, results: readonly ImageResult[]): Promise<readonly ImageResult[]> {
  const { targets } = run.config.deploy;
  // Where something went wrong after the promotion, such as a release tag that was lost, a cluster could not pull it.
  const deployables = results.flatMap((result) => {
    const released = failureIn(result) === undefined ? releasedIn(result) : undefined;
    return released === undefined ? [] : [deployable(result.image.build.name, released.promotion)];
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
  for (const target of run.config.deploy.targets) await checkTarget(contextOf(run), target);
}

function contextOf({ config, host, world }: Run): DeployContext {
  return {
    world,
    registry: config.registry,
    secret: (value) => host.secret(value),
    log: (level, line) => host.log(level, line),
    concurrency: config.concurrency,
    dryRun: config.dryRun,
    ...(config.deploy.kubectl === undefined ? {} : { kubectl: config.deploy.kubectl }),
  };
}
