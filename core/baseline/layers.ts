import { samePlatform } from '../oci/platform.ts';
import { withDigest } from '../oci/reference.ts';
import type { Rung } from './baseline.ts';
import { type PlatformManifest, platformManifests } from './published.ts';

/**
 * The layers themselves: where every platform of the image begins with exactly the layers of the base as it is now,
 * that is what it was built on. It can show that an image is current, never which older digest it stands on.
 */
export const byLayers: Rung = async ({ registry }, image, base) => {
  if (!base.runtime) return undefined;
  const { digest } = await registry.head(base.reference);
  const reference = withDigest(base.reference, digest);
  const [ours, theirs] = await Promise.all([
    platformManifests(registry, image),
    platformManifests(registry, { reference, manifest: await registry.manifest(reference) }),
  ]);
  const all = ours.length > 0 && ours.every((entry) => beginsWith(entry, theirs));
  return all ? { digest, evidence: 'layers', confidence: 'medium' } : undefined;
};

function beginsWith(image: PlatformManifest, bases: readonly PlatformManifest[]): boolean {
  const base = bases.find((entry) => samePlatform(entry.platform, image.platform));
  const below = base === undefined ? [] : layersOf(base.manifest.document);
  const layers = layersOf(image.manifest.document);
  return below.length > 0 && below.every((digest, at) => layers[at] === digest);
}

function layersOf(document: PlatformManifest['manifest']['document']): readonly string[] {
  return document.kind === 'manifest' ? document.layers.map((layer) => layer.digest) : [];
}
