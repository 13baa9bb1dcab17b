import type { CheckedImage } from '../check/checked.ts';
import { engineFor } from '../config/per-image.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import { chooseEngine } from '../rebuild/choose.ts';
import type { BuildOrder } from '../rebuild/engine.ts';
import { whyNotAsked } from '../rebuild/engines.ts';
import { engineNames } from '../rebuild/settings.ts';
import { chooseFor } from './admit-build.ts';
import { orderFor } from './build-order.ts';
import type { Run } from './context.ts';
import type { Finished, Foreseen, PlannedImage } from './image-result.ts';
import { prepareBuild } from './prepare-build.ts';
import { describedThen } from './source-stage.ts';

/** What a run that stops at the plan knows of the build to come; `plan` asks no program, a dry run chooses as a refresh does. */
export async function foresee(
  run: Run,
  planned: Pick<PlannedImage, 'image' | 'step'>,
  finished: Finished,
): Promise<Foreseen> {
  const { image } = planned;
  const { name } = image.build;
  const order = await attempt(name, async () => orderFor(run, planned, finished));
  // Of an image whose base is not published yet it is known once that is built.
  if (order.kind === 'failed') return { kind: 'open' };
  if (run.config.command !== 'refresh') {
    const held = await lackOf(run, order.value);
    if (held === undefined) return { kind: 'open' };
    return (await bySwapping(run, image, order.value)) ?? { kind: 'held', failure: held };
  }
  const chosen = await attempt(name, () => chooseFor(run, image, order.value));
  if (chosen.kind === 'failed') return { kind: 'held', failure: chosen.failure };
  return { kind: 'engine', name: chosen.value.engine.name, why: chosen.value.why };
}

// What no builder can make as it was may still have the layers of its base swapped, which builds nothing.
async function bySwapping(run: Run, image: CheckedImage, order: BuildOrder): Promise<Foreseen | undefined> {
  const swapping = run.engines.filter(({ name }) => name === 'rebase');
  const described = await attempt(order.build.name, () => describedThen(run, image, order));
  if (described.kind === 'failed') return { kind: 'held', failure: described.failure };
  const { options: _, ...build } = described.value.build;
  const chosen = await attempt(build.name, () =>
    chooseEngine(swapping, engineFor(run.config, build), { ...described.value, build }),
  );
  return chosen.kind === 'done' ? { kind: 'engine', name: 'rebase', why: chosen.value.why } : undefined;
}

/** What a build lacks whatever is at hand, such as a required secret, as far as that is known before its bases are built. */
export async function lacksBefore(
  run: Run,
  planned: Pick<PlannedImage, 'image' | 'step'>,
): Promise<Failure | undefined> {
  const order = await attempt(planned.image.build.name, async () => orderFor(run, planned, new Map()));
  const lack = order.kind === 'failed' ? undefined : await lackOf(run, order.value);
  if (order.kind === 'failed' || lack === undefined) return undefined;
  return (await bySwapping(run, planned.image, order.value))?.kind === 'engine' ? undefined : lack;
}

async function lackOf(run: Run, order: BuildOrder): Promise<Failure | undefined> {
  const prepared = await attempt(order.build.name, () => prepareBuild(run, order));
  return prepared.kind === 'failed' ? prepared.failure : heldByAll(run, prepared.value);
}

// Whatever is at hand where images are built.
function heldByAll(run: Run, order: Awaited<ReturnType<typeof prepareBuild>>): Failure | undefined {
  const { build } = order;
  const wanted = engineFor(run.config, build);
  const builders = engineNames.filter((name) => name !== 'rebase' && (wanted === 'auto' || name === wanted));
  const refusals = builders.map((name) => whyNotAsked(name, order));
  const [first] = refusals;
  if (first === undefined || refusals.includes(undefined)) return undefined;
  return fail('build-unknown', build.name, first.why, first.remedy).failure;
}
