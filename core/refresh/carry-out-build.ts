import { attempt, FailureError, type Outcome } from '../failure.ts';
import type { BuildOrder, BuiltImage, Engine } from '../rebuild/engine.ts';
import type { Claimed } from '../rebuild/repeats/claim.ts';
import type { AdmittedBuild } from './admit-build.ts';
import type { Run } from './context.ts';
import { findCandidate } from './find-candidate.ts';
import { makeSources } from './make-sources.ts';
import { joinParts, nativeParts, type PendingBuild } from './native-parts.ts';
import { inStage } from './stage-times.ts';
import { isStopping } from './stopping.ts';

/** Has the engine make what was admitted, unless another leg makes it meanwhile; its failure is recorded for later runs. */
export async function carryOutBuild(run: Run, build: AdmittedBuild): Promise<BuiltImage | PendingBuild> {
  const { name } = build.order.build;
  for (let { found } = build; ; ) {
    if (found !== undefined) {
      run.host.log('info', `${name}: not built again, ${found.notes.join('; ')}`);
      return sourced(build.order, found);
    }
    const parts = await nativeParts(run, build, carryOutBuild);
    if (parts !== undefined && 'kind' in parts) return parts;
    const claim = await begin(run, build);
    if (claim === undefined || claim.kind === 'ours')
      return make(run, build, claim, parts === undefined ? undefined : () => joinParts(run, build, parts));
    found = await madeElsewhere(run, build);
  }
}

type Own = Extract<Claimed, { readonly kind: 'ours' }>;

// What can be made again within a second, or is signed here, is made here whoever else makes it.
async function begin({ guard, config }: Run, { remembered, engine }: AdmittedBuild): Promise<Claimed | undefined> {
  if (remembered === undefined) return undefined;
  if (guard.claim !== undefined && engine.remakes === undefined && config.sign === undefined)
    return guard.claim(remembered);
  await guard.begun(remembered);
  return undefined;
}

async function madeElsewhere(run: Run, { remembered, order, engine }: AdmittedBuild): Promise<BuiltImage | undefined> {
  if (remembered === undefined || run.config.force) return undefined;
  const known = await run.guard.admit(remembered);
  if (known.kind === 'unproven') return undefined;
  return findCandidate(run, order, engine, known.kind === 'new' ? known : { done: known.digest });
}

async function make(
  run: Run,
  { engine, why, remembered, order }: AdmittedBuild,
  claim: Own | undefined,
  join: (() => Promise<BuiltImage>) | undefined,
): Promise<BuiltImage> {
  const { name } = order.build;
  if (join === undefined) run.host.log('info', `${name}: rebuilding with ${engine.name} (${why})`);
  const work = join ?? (() => makeAndBuild(run, engine, order));
  const built = await attempt(name, () => run.slots.build(() => inStage(run, name, 'build', work)));
  if (built.kind === 'failed') {
    const isFailure = remembered !== undefined && isOfTheBuild(built) && !isStopping(run.world);
    await claim?.ended(isFailure ? undefined : 'given back');
    if (isFailure) await run.guard.failed(remembered);
    throw new FailureError(built.failure);
  }
  await claim?.ended();
  // At once: a process that is killed before has built in vain, because the tag of its key alone is not believed.
  if (remembered !== undefined) await run.guard.made(remembered, built.value.digest);
  for (const note of built.value.notes) run.host.log('info', `${name}: ${note}`);
  return sourced(order, built.value);
}

function sourced({ source }: BuildOrder, built: BuiltImage): BuiltImage {
  return source === undefined ? built : { ...built, source };
}

async function makeAndBuild(run: Run, engine: Engine, order: BuildOrder): Promise<BuiltImage> {
  await makeSources(run, order);
  return engine.rebuild(order);
}

// A registry that is down fails no build for good.
function isOfTheBuild({ failure }: Extract<Outcome<unknown>, { readonly kind: 'failed' }>): boolean {
  return failure.code === 'build-failed' && !failure.retryable;
}
