import { recordedRunImage } from '../../baseline/buildpacks.ts';
import type { PlatformParts } from './parts.ts';

type History = readonly Readonly<Record<string, unknown>>[];

/** What of an image is the app's own, above its base. */
export interface AppShare {
  readonly layers: PlatformParts['manifest']['layers'];
  readonly diffIds: PlatformParts['config']['diffIds'];
  readonly history: History;
}

/** Splits an image off its base: layers, diffIDs and history must begin with exactly those of the base. */
export function aboveBase(
  app: PlatformParts,
  base: PlatformParts,
): { readonly kind: 'split'; readonly share: AppShare } | { readonly kind: 'refused'; readonly why: string } {
  const count = base.manifest.layers.length;
  const layer = base.manifest.layers.findIndex(({ digest }, at) => app.manifest.layers[at]?.digest !== digest);
  if (layer !== -1) return refused(`its layer ${layer + 1} is not that of the base it is recorded to stand on`);
  const diffId = base.config.diffIds.findIndex((digest, at) => app.config.diffIds[at] !== digest);
  if (diffId !== -1) return refused(`its diffID ${diffId + 1} is not that of the base it is recorded to stand on`);
  const history = ownHistory(app, base);
  if (history === undefined)
    return refused('its history does not begin with that of the base it is recorded to stand on');
  return {
    kind: 'split',
    share: { layers: app.manifest.layers.slice(count), diffIds: app.config.diffIds.slice(count), history },
  };
}

function refused(why: string): { readonly kind: 'refused'; readonly why: string } {
  return { kind: 'refused', why };
}

function ownHistory(app: PlatformParts, base: PlatformParts): History | undefined {
  const [whole, all] = [app.config.history, base.config.history];
  const begins = (entries: typeof all) =>
    entries.every(
      ({ createdBy, emptyLayer }, at) => whole[at]?.createdBy === createdBy && whole[at]?.emptyLayer === emptyLayer,
    );
  // The lifecycle of buildpacks takes over only the entries of layers.
  const isOfBuildpacks = seamOfBuildpacks(app) === base.manifest.layers.length;
  const below = isOfBuildpacks && !begins(all) ? all.filter(({ emptyLayer }) => !emptyLayer) : all;
  if (!begins(below)) return undefined;
  const own = app.manifest.layers.length - base.manifest.layers.length;
  const raw = historyOf(app);
  // A base without history: builders write entries for its layers, or none.
  const from =
    below.length > 0 ? below.length : filled(raw) === own ? 0 : afterLayers(raw, base.manifest.layers.length);
  const rest = raw.slice(from);
  return raw.length === 0 || filled(rest) === own ? rest : undefined;
}

/** How many layers are those of the run image that the lifecycle of buildpacks recorded; undefined where it recorded none. */
function seamOfBuildpacks({ config }: PlatformParts): number | undefined {
  const top = recordedRunImage(config)?.topLayer;
  return top === undefined ? undefined : config.diffIds.indexOf(top) + 1;
}

/** The history for a base's part of an image: its own, or one entry a layer where it does not cover its layers. */
export function baseHistory(base: PlatformParts): History {
  const history = historyOf(base);
  if (filled(history) === base.manifest.layers.length) return history;
  return base.manifest.layers.map(({ digest }) => ({ created_by: `base layer ${digest}` }));
}

function historyOf({ config }: PlatformParts): History {
  const { history } = config.raw;
  return Array.isArray(history) ? history : [];
}

function filled(history: History): number {
  return history.filter((entry) => entry.empty_layer !== true).length;
}

function afterLayers(history: History, layers: number): number {
  let seen = 0;
  const at = history.findIndex((entry) => entry.empty_layer !== true && ++seen === layers);
  return at + 1;
}
