import { type FailureError, fail } from '../../failure.ts';
import { distributionOf } from '../../layers/distribution.ts';
import { layered } from '../../layers/filesystem.ts';
import type { LayerFiles, ListedLayer } from '../../layers/layer-files.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { formatPlatform, type Platform } from '../../oci/platform.ts';
import { familiar, type Reference, type Repository } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildOrder } from '../engine.ts';
import type { RebasePolicy } from '../settings.ts';
import { allParts, configPlatform, type PlatformParts, partsFor, type RebasedImage } from './parts.ts';
import { type AppShare, aboveBase } from './prefix.ts';
import { type Swap, swapOf } from './swap.ts';
import { type Bases, whyBound } from './touched.ts';

/** One platform of an image, found safe to be put on its new base. */
export interface PlatformRebase {
  readonly platform: Platform;
  readonly app: PlatformParts;
  readonly share: AppShare;
  readonly before: PlatformParts;
  readonly after: PlatformParts;
}

/** All of an image, found safe to be put on its new base. */
export interface RebasePlan {
  readonly published: RebasedImage;
  readonly swap: Swap;
  readonly platforms: readonly PlatformRebase[];
}

/** Lists a layer's files; each layer is read once in a run. */
export type ListLayer = (repository: Repository, layer: Descriptor) => Promise<ListedLayer>;

/** What planning reads and asks. */
export interface Planning {
  readonly registry: Registry;
  readonly readLayer: ListLayer;
  readonly policy: RebasePolicy;
}

/**
 * Decides whether and how an image can be rebased; throws `unsafe-rebase` with what speaks against it.
 * Where it is forced, the old base's layers must be the image's lowest, and nothing else is asked.
 */
export async function planRebase(planning: Planning, order: BuildOrder): Promise<RebasePlan> {
  const { registry, readLayer, policy } = planning;
  const forced = policy === 'force';
  const { published } = order;
  if (published === undefined) throw unsafe(order, 'it has not been published yet');
  const apps = await allParts(registry, published);
  if (apps.length === 0) throw unsafe(order, 'its index holds no image');
  const swap = await swapOf(registry, order, forced ? 'any' : apps.map(({ config }) => configPlatform(config)));
  const platforms = await Promise.all(apps.map((app) => planPlatform(registry, order, swap, app)));
  if (forced) return { published, swap, platforms };
  for (const planned of platforms) {
    const why = whyNotByConfig(planned);
    if (why !== undefined) throw unsafe(order, why);
  }
  for (const planned of platforms) await provePlatform(order, readLayer, planned, published.reference);
  return { published, swap, platforms };
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
  return { platform, app, share: split.share, before, after };
}

function whyNotByConfig({ app, before, after }: PlatformRebase): string | undefined {
  if (app.config.labels['io.buildpacks.rebasable'] === 'false') return 'its label io.buildpacks.rebasable is "false"';
  const triggers = [before, after].some(({ config }) => hasTriggers(config.config.OnBuild));
  return triggers ? 'its base has ONBUILD instructions, which must run in a build' : undefined;
}

function hasTriggers(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

async function provePlatform(
  order: BuildOrder,
  readLayer: ListLayer,
  { app, share, before, after }: PlatformRebase,
  published: Reference,
): Promise<void> {
  const read = (from: Repository, layers: readonly Descriptor[]) =>
    Promise.all(layers.map(async (layer) => filesOf(order, await readLayer(from, layer))));
  const [own, below, fresh] = await Promise.all([
    read(published, share.layers),
    // The image has its old base's layers in its own repository, even where the base's have been cleaned up.
    read(published, before.manifest.layers),
    read(after.reference, after.manifest.layers),
  ]);
  const bases = { before: layered(below), after: layered(fresh) };
  const why = whyOtherSystem(bases) ?? whyBoundLayer(own, bases, app.manifest.layers.length - own.length);
  if (why !== undefined) throw unsafe(order, why);
}

function filesOf(order: BuildOrder, layer: ListedLayer): LayerFiles {
  if (layer.kind === 'unreadable') throw unsafe(order, layer.why);
  return layer.files;
}

function whyOtherSystem({ before, after }: Bases): string | undefined {
  const [old, fresh] = [distributionOf(before), distributionOf(after)];
  if (old === undefined) return 'the old base does not say which distribution it is (etc/os-release)';
  if (fresh === undefined) return 'the new base does not say which distribution it is (etc/os-release)';
  if (old.id !== fresh.id || old.release !== fresh.release) {
    return `the base went from ${old.id} ${old.release} to ${fresh.id} ${fresh.release} (etc/os-release)`;
  }
  return old.libc === fresh.libc ? undefined : `the base's C library went from ${old.libc} to ${fresh.libc}`;
}

function whyBoundLayer(own: readonly LayerFiles[], bases: Bases, below: number): string | undefined {
  for (const [at, layer] of own.entries()) {
    const why = whyBound(layer, bases);
    if (why !== undefined) return `layer ${below + at + 1} is bound to the old base: ${why}`;
  }
  return undefined;
}

function unsafe(order: BuildOrder, why: string): FailureError {
  return fail('unsafe-rebase', order.build.name, why, 'build it whole, with docker buildx');
}
