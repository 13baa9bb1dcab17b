import { join } from 'node:path';
import pLimit from 'p-limit';
import { append } from '../append.ts';
import type { CheckedImage } from '../check/checked.ts';
import { discoverReleased, movingReleases } from '../check/chosen-release.ts';
import { releasesOf } from '../check/release-tags.ts';
import type { Config } from '../config/model.ts';
import type { Build, DiscoveredBuild } from '../discover/build.ts';
import type { ImageAlone } from '../discover/listed-images.ts';
import { attempt, describeFailure, type Failure, fail } from '../failure.ts';
import { canonicalJson } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import { cascadeReason, type FurtherReasons, type PlanStep, plan, type RefreshPlan } from '../plan/plan.ts';
import type { Conclusion, Host, World } from '../ports.ts';
import { assembleReport } from '../refresh/assemble-report.ts';
import { changedBuilds } from '../refresh/changed-bases.ts';
import { checkBuilds } from '../refresh/check-builds.ts';
import { createRun, type Run } from '../refresh/context.ts';
import { deliver } from '../refresh/deliver.ts';
import { checkListed } from '../refresh/described-image.ts';
import { furtherReasons } from '../refresh/further-reasons.ts';
import type { ImageResult } from '../refresh/image-result.ts';
import { cloneMember } from '../source/clone.ts';
import { given } from '../table.ts';
import { believedRecords } from './digests.ts';
import type { FleetMember } from './fleet-file.ts';
import { joinedImages } from './join-runs.ts';
import { membersOf } from './list-members.ts';
import { failureOfMember, inFleet, notOfRun, runOfMember } from './member.ts';
import { joinedRun, runOf } from './plan-run.ts';
import { readFleetFile } from './read-fleet.ts';
import { tokensOf } from './tokens.ts';
import { workOf } from './write-run.ts';

/** A repository of a fleet as far as a plan has it. */
interface Opened {
  readonly member: FleetMember;
  readonly commit: string;
  readonly run: Run;
  readonly builds: readonly DiscoveredBuild[];
  /** Images that its configuration names and no Dockerfile of it builds, which only `check` looks at. */
  readonly listed: readonly ImageAlone[];
  readonly failures: readonly Failure[];
}

/** How many repositories are cloned at once. */
const atOnce = 8;

/** `plan --fleet`: one check and one plan over the images of many repositories; of `check` the report is their inventory. */
export async function planFleet(config: Config, file: string, host: Host, world: World): Promise<Conclusion> {
  const run = createRun({ ...config, dryRun: true }, host, world);
  if (config.scanner.fetchDatabase === true) await run.scanner.prepare?.();
  const fleet = await readFleetFile(world, file);
  const tokens = tokensOf(world, fleet, (value) => host.secret(value));
  const members = await membersOf(world, fleet, await tokens());
  host.log('info', `${members.length} repositories`);
  const place = await world.files.temporaryDirectory('base-image-refresh-fleet');
  try {
    const limit = pLimit(atOnce);
    const opening = members.map((member, at) =>
      limit(() => attempt(member.url, () => open(run, member, join(place, String(at)), tokens))),
    );
    const done = await Promise.all(opening);
    const opened = done.flatMap((one) => (one.kind === 'done' ? [one.value] : []));
    const closed = done.flatMap((one, at) => {
      const member = members[at];
      return one.kind === 'done' || member === undefined ? [] : [failureOfMember(one.failure, member, place)];
    });
    const unread = opened.flatMap((one) => one.failures.map((failure) => failureOfMember(failure, one.member, place)));
    for (const failure of closed) host.log('error', describeFailure(failure));
    return await planned(run, opened, [...closed, ...unread]).finally(() =>
      Promise.all(opened.map((one) => one.run.trees.close())),
    );
  } finally {
    await world.files.remove(place);
  }
}

// One repository that cannot be read stops no other.
async function open(
  run: Run,
  member: FleetMember,
  place: string,
  tokens: ReturnType<typeof tokensOf>,
): Promise<Opened> {
  await run.world.files.makeDirectory(place);
  const clone = await cloneMember(run.world, member, { token: await tokens(member.url), place });
  const own = await runOfMember(run, member, clone);
  const takesImages = run.config.command === 'check';
  const { builds, failures, notices, listed = [] } = await discoverReleased(own, own.config, { takesImages });
  if (builds.length + listed.length + failures.length === 0) own.host.log('info', 'no image is built here');
  for (const notice of notices) own.host.log('warning', describeFailure(notice));
  return { member, commit: clone.commit, run: own, builds, listed, failures };
}

