import { platformsOf } from '../baseline/published.ts';
import type { Platform } from '../oci/platform.ts';
import type { Registry } from '../registry/registry.ts';
import type { BuildOrder } from './engine.ts';

/** The platforms that the build names, else those of the image that it replaces, else none: the builder's own. */
export async function platformsToBuild(
  registry: Registry,
  { build, published }: BuildOrder,
): Promise<readonly Platform[]> {
  if (build.platforms.length > 0 || published === undefined) return build.platforms;
  return platformsOf(registry, published);
}
