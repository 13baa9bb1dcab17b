import { readPublished } from '../baseline/published.ts';
import type { CheckedImage } from '../check/checked.ts';
import { compare } from '../check/compare.ts';
import type { Config } from '../config/model.ts';
import { engineFor } from '../config/per-image.ts';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import { attempt, describeFailure, type FailureError, fail } from '../failure.ts';
import {
  familiar,
  formatReference,
  parseReference,
  type Reference,
  sameRepository,
  withDigest,
} from '../oci/reference.ts';
import { plan } from '../plan/plan.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { chooseEngine } from '../rebuild/choose.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import { whyNotOn } from '../rebuild/rebase/stands-on.ts';
import { carryOut } from '../refresh/apply-plan.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { orderFor } from '../refresh/build-order.ts';
import { checkBuilds } from '../refresh/check-builds.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { absentImage, baseOfImage, imageAlone, standingOnBase } from '../refresh/described-image.ts';
import type { ImageResult } from '../refresh/image-result.ts';
import { warnOfIdleAttestationRules, warnOfIdleRules } from '../refresh/sign-stage.ts';
import { orderly } from '../refresh/stopping.ts';
import { sweepCandidates } from '../refresh/sweep-stage.ts';

/** `rebase`: puts one published image on the current version of its base, then goes on as a refresh does. */
export async function rebaseCommand(config: Config, host: Host, world: World): Promise<Conclusion> {
  return orderly(world, () => rebase(createRun(rebasing(config), host, world), config));
}

async function rebase(run: Run, config: Config): Promise<Conclusion> {
  const image = parseReference(config.operands[0] ?? '');
  const checked = await examine(run, image);
  warnOfIdleRules(run, [checked]);
  const planned = plan([checked], run.config);
  await sweepCandidates(run, planned);
  const results = config.rebase.candidateOnly ? await makeCandidates(run, planned) : await carryOut(run, planned);
  return deliver(run, assembleReport(run, 'rebase', results, []));
}

// Whatever the configuration says of engines, this command has one.
function rebasing(config: Config): Config {
  const images = config.images.map(({ engine: _, ...entry }) => entry);
  const policy = config.rebase.policy === 'never' ? 'when-safe' : config.rebase.policy;
  return { ...config, images, engine: 'rebase', rebase: { ...config.rebase, policy } };
}

// What keeps the image from being read is its failure, so that there is a report of it.
async function examine(run: Run, image: Reference): Promise<CheckedImage> {
  const build = buildOf(image);
  warnOfIdleAttestationRules(run, [build]);
  const read = await attempt(build.name, async () => {
    const [checked, ...none] = await checkBuilds(run, [await describe(run, image)]);
    if (checked === undefined || none.length > 0) throw fail('internal', build.name, 'was not checked');
    return standingOn(run, checked);
  });
  return read.kind === 'done' ? read.value : { build, verdict: 'unknown', bases: [], failure: read.failure };
}

async function describe(run: Run, image: Reference): Promise<DiscoveredBuild> {
  const published = await readPublished(run.registry, image);
  if (published === undefined) throw absentImage(image);
  const reference = run.config.rebase.base ?? (await baseOfImage(run, published));
  if (reference === undefined) throw nameless(image);
  return standingOnBase(buildOf(image), reference);
}

function buildOf(image: Reference): Build {
  return imageAlone({ name: familiar(image), releases: [image] });
}

// What the user says it stands on goes over every record, once its layers have shown that it does.
async function standingOn({ config, registry }: Run, image: CheckedImage): Promise<CheckedImage> {
  const { oldBase } = config.rebase;
  const [checked] = image.bases;
  if (oldBase === undefined || checked === undefined) return image;
  const { reference } = checked.base;
  if (!sameRepository(oldBase, reference)) throw elsewhere(oldBase, reference);
  const { published } = image;
  if (published === undefined) throw absentImage(oldBase);
  const [from, to] = await Promise.all([registry.head(oldBase), registry.head(reference)]);
  const why = await whyNotOn(registry, published, withDigest(oldBase, from.digest));
  if (why !== undefined) throw notOn(image.build.name, oldBase, why);
  const baseline = { kind: 'recorded', digest: from.digest, evidence: 'layers', confidence: 'high' } as const;
  const { freshness } = compare({ published: true, baseline, upstream: to.digest });
  const verdict = freshness.kind === 'stale' ? 'stale' : 'current';
  return { ...image, verdict, bases: [{ ...checked, baseline, freshness, platforms: [] }] };
}

async function makeCandidates(run: Run, { levels }: ReturnType<typeof plan>): Promise<readonly ImageResult[]> {
  return Promise.all(
    levels.flat().map(async (step): Promise<ImageResult> => {
      const { image } = step;
      if (step.kind === 'skip') {
        if (step.failure !== undefined) run.host.log('error', describeFailure(step.failure));
        return { kind: 'skipped', image, step, level: 0 };
      }
      const planned = { image, step, level: 0 };
      if (run.config.dryRun) return { kind: 'planned', ...planned };
      const { name } = image.build;
      const made = await attempt(name, () => rebuild(run, orderFor(run, { image }, new Map())));
      if (made.kind === 'done') {
        run.host.log('info', `${name}: the candidate is ${formatReference(made.value.reference)}`);
        return { kind: 'built', ...planned, built: made.value };
      }
      run.host.log('error', describeFailure(made.failure));
      return { kind: 'failed', ...planned, failure: made.failure };
    }),
  );
}

async function rebuild(run: Run, order: BuildOrder): Promise<BuiltImage> {
  const { name } = order.build;
  const { engine, why } = await chooseEngine(run.engines, engineFor(run.config, order.build), order);
  run.host.log('info', `${name}: rebuilding with ${engine.name} (${why})`);
  const built = await engine.rebuild(order);
  for (const note of built.notes) run.host.log('info', `${name}: ${note}`);
  return built;
}

function nameless(image: Reference): FailureError {
  const detail = 'nothing says which base it was built on';
  return fail('config', formatReference(image), detail, 'name it with base');
}

function notOn(name: string, oldBase: Reference, why: string): FailureError {
  const detail = `does not stand on ${familiar(oldBase)} as it is now: ${why}`;
  return fail('unsafe-rebase', name, detail, 'name the version that it was built on, by digest, with old-base');
}

function elsewhere(oldBase: Reference, base: Reference): FailureError {
  const detail = `is not a version of ${familiar(base)}`;
  return fail('usage', formatReference(oldBase), detail, 'give an old-base of the same repository');
}
