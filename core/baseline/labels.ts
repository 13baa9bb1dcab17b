import { asDigest } from '../oci/digest.ts';
import { annotationKeys, type ImageConfig } from '../oci/manifest.ts';
import type { Rung } from './baseline.ts';
import { namesBase } from './names-base.ts';
import { platformManifests } from './published.ts';

/** The same keys as labels of the image configuration, where every platform agrees. */
export const labelled: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const manifests = await platformManifests(registry, image);
  const configs = await Promise.all(manifests.map(({ manifest }) => registry.config(image.reference, manifest)));
  const digests = new Set(configs.map((config) => digestFor(config)));
  const [digest] = digests;
  if (digests.size !== 1 || digest === undefined) return undefined;
  // Labels are inherited: without the name, a digest may be that of the base's own base.
  const name = configs[0]?.labels[annotationKeys.baseName];
  if (name === undefined || !namesBase(name, base)) return undefined;
  return { digest, evidence: 'label', confidence: 'low' };
};

function digestFor(config: ImageConfig) {
  return asDigest(config.labels[annotationKeys.baseDigest] ?? '');
}
