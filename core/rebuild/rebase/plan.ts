import { attempt, type FailureError, fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiar } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildOrder } from '../engine.ts';
import type { RebasePolicy } from '../settings.ts';
import { gatherEvidence, type ListLayer } from './gather.ts';
import { readHistory } from './history.ts';
import { mergeConfigs } from './merge-config.ts';
import { ownSettings } from './own-settings.ts';
import { allParts, configPlatform, type PlatformParts, partsFor, type RebasedImage } from './parts.ts';
import type { PlatformRebase } from './platform-rebase.ts';
import { aboveBase } from './prefix.ts';
import { describeUnmet, type Unmet, unmetRules } from './rules.ts';
import { type Swap, swapOf } from './swap.ts';

/** All of an image, to be put on its new base. */
export interface RebasePlan {
  readonly published: RebasedImage;
  readonly swap: Swap;
  readonly platforms: readonly PlatformRebase[];
  /** What was not shown; nothing unless it is forced. */
  readonly unmet: readonly Unmet[];
}

/** What planning reads and asks. */
export interface Planning {
  readonly registry: Registry;
  readonly readLayer: ListLayer;
  /** The text of the Dockerfile of one platform's manifest; undefined where there is none. */
  readonly readDockerfile: (order: BuildOrder, manifest: Digest) => Promise<string | undefined>;
  readonly policy: RebasePolicy;
}

/**
 * Decides whether and how an image can be rebased; throws `unsafe-rebase` with all that speaks against it. Where it is
 * forced, the old base's layers must be the image's lowest, and what else is not shown stands in the plan.
 */
export async function planRebase(planning: Planning, order: BuildOrder): Promise<RebasePlan> {
  const { registry, policy } = planning;
  const forced = policy === 'force';
  const { published } = order;
  if (published === undefined) throw unsafe(order, 'it has not been published yet');
  const apps = await allParts(registry, published);
  if (apps.length === 0) throw unsafe(order, 'its index holds no image');
  const needed = apps.map(({ config }) => configPlatform(config));
  const swap = await swapOf(registry, order, forced ? 'any' : needed);
  const platforms = await Promise.all(apps.map((app) => planPlatform(registry, order, swap, app)));
  const unmet = forced
    ? await unmetThough(planning, order, platforms, needed)
    : await unmetBy(planning, order, platforms);
  if (!forced && unmet.length > 0) throw unsafe(order, describeUnmet(unmet));
  return { published, swap, platforms, unmet };
}

async function planPlatform(
  registry: Registry,
  order: BuildOrder,
  swap: Swap,
  app: PlatformParts,
): Promise<PlatformRebase> {
  const platform = configPlatform(app.config);
  if (platform.os !== 'linux') throw unsafe(order, `${formatPlatform(platform)} images cannot be rebased`);
  const name = familiar(swap.pin.base.reference);
  const [before, after] = await Promise.all([
    partsFor(registry, swap.before, platform),
    partsFor(registry, swap.after, platform),
  ]);
  if (before === undefined) throw unsafe(order, `${name} as it was built on has no ${formatPlatform(platform)}`);
  if (after === undefined) throw unsafe(order, `${name} as it is now has no ${formatPlatform(platform)}`);
  const split = aboveBase(app, before);
  if (split.kind === 'refused') throw unsafe(order, split.why);
  const history = readHistory(split.share.history);
  const settings = ownSettings(history, app.config.config);
  const [old, fresh, own] = [before, after, app].map(({ config }) => config.config);
  const merged = mergeConfigs({ before: old ?? {}, after: fresh ?? {}, app: own ?? {}, own: settings.sure });
  const { digest: _, ...base } = swap.pin.base.reference;
  return { platform, app, share: split.share, before, after, name: base, history, settings, merged };
}

async function unmetBy(
  planning: Planning,
  order: BuildOrder,
  platforms: readonly PlatformRebase[],
): Promise<readonly Unmet[]> {
  const { published } = order;
  if (published === undefined) return [];
  const found: Unmet[] = [];
  for (const planned of platforms) {
    const { digest } = planned.app.entry ?? published.manifest.descriptor;
    const dockerfile = await planning.readDockerfile(order, digest);
    const gathered = await gatherEvidence(planning.readLayer, planned, published.reference, dockerfile);
    const unmet = gathered.kind === 'gathered' ? unmetRules(gathered.evidence) : [gathered.unmet];
    for (const one of unmet) if (!found.some(({ why }) => why === one.why)) found.push(one);
  }
  return found;
}

// Layers that cannot be read do not prevent forcing it.
async function unmetThough(
  planning: Planning,
  order: BuildOrder,
  platforms: readonly PlatformRebase[],
  needed: readonly Platform[],
): Promise<readonly Unmet[]> {
  const { name } = order.build;
  const [stages, layers] = [
    await attempt(name, () => swapOf(planning.registry, order, needed)),
    await attempt(name, () => unmetBy(planning, order, platforms)),
  ];
  return [
    ...(stages.kind === 'failed' ? [{ rule: 'history', why: stages.failure.detail } as const] : []),
    ...(layers.kind === 'failed' ? [{ rule: 'forms', why: layers.failure.detail } as const] : layers.value),
  ];
}

function unsafe(order: BuildOrder, why: string): FailureError {
  return fail('unsafe-rebase', order.build.name, why, 'build it whole, with docker buildx');
}
