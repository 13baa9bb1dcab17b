import { type CheckedImage, strayTags } from '../check/checked.ts';
import { makesTags } from '../check/chosen-release.ts';
import { engineFor } from '../config/per-image.ts';
import { attempt, describeFailure } from '../failure.ts';
import { describePackages } from '../packages/changed.ts';
import { candidateOfKey } from '../rebuild/candidate.ts';
import { chooseEngine } from '../rebuild/choose.ts';
import type { BuildOrder, BuiltImage, Engine } from '../rebuild/engine.ts';
import { engineDefinitions, whyNotAsked } from '../rebuild/engines.ts';
import type { Admission } from '../rebuild/repeats/guard.ts';
import { buildKey } from '../rebuild/repeats/key.ts';
import type { RememberedBuild } from '../rebuild/repeats/record.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import { findBegun, findCandidate } from './find-candidate.ts';
import { type ImageResult, releasedIn } from './image-result.ts';
import { prepareBuild } from './prepare-build.ts';
import { findPromotion } from './promotion-evidence.ts';
import { describedThen, withSource } from './source-stage.ts';

type Promoted = Extract<Admission, { readonly kind: 'promoted' }>;

/** A build that may be made, under the key by which later runs will know it. */
export interface AdmittedBuild {
  readonly kind: 'new';
  readonly engine: Engine;
  readonly why: string;
  /** The order on the source that it has to have. */
  readonly order: BuildOrder;
  /** Absent where its inputs could not be read. */
  readonly remembered?: RememberedBuild;
  /** What another machine, or a run before, has made of the same inputs. */
  readonly found?: BuiltImage;
  /** Whether a promotion that was broken off between two tags is brought to its end, as it is recorded. */
  readonly resumes?: true;
}

/** Chooses the engine of an order, and asks whether the same build was promoted already or fails time after time. */
export async function admitBuild(
  run: Run,
  image: CheckedImage,
  order: BuildOrder,
): Promise<AdmittedBuild | { readonly kind: 'repeated'; readonly why: string }> {
  const { world, config, host } = run;
  const { name } = order.build;
  const { order: sourced, ...chosen } = await chooseFor(run, image, order);
  const begun = config.force ? undefined : await findBegun(run, image, sourced, chosen.engine.name);
  if (begun !== undefined) return { kind: 'new', order: sourced, ...chosen, found: begun, resumes: true };
  const found = await attempt(name, () =>
    buildKey(world, sourced, chosen.engine.name, sourced.settings ?? config.build, config.outputDirectory),
  );
  if (found.kind === 'failed') host.log('debug', describeFailure(found.failure));
  const key = found.kind === 'done' ? found.value : undefined;
  if (key === undefined) return { kind: 'new', order: sourced, ...chosen };
  const { registry, repository } = order.candidate;
  const remembered = { key, image: name, repository: { registry, repository } };
  const admission = await run.guard.admit(remembered);
  if (admission.kind === 'unproven')
    return {
      kind: 'repeated',
      why: `the trial build of ${admission.at} took none of these fixes; run with force to repeat it`,
    };
  if (admission.kind === 'new' || isOutstanding(image, admission) || !(await isBorneOut(run, order, admission))) {
    const keyed = { ...sourced, candidate: candidateOfKey(order.candidate, key) };
    const found = config.force
      ? undefined
      : await findCandidate(run, keyed, chosen.engine, admission.kind === 'new' ? admission : {});
    return { kind: 'new', order: keyed, remembered, ...chosen, ...given('found', found) };
  }
  const { at, digest } = admission;
  return {
    kind: 'repeated',
    why: `the same build was promoted at ${at} as ${digest}; run with force to repeat it`,
  };
}

/** The engine of an order, why it is taken, and the order on the source that it has to have; throws where none can build it as it was. */
export async function chooseFor(
  run: Run,
  image: CheckedImage,
  order: BuildOrder,
): Promise<Pick<AdmittedBuild, 'engine' | 'why' | 'order'>> {
  const wanted = engineFor(run.config, order.build);
  const described = await describedThen(run, image, order);
  const { options: _, ...bare } = described.build;
  // What its release build asks for stands at the commit that it was built from.
  // On the base that it has already, a swap of layers makes nothing new.
  const builders = run.engines.filter((engine) => engine.name !== 'rebase');
  const able = order.epoch === undefined ? run.engines : builders;
  const first = await chooseEngine(able, wanted, { ...described, build: bare });
  // Swapping layers builds nothing: only what is built needs its source.
  if (first.engine.name === 'rebase') return { ...first, order: described };
  const sourced = await prepareBuild(run, await withSource(run, image, order));
  const isAble = sourced.root === order.root && whyNotAsked(first.engine.name, sourced) === undefined;
  if (isAble) return { ...first, order: sourced };
  const chosen = await chooseEngine(builders, wanted, sourced);
  return { ...chosen, why: chosen.engine === first.engine ? first.why : chosen.why, order: sourced };
}

// What only a file says was promoted could keep a stale image as it is for ever.
async function isBorneOut(run: Run, { candidate }: BuildOrder, { digest }: Promoted): Promise<boolean> {
  const { registry, repository } = candidate;
  return (await findPromotion(run, { registry, repository, digest })).kind === 'promoted';
}

// What is gone from the registry is built again, and so is what release tags have not followed, or what somebody has
// overwritten: only what the promotion made or replaced shows that the tag was left there or put back on purpose.
function isOutstanding(image: CheckedImage, { digest, previous }: Promoted): boolean {
  const now = image.published?.manifest.descriptor.digest;
  if (now === undefined || strayTags(image).length > 0) return true;
  return now !== digest && now !== previous;
}

/** Adds which packages a build changed: that is what shows that it took fresh ones and not a cache's. */
export async function withPackages(
  run: Run,
  { build, published }: CheckedImage,
  built: BuiltImage,
): Promise<BuiltImage> {
  const { comparePackages, registry } = run;
  if (
    comparePackages === undefined ||
    published === undefined ||
    engineDefinitions[built.engine].makes === 'layer-swap'
  )
    return built;
  const manifest = await registry.manifest(built.reference);
  const packages = await comparePackages(published, { reference: built.reference, manifest });
  const note = describePackages(packages);
  run.host.log('info', `${build.name}: ${note}`);
  return { ...built, packages, notes: [...built.notes, note] };
}

/** Records for later runs the form in which what a build made goes on, where that is another. */
export async function rememberForm(
  run: Run,
  { remembered }: AdmittedBuild,
  made: BuiltImage,
  going: BuiltImage,
): Promise<void> {
  if (remembered !== undefined && going.digest !== made.digest) await run.guard.made(remembered, going.digest);
}

/** Records for later runs what was promoted of a build, or that it was worth no promotion. */
export async function rememberPromotion(run: Run, build: AdmittedBuild, result: ImageResult): Promise<void> {
  const released = releasedIn(result);
  if (build.remembered === undefined) return;
  if (result.kind === 'skipped' && result.step.failure === undefined) await run.guard.unproven(build.remembered);
  if (released === undefined) return;
  const { digest, tags } = released.promotion;
  // Where a new tag was made, the tag before it stays, and names what it replaces.
  const before = makesTags(result.image.build) ? result.image.published?.manifest.descriptor.digest : tags[0]?.previous;
  await run.guard.promoted(build.remembered, digest, before);
}
