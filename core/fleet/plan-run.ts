import { createHash } from 'node:crypto';
import { type CheckedImage, digestSeen, strayTags } from '../check/checked.ts';
import { makesTags } from '../check/chosen-release.ts';
import { upstreamOf } from '../check/compare.ts';
import { releasesOf } from '../check/release-tags.ts';
import { engineFor } from '../config/per-image.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import { canonicalJson } from '../json.ts';
import { digestOf } from '../oci/digest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { PlanStep, RefreshPlan } from '../plan/plan.ts';
import { version } from '../product.ts';
import { readRegistryRecord } from '../promote/registry-record.ts';
import type { Run } from '../refresh/context.ts';
import type { ImageResult } from '../refresh/image-result.ts';
import { believedRecords, runRules } from './digests.ts';
import type { MemberRun } from './join-runs.ts';
import { hostLimits } from './matrix.ts';
import type { Lane, ListedImage, PlannedState, RunFile } from './run-file.ts';
import { nativeShardsOf, shardsOf } from './shards.ts';

/** The run that a plan comes to: every image that is not current, and which leg does which. */
export async function runOf(run: Run, plan: RefreshPlan, results: readonly ImageResult[]): Promise<RunFile> {
  const { config, world } = run;
  const commit = (await run.trees.checkout())?.head ?? null;
  const held = new Map(results.map((result) => [result.image.build.name, result]));
  const steps = plan.levels.flat();
  const id = world.randomHex(16);
  const described = steps
    .filter((step) => step.kind === 'rebuild' || step.failure !== undefined)
    .map((step) => describe(run, step, held.get(step.image.build.name), { commit, epoch: config.force ? id : null }));
  const images = await timed(run, levelled(described), steps);
  return { ...(await ground(run, id, commit)), ...shared(run, images, steps.length) };
}

/** The run of a fleet: the images of all its repositories, levelled over them and shared out together. */
export async function joinedRun(
  run: Run,
  runs: readonly MemberRun[],
  images: readonly ListedImage[],
  checked: number,
): Promise<RunFile> {
  const { policy, settings, ...whole } = await ground(run, run.world.randomHex(16), null);
  const all = (name: 'policy' | 'settings') => {
    const each = runs.map(({ repository }) => [repository.name, repository[name]]);
    return { digest: digestOf(canonicalJson([(name === 'policy' ? policy : settings).digest, each])) };
  };
  const rules = { policy: all('policy'), settings: all('settings') };
  const repositories = runs.map(({ repository }) => repository);
  return { ...whole, ...rules, repositories, ...shared(run, levelled(images), checked) };
}

async function ground(run: Run, id: string, commit: string | null) {
  const { config, world } = run;
  const rules = await runRules(world, config);
  const head = { schemaVersion: 1, kind: 'run', id, at: world.now().toISOString(), product: version } as const;
  return {
    ...head,
    host: { kind: hostOf(run), ...hostLimits },
    policy: { digest: rules.policy },
    settings: { digest: rules.settings },
    records: { digest: believedRecords(config) },
    commit,
    ...(isPartial(config) ? { partial: true as const } : {}),
  };
}

// A report is not given what its plan was limited to.
function isPartial({ fleet, files, isPart, placeInRepository = '' }: Run['config']): boolean {
  return fleet.changedBases.length > 0 || files.length > 0 || isPart === true || placeInRepository !== '';
}

function hostOf({ config, host }: Run): RunFile['host']['kind'] {
  return config.matrix ?? host.kind;
}

function shared(run: Run, images: readonly ListedImage[], checked: number) {
  const planned = images.filter(({ state }) => state === 'planned');
  const legs = (run.config.fleet.nativeLegs === true ? nativeShardsOf : shardsOf)(
    planned.map((image) => ({
      ...image,
      bases: image.bases.map(({ reference }) => reference).join(' '),
      parents: image.parents.filter((name) => planned.some((other) => other.name === name)),
    })),
    { shards: run.config.fleet.shards, legs: hostOf(run) === 'cli' ? Number.POSITIVE_INFINITY : hostLimits.legs },
  );
  const count = (state: PlannedState) => images.filter((image) => image.state === state).length;
  const totals = {
    planned: planned.length,
    current: checked - images.length,
    unknown: count('unknown'),
    held: count('held'),
  };
  return { images: [...images], legs: [...legs], totals };
}

interface Ground {
  readonly commit: string | null;
  /** Of a forced run: what keeps it from finding what an earlier one made. */
  readonly epoch: string | null;
}

