import { digestSeen } from '../check/checked.ts';
import { releasesOf } from '../check/release-tags.ts';
import { attempt, FailureError, fail, isAbsent } from '../failure.ts';
import { type Digest, shortDigest } from '../oci/digest.ts';
import { familiar, formatReference, parseReference, type Reference, withDigest } from '../oci/reference.ts';
import { cascadeReason, type PlanStep, type RefreshPlan } from '../plan/plan.ts';
import { currentDigest } from '../promote/release.ts';
import type { Run } from '../refresh/context.ts';
import { findPromotion } from '../refresh/promotion-evidence.ts';
import type { RunScope } from '../refresh/scope.ts';
import type { Registry } from '../registry/registry.ts';
import type { OpenLeg } from './open-leg.ts';
import type { ListedImage, RunFile } from './run-file.ts';

/** The part of a run that one leg does: its images, on the bases that were planned, as far as no other run went ahead of it. */
export function legScope(run: Run, { file, leg }: OpenLeg): RunScope {
  const mine = new Set(leg.images);
  const planned = new Map(file.images.map((image) => [image.name, image]));
  const own = file.images.filter(({ name }) => mine.has(name));
  return {
    registry: atPlanned(run.registry, plannedBases(own)),
    select: (builds) => {
      const chosen = builds.filter(({ build }) => mine.has(build.name));
      if (chosen.length === mine.size) return chosen;
      const lost = own.find(({ name }) => !chosen.some(({ build }) => build.name === name));
      throw fail(
        'usage',
        lost?.name ?? leg.id,
        'was planned, and nothing builds it here',
        'check out what was planned',
      );
    },
    fit: async ({ levels }): Promise<RefreshPlan> => {
      const fitted = levels.map((steps) =>
        Promise.all(steps.map((step) => fitStep(run, step, { file, planned, mine }))),
      );
      return { levels: await Promise.all(fitted) };
    },
  };
}

function plannedBases(images: readonly ListedImage[]): ReadonlyMap<string, Digest> {
  const all = images.flatMap(({ bases }) => bases);
  return new Map(all.flatMap(({ reference, digest }) => (digest === null ? [] : [[reference, digest] as const])));
}

/** A registry in which the tags of bases name what they named when the run was planned. */
function atPlanned(registry: Registry, bases: ReadonlyMap<string, Digest>): Registry {
  const held = (reference: Reference): Reference => {
    const digest = reference.digest === undefined ? bases.get(formatReference(reference)) : undefined;
    return digest === undefined ? reference : withDigest(reference, digest);
  };
  return {
    ...registry,
    head: (reference) => registry.head(held(reference)),
    manifest: (reference) => registry.manifest(held(reference)),
  };
}

interface Around {
  readonly file: RunFile;
  readonly planned: ReadonlyMap<string, ListedImage>;
  readonly mine: ReadonlySet<string>;
}

async function fitStep(run: Run, step: PlanStep, around: Around): Promise<PlanStep> {
  const { image } = step;
  const { name } = image.build;
  const planned = around.planned.get(name);
  if (planned === undefined || (step.kind === 'skip' && step.failure !== undefined)) return step;
  const gone = await attempt(name, () => settle(run, step, planned, around));
  return gone.kind === 'done'
    ? gone.value
    : { kind: 'skip', image, why: 'it could not be compared with the plan', failure: gone.failure };
}

async function settle(run: Run, step: PlanStep, planned: ListedImage, around: Around): Promise<PlanStep> {
  const { image } = step;
  const [first, ...others] = planned.releases;
  const lead = image.build.releases[0];
  if (first !== undefined && image.build.chosen !== undefined && lead !== undefined)
    refuseOtherChoice(first.reference, formatReference(lead));
  const seen = (tag: string) => digestSeen(image, parseReference(tag));
  const now = first === undefined ? undefined : seen(first.reference);
  const isMoved = first !== undefined && (now ?? null) !== first.digest;
  if (isMoved && (now === undefined || !(await isOurs(run, first.reference, now, planned.recipe))))
    throw movedSince(first.reference, first.digest, now);
  // Whichever tag another writer has moved, it is left alone, and so are those beside it.
  for (const { reference, digest } of others) {
    const further = seen(reference);
    if ((further ?? null) !== digest && !(isMoved && further === now)) throw movedSince(reference, digest, further);
  }
  if (isMoved && now !== undefined) return adopted(step, now);
  const open = await unsettledParents(run, planned.parents, around);
  if (open.length > 0) return withoutParents(step, planned, open, around);
  return withMovedBases(run, asPlanned(step, planned), planned);
}

