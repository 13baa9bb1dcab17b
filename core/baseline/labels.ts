import { asDigest } from '../oci/digest.ts';
import { annotationKeys } from '../oci/manifest.ts';
import { namesBase } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { platformManifests } from './published.ts';
import type { Rung } from './rung.ts';

/** The same keys as labels of the image configuration. */
export const labelled: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const manifests = await platformManifests(registry, image);
  const entries = await Promise.all(
    manifests.map(async ({ platform, manifest }) => {
      const { labels } = await registry.config(image.reference, manifest);
      const name = labels[annotationKeys.baseName];
      // Labels are inherited: without the name, a digest may be that of the base's own base.
      const isOurs = name !== undefined && namesBase(name, base);
      const digest = isOurs ? asDigest(labels[annotationKeys.baseDigest] ?? '') : undefined;
      return { platform: base.platform ?? platform, digest };
    }),
  );
  return recordOfPlatforms(entries);
};
