import type { PublishedImage } from '../../baseline/published.ts';
import type { Digest } from '../../oci/digest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import { allParts, configPlatform, partsFor } from './parts.ts';
import { aboveBase } from './prefix.ts';

/** Why an image does not stand on a base: for every platform its layers, diffIDs and history must begin with those of it. Undefined where it does. */
export async function whyNotOn(
  registry: Registry,
  image: PublishedImage,
  base: Reference & { readonly digest: Digest },
): Promise<string | undefined> {
  const below = { reference: base, manifest: await registry.manifest(base) };
  const parts = await allParts(registry, image);
  if (parts.length === 0) return 'its index holds no image';
  const answers = await Promise.all(
    parts.map(async (app) => {
      const platform = configPlatform(app.config);
      const found = await partsFor(registry, below, platform);
      if (found === undefined) return `that has no ${formatPlatform(platform)}`;
      const split = aboveBase(app, found);
      return split.kind === 'refused' ? split.why : undefined;
    }),
  );
  return answers.find((why) => why !== undefined);
}