// What a leg promotes is compared with the plan by its release tags, and these have no name before.
function unnameable({ build }: CheckedImage): Failure | undefined {
  if (!makesTags(build)) return undefined;
  const detail = 'its release tags get their names when it is promoted, so that no leg can be compared with the plan';
  return fail('unsupported', build.name, detail, 'refresh it in a run without legs').failure;
}

function describe(run: Run, step: PlanStep, result: ImageResult | undefined, ground: Ground): ListedImage {
  const { image } = step;
  const { build } = image;
  const parents = step.kind === 'rebuild' ? step.parents : [];
  const foreseen = result?.kind === 'planned' && result.foreseen?.kind === 'held' ? result.foreseen.failure : undefined;
  const lack = step.kind === 'skip' ? step.failure : (foreseen ?? unnameable(image));
  const failure = lack ?? null;
  const source = image.source?.kind === 'recorded' ? image.source : undefined;
  const epoch = step.kind === 'rebuild' ? (step.epoch ?? null) : null;
  const lane: Lane = engineFor(run.config, build) === 'rebase' ? 'rebase' : 'build';
  const described = {
    name: build.name,
    dockerfile: build.dockerfile ?? '',
    target: build.target ?? null,
    platforms: build.platforms.map(formatPlatform),
    releases: releasesOf(build).map((release) => ({
      reference: formatReference(release),
      digest: digestSeen(image, release) ?? null,
    })),
    source: { revision: source?.revision ?? ground.commit, from: source?.evidence ?? 'checkout' },
    bases: image.bases.map(({ base, freshness, parent }) => ({
      reference: formatReference(base.reference),
      digest: parent !== undefined && parents.includes(parent) ? null : (upstreamOf(freshness) ?? null),
      via: base.via,
      line: base.line,
    })),
  };
  return {
    ...described,
    parents: [...parents],
    recipe: recipeOf(image, described, lane, ground.epoch ?? epoch),
    because: step.kind === 'rebuild' ? [...step.because] : [step.why],
    ...{ epoch, trial: step.kind === 'rebuild' && step.isTrial === true },
    ...{ lane, level: 1, seconds: 0, failure, verdict: image.verdict },
    state: step.kind === 'skip' ? 'unknown' : lack === undefined ? 'planned' : 'held',
  };
}

type Described = Pick<ListedImage, 'dockerfile' | 'target' | 'platforms' | 'source' | 'bases' | 'releases'>;

/**
 * What an image is to be made from, as far as a plan knows it. Nothing of time, machine, run or folder is in it, nor what the
 * plan thought of other images: two plans of one state agree.
 */
function recipeOf({ build }: CheckedImage, described: Described, lane: Lane, epoch: string | null): string {
  const { releases, ...own } = described;
  const { context, args, contexts, options = [], inline = null } = build;
  const facts = { ...own, context, args, contexts, options: options.map(({ name, value }) => [name, value]), inline };
  const published = lane === 'rebase' ? releases : releases.map(({ reference }) => reference);
  return createHash('sha256')
    .update('bir-recipe/1')
    .update(canonicalJson({ ...facts, lane, published, epoch }))
    .digest('hex');
}

// One above the highest of those that it is built on; the plan has parents before children.
function levelled(images: readonly ListedImage[]): readonly ListedImage[] {
  const levels = new Map<string, number>();
  return images.map((image) => {
    const level = 1 + Math.max(0, ...image.parents.map((parent) => levels.get(parent) ?? 0));
    levels.set(image.name, level);
    return { ...image, level };
  });
}

/** Seconds for an image of which no promotion is recorded, where none of its lane is. */
const usual: Readonly<Record<Lane, number>> = { rebase: 5, build: 240 };

async function timed(
  run: Run,
  images: readonly ListedImage[],
  steps: readonly PlanStep[],
): Promise<readonly ListedImage[]> {
  const byName = new Map(steps.map(({ image }) => [image.build.name, image]));
  const known = await Promise.all(images.map((image) => recordedSeconds(run, byName.get(image.name))));
  return images.map((image, at) => {
    const own = known.flatMap((seconds, other) => (images[other]?.lane === image.lane ? (seconds ?? []) : []));
    const median = own.toSorted((a, b) => a - b)[Math.floor(own.length / 2)];
    return { ...image, seconds: known[at] ?? median ?? usual[image.lane] };
  });
}

// What cannot be read costs the plan some of its balance, and nothing else.
async function recordedSeconds(run: Run, image: CheckedImage | undefined): Promise<number | undefined> {
  const published = image?.published;
  if (published === undefined || image === undefined || strayTags(image).length > 0) return undefined;
  const { reference, manifest } = published;
  const read = await attempt(image.build.name, () =>
    readRegistryRecord(run.registry, reference, manifest.descriptor.digest),
  );
  return read.kind === 'done' ? read.value?.record.seconds : undefined;
}
