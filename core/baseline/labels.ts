import { asDigest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { recordedRunImage } from './buildpacks.ts';
import { namesBase, sameName } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { platformManifests } from './published.ts';
import type { Rung } from './rung.ts';

/** The same keys as labels of the image configuration, or the run image that buildpacks record there. */
export const labelled: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const manifests = await platformManifests(registry, image);
  const entries = await Promise.all(
    manifests.map(async ({ platform, manifest }) => {
      const config = await registry.config(image.reference, manifest);
      const { labels } = config;
      const run = recordedRunImage(config);
      if (run?.digest !== undefined && run.names.some((one) => sameName(one, base.reference)))
        return { platform: base.platform ?? platform, digest: run.digest };
      const name = labels[annotationKeys.baseName];
      // Labels are inherited: without the name, a digest may be that of the base's own base.
      const isOurs = name !== undefined && namesBase(name, base);
      const digest = isOurs ? asDigest(labels[annotationKeys.baseDigest] ?? '') : undefined;
      return { platform: base.platform ?? platform, digest };
    }),
  );
  return recordOfPlatforms(entries);
};