async function planned(run: Run, opened: readonly Opened[], failures: readonly Failure[]): Promise<Conclusion> {
  const { config } = run;
  const taken = new Set(
    changedBuilds(
      run,
      opened.flatMap(({ builds }) => builds),
    ),
  );
  const releases = imagesOfFleet(opened, movingReleases);
  const claims = imagesOfFleet(opened, releasesOf);
  const checked = await Promise.all(
    opened.map(async (one) => {
      const parents = new Map(
        [...releases].flatMap(([reference, [name]]) => (name === undefined ? [] : [[reference, name] as const])),
      );
      const own = one.builds.filter((build) => taken.has(build));
      const images = [...(await checkBuilds(one.run, own, parents)), ...(await checkListed(one.run, one.listed))];
      return { ...one, images, further: await furtherReasons(one.run, images) };
    }),
  );
  const known = checked.flatMap(({ member, images }) =>
    images.map((image) => asKnown(member.name, image, releases, claims)),
  );
  const further = new Map<string, FurtherReasons>(
    checked.flatMap((one) =>
      [...one.further].map(([name, reasons]) => [inFleet(one.member.name, name), reasons] as const),
    ),
  );
  const whole = plan(known, { force: config.force, further });
  const runs = await Promise.all(checked.map(async (one) => memberRun(run, one, whole)));
  const order = new Map(whole.levels.flat().map(({ image }, at) => [image.build.name, at]));
  const work = await workOf(run, await joinedRun(run, runs, joinedImages(runs, order), order.size));
  const isCheck = config.command === 'check';
  const results = isCheck ? known.map((image) => ({ kind: 'checked', image }) as const) : resultsOf(whole);
  // Paths of Dockerfiles begin with their repository, wherever in its own the run is.
  const outside = { ...run, config: { ...config, placeInRepository: '' } };
  const report = assembleReport(outside, isCheck ? 'check' : 'plan', results, failures);
  return deliver(run, report, work);
}

/** The images of the fleet by reference, in the order of its repositories. */
function imagesOfFleet(opened: readonly Opened[], by: (build: Build) => readonly Reference[]): ByReference {
  const found = new Map<string, string[]>();
  for (const { member, builds } of opened)
    for (const { build } of builds)
      for (const reference of by(build)) append(found, formatReference(reference), inFleet(member.name, build.name));
  return found;
}

type ByReference = ReadonlyMap<string, readonly string[]>;

function asKnown(member: string, image: CheckedImage, releases: ByReference, claims: ByReference): CheckedImage {
  const name = inFleet(member, image.build.name);
  const bases = image.bases.map(({ parent, ...base }) => ({
    ...base,
    ...given(
      'parent',
      releases.get(formatReference({ ...base.base.reference }))?.[0] ??
        (parent === undefined ? undefined : inFleet(member, parent)),
    ),
  }));
  const rival = releasesOf(image.build)
    .flatMap((claim) => claims.get(formatReference(claim)) ?? [])
    .find((other) => other !== name);
  const { dockerfile } = image.build;
  const build = {
    ...image.build,
    name,
    ...(dockerfile === undefined ? {} : { dockerfile: inFleet(member, dockerfile) }),
  };
  const known = { ...image, ...given('failure', image.failure && notOfRun(image.failure)), build, bases };
  // What no Dockerfile builds is looked at, and written by nobody here.
  if (rival === undefined || dockerfile === undefined) return known;
  const { failure } = fail(
    'source-unknown',
    name,
    `is released under the same tag as ${rival}`,
    'give one of them another tag',
  );
  return { ...known, verdict: 'unknown', failure };
}

type Checked = Opened & { readonly images: readonly CheckedImage[] };

// As the repository itself would have planned it, so that a leg, which sees that repository alone, finds the same.
async function memberRun(fleet: Run, { member, commit, run, images }: Checked, whole: RefreshPlan) {
  const own = new Map(images.map((image) => [inFleet(member.name, image.build.name), image]));
  const bare = (name: string) => own.get(name)?.build.name ?? name;
  const reasons = new Map([...own].map(([name, { build }]) => [cascadeReason(name), cascadeReason(build.name)]));
  const steps = whole.levels.flat().flatMap((step): readonly PlanStep[] => {
    const image = own.get(step.image.build.name);
    if (image === undefined) return [];
    const bases = step.image.bases.map(({ parent, ...base }) => ({
      ...base,
      ...given('parent', parent === undefined ? undefined : bare(parent)),
    }));
    const restored = { ...step.image, build: image.build, bases };
    if (step.kind === 'skip') return [{ ...step, image: restored }];
    const because = step.because.map((reason) => reasons.get(reason) ?? reason);
    return [{ ...step, image: restored, because, parents: step.parents.map(bare) }];
  });
  const file = await runOf(run, { levels: [steps] }, []);
  const { name, url, ref = null } = member;
  const inputs = Object.entries(member.inputs ?? {}).map(([input, value]) => ({ name: input, value }));
  const digests = { policy: file.policy.digest, settings: file.settings.digest, records: recordsOf(fleet, run) };
  return { repository: { name, url, ref, commit, inputs, ...digests }, file };
}

// What the run says of all of them is the same whichever folder it is read from.
function recordsOf({ config: ofRun }: Run, { config: own }: Run): Digest {
  const isOfRun = canonicalJson(own.trustAttested) === canonicalJson(ofRun.trustAttested);
  return believedRecords(isOfRun ? ofRun : own);
}

function resultsOf({ levels }: RefreshPlan): readonly ImageResult[] {
  return levels.flatMap((steps, level) =>
    steps.map((step): ImageResult => {
      const { image } = step;
      return step.kind === 'skip' ? { kind: 'skipped', image, level, step } : { kind: 'planned', image, level, step };
    }),
  );
}
