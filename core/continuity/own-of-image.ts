import type { ImageConfig } from '../oci/manifest.ts';
import { readHistory } from '../rebuild/rebase/history.ts';
import { ownSettings } from '../rebuild/rebase/own-settings.ts';

/** What an image set itself, by its history above that of its base; undefined where its history does not show it. */
export function ownOf(image: ImageConfig, base: ImageConfig | undefined): ReadonlySet<string> | undefined {
  const below = base?.history ?? [];
  const { history } = image.raw;
  const isAbove = below.every(
    ({ createdBy, emptyLayer }, at) =>
      image.history[at]?.createdBy === createdBy && image.history[at]?.emptyLayer === emptyLayer,
  );
  if (below.length === 0 || !isAbove || !Array.isArray(history)) return undefined;
  return ownSettings(readHistory(history.slice(below.length)), image.config).sure;
}
