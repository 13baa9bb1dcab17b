import { join } from 'node:path';
import type { Config } from '../config/model.ts';
import { type Deployable, deployable } from '../deploy/deployable.ts';
import { untakenWords } from '../deploy/images.ts';
import { failureOfDeployment } from '../deploy/result.ts';
import { attempt, describeFailure, fail } from '../failure.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { reportOf } from '../refresh/assemble-report.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { deployAll, warnOfUnknownImages } from '../refresh/deploy-stage.ts';
import { whyUnproven } from '../refresh/promotion-evidence.ts';
import { reportedDeployment } from '../report/deployment.ts';
import { loadPromoted, type Promoted } from '../report/promoted.ts';
import { type Released, releasedNow } from '../report/released.ts';
import type { ReportedImage } from '../report/report.ts';
import { inputLabel } from '../settings/input.ts';

/** `deploy`: rolls out what earlier runs promoted, as their saved reports and records tell. */
export async function deployCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  if (config.deploy.targets.length === 0) throw noTarget();
  // Its own report stands beside the one of the run that promoted, and never in its place.
  const run = createRun({ ...config, outputDirectory: join(config.outputDirectory, 'deploy') }, host, world);
  const loaded = await loadPromoted(world, config);
  for (const failure of loaded.refused) host.log('warning', describeFailure(failure));
  warnOfUnknownImages(run, loaded.images);
  const released = await Promise.all(
    (await releasedNow(run.registry, loaded.promoted)).map((each) => provenRelease(run, each)),
  );
  const due = released.flatMap((each) => (each.kind === 'released' ? [deployableIn(each.promoted)] : []));
  for (const words of untakenWords(config.deploy.targets, due)) host.log('warning', words);
  const deployments = await deployAll(run, due);
  const images = released.map((each): ReportedImage => {
    const { image } = each.promoted;
    if (each.kind === 'withdrawn') {
      host.log('error', describeFailure(each.failure));
      return { ...image, deployment: null, failure: each.failure };
    }
    const deployment = deployments.get(image.name);
    if (deployment === undefined) return { ...image, deployment: null, failure: null };
    const failure = failureOfDeployment(image.name, deployment) ?? null;
    return { ...image, deployment: reportedDeployment(deployment), failure };
  });
  return deliver(run, reportOf(run, 'deploy', images, []));
}

// A report can be written by anybody who may change it on its way here: what the registry does not bear out is not rolled out.
async function provenRelease(run: Run, each: Released): Promise<Released> {
  if (each.kind === 'withdrawn') return each;
  const { promoted } = each;
  const { promotion } = promoted;
  const [first] = promotion.tags;
  if (first === undefined) return each;
  const found = await attempt(promoted.image.name, () => whyUnproven(run, promotion.digest, promotion.tags));
  if (found.kind === 'failed') return { kind: 'withdrawn', promoted, failure: found.failure };
  const why = found.value;
  if (why === undefined) return each;
  const exact = `${first.reference}@${promotion.digest}`;
  if (run.config.force && run.config.operands.includes(exact)) {
    run.host.log('warning', `${promoted.image.name}: rolled out because the run names it, though ${why}`);
    return each;
  }
  const force = inputLabel(run.host.kind, 'force');
  const remedy = `refresh it, or name it with ${force} to roll it out all the same: deploy ${exact}`;
  return { kind: 'withdrawn', promoted, failure: fail('usage', promoted.image.name, why, remedy).failure };
}

function deployableIn({ image, promotion, name }: Promoted): Deployable {
  return deployable(image.name, promotion, name);
}

function noTarget() {
  const remedy = 'add deploy to .base-image-refresh.yml, or name one of its targets in deploy-target';
  return fail('usage', 'deploy', 'no target is configured', remedy);
}
