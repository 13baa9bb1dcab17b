import { engineFor } from '../config/per-image.ts';
import { attempt, fail } from '../failure.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import { engineDefinitions } from '../rebuild/engines.ts';
import { unsuitable } from '../rebuild/unsuitable.ts';
import { smokeRun } from '../validate/smoke-run.ts';
import type { AdmittedBuild } from './admit-build.ts';
import type { Run } from './context.ts';
import type { ImageResult } from './image-result.ts';

/**
 * What was rebased because `auto` found it safe, once it has been started where something here runs containers. A proof that
 * cannot be tried stands by itself; throws `unsafe-rebase` where it does not start as the published image does.
 */
export async function startedOnce(run: Run, { order, resumes }: AdmittedBuild, built: BuiltImage): Promise<BuiltImage> {
  const { config, host } = run;
  const { name } = order.build;
  const { published } = order;
  // A promotion that was begun is brought to its end.
  if (published === undefined || resumes === true || !isProvedRebase(run, order, built)) return built;
  if (!config.rebase.smokeRun) return built;
  const tried = await attempt(name, () => run.slots.validate(() => smokeRun(run, built, published)));
  const { kind, why } =
    tried.kind === 'done' ? tried.value : ({ kind: 'not-tried', why: tried.failure.detail } as const);
  if (kind === 'differs') throw fail('unsafe-rebase', name, `smoke run of what was rebased: ${why}`);
  const note = kind === 'starts' ? `smoke run: ${why}` : `no smoke run: ${why}`;
  host.log('info', `${name}: ${note}`);
  return { ...built, notes: [...built.notes, note] };
}

// Who names the engine, or forces it, wants no other.
function isProvedRebase({ config }: Run, { build }: BuildOrder, { engine }: Pick<BuiltImage, 'engine'>): boolean {
  const isChoice = engineFor(config, build) === 'auto' && config.rebase.policy === 'when-safe';
  return isChoice && engineDefinitions[engine].makes === 'layer-swap';
}

/** Why what `auto` rebased is to be built instead; undefined where it is not. */
export function whyNotRebased(run: Run, { engine, order }: AdmittedBuild, result: ImageResult): string | undefined {
  if (result.kind !== 'failed' || result.failure.code !== 'unsafe-rebase') return undefined;
  if (!isProvedRebase(run, order, { engine: engine.name })) return undefined;
  run.host.log('warning', `${order.build.name}: built instead, ${result.failure.detail}`);
  return result.failure.detail;
}

/**
 * The run with a rebase engine that refuses every image, for this reason. A leg of one platform builds all of them then: the
 * others have left the image to it when it was to be rebased.
 */
export function withoutRebase({ leg, ...run }: Run, why: string): Run {
  const engines = run.engines.map((engine) =>
    engineDefinitions[engine.name].makes === 'layer-swap' ? { ...engine, suits: async () => unsuitable(why) } : engine,
  );
  if (leg === undefined) return { ...run, engines };
  const { platform: _, ...whole } = leg;
  return { ...run, engines, leg: whole };
}
