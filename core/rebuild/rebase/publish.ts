import type { Descriptor } from '../../oci/manifest.ts';
import { type Reference, type Repository, sameRepository, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { Blob, ComposedImage } from './compose.ts';

/** Layers that had to travel because a registry would not mount them. */
export interface Transfer {
  readonly layers: number;
  readonly bytes: number;
}

/** Brings everything below a manifest or index into the candidate's repository, then puts it under the candidate tag. */
export async function publishRebase(
  registry: Registry,
  candidate: Reference,
  images: readonly ComposedImage[],
  top: Blob,
): Promise<Transfer> {
  const copied = (await Promise.all(images.map((image) => bringBlobs(registry, candidate, image)))).flat();
  const { tag: _, ...repository } = candidate;
  for (const { manifest } of images) {
    if (manifest !== top) await registry.putManifest(withDigest(repository, manifest.descriptor.digest), manifest);
  }
  await registry.putManifest(candidate, top);
  return { layers: copied.length, bytes: copied.reduce((sum, { size }) => sum + size, 0) };
}

async function bringBlobs(
  registry: Registry,
  candidate: Reference,
  { rebase: { app, after, share }, config }: ComposedImage,
): Promise<readonly Descriptor[]> {
  const copied = await Promise.all([
    ...after.manifest.layers.map((layer) => bring(registry, after.reference, candidate, layer)),
    ...share.layers.map((layer) => bring(registry, app.reference, candidate, layer)),
  ]);
  await registry.putBlob(candidate, config.bytes, config.descriptor.mediaType);
  return copied.flat();
}

async function bring(
  registry: Registry,
  from: Repository,
  to: Repository,
  layer: Descriptor,
): Promise<readonly Descriptor[]> {
  if (sameRepository(from, to)) return [];
  return (await registry.mountBlob(from, to, layer)) === 'copied' ? [layer] : [];
}