function refuseOtherChoice(planned: string, now: string): void {
  if (planned === now) return;
  const fact = `was the published image by its tag-rule when the run was planned, and ${now} is it now`;
  throw fail('moved', planned, fact, 'plan again', { retryable: true });
}

// What calls for a rebuild beside bases was found out when it was planned.
function asPlanned(step: PlanStep, { because, epoch, trial }: ListedImage): PlanStep {
  if (epoch === null) return step;
  const parents = step.kind === 'rebuild' ? step.parents : [];
  return { kind: 'rebuild', image: step.image, because, parents, epoch, ...(trial ? { isTrial: trial } : {}) };
}

function movedSince(reference: string, then: Digest | null, now: Digest | undefined): FailureError {
  const fact = `named ${then ?? 'nothing'} when the run was planned and names ${now ?? 'nothing'} now, which this run did not put there`;
  return fail('moved', reference, fact, 'plan again', { retryable: true });
}

/** Whether what a release tag names was promoted for this very plan, by this leg before or by one that planned the same. */
async function isOurs(run: Run, release: string, digest: Digest, recipe: string): Promise<boolean> {
  const found = await findPromotion(run, { ...parseReference(release), digest });
  return found.kind === 'promoted' && found.record.recipe === recipe;
}

// A kill between two tags leaves them apart: what the first names is put under the others too.
function adopted(step: PlanStep, digest: Digest): PlanStep {
  const { image } = step;
  const isWhole = releasesOf(image.build).every((tag) => digestSeen(image, tag) === digest);
  if (!isWhole && step.kind === 'rebuild') return step;
  return { kind: 'skip', image, why: `this run has promoted it already, as ${digest}` };
}

interface OpenParent {
  readonly image: ListedImage;
  /** Whether its release is still what was planned. */
  readonly isAsPlanned: boolean;
}

/** Those of the parents that another leg was to make and of which no record says that it was made as planned. */
export async function unsettledParents(
  run: Run,
  parents: readonly string[],
  { planned, mine }: Pick<Around, 'planned' | 'mine'>,
): Promise<readonly OpenParent[]> {
  const open: OpenParent[] = [];
  for (const parent of parents.filter((name) => !mine.has(name))) {
    const image = planned.get(parent);
    const release = image?.releases[0];
    if (image === undefined || release === undefined) continue;
    const digest = await currentDigest(run.registry, parseReference(release.reference));
    if (digest !== undefined && (await isOurs(run, release.reference, digest, image.recipe))) continue;
    open.push({ image, isAsPlanned: (digest ?? null) === release.digest });
  }
  return open;
}

function withoutParents(step: PlanStep, planned: ListedImage, open: readonly OpenParent[], around: Around): PlanStep {
  const { image } = step;
  const cascades = new Set(planned.parents.map(cascadeReason));
  const isOnlyFollowing = planned.because.every((reason) => cascades.has(reason));
  const names = open.map((parent) => parent.image.name);
  if (step.kind === 'rebuild' && !isOnlyFollowing && open.every(({ isAsPlanned }) => isAsPlanned)) {
    const standIns = names.map((name) => `its base ${name} was not refreshed, so it is built on what is published`);
    return { ...step, because: [...step.because, ...standIns] };
  }
  const [first = ''] = names;
  const leg = around.file.legs.find(({ images }) => images.includes(first));
  const whose = leg === undefined ? '' : `, which leg ${leg.id} was to do`;
  const fact = `its base ${first}${whose}, was not refreshed, so it was not rebuilt`;
  const { failure } = fail('parent-failed', image.build.name, fact, `fix ${first} first`);
  return { kind: 'skip', image, why: 'its base was not refreshed', failure };
}

// The plan is built, and the next run follows what moved since.
async function withMovedBases(run: Run, step: PlanStep, planned: ListedImage): Promise<PlanStep> {
  if (step.kind === 'skip') return step;
  const notes: string[] = [];
  for (const { reference, digest } of planned.bases) {
    if (digest === null) continue;
    const parsed = parseReference(reference);
    if (parsed.digest !== undefined) continue;
    const now = await attempt(reference, () => run.registry.head(parsed));
    if (now.kind === 'failed' && !isAbsent(now.failure)) throw new FailureError(now.failure);
    if (now.kind === 'done' && now.value.digest === digest) continue;
    const to = now.kind === 'done' ? shortDigest(now.value.digest) : 'nothing';
    notes.push(
      `${familiar(parsed)} has moved on to ${to} since the plan, and it is built on ${shortDigest(digest)} as planned`,
    );
  }
  const distinct = [...new Set(notes)];
  for (const note of distinct) run.host.log('info', `${step.image.build.name}: ${note}`);
  return distinct.length === 0 ? step : { ...step, because: [...step.because, ...distinct] };
}
