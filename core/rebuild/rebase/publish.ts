import type { Blob } from '../../oci/blob.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import { type Reference, type Repository, sameRepository, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { ComposedImage } from './compose.ts';
import type { Attestation } from './provenance.ts';

/** Layers that had to travel because a registry would not mount them. */
export interface LayerTransfer {
  readonly layers: number;
  readonly bytes: number;
}

/** All that is to be stored of a rebased image. */
export interface Rebased {
  readonly images: readonly ComposedImage[];
  readonly attestations: readonly Attestation[];
  /** The index, or the one manifest. */
  readonly top: Blob;
}

/** Brings everything below a manifest or index into the candidate's repository, then puts it under the candidate tag. */
export async function publishRebase(
  registry: Registry,
  candidate: Reference,
  { images, attestations, top }: Rebased,
): Promise<LayerTransfer> {
  const brought = await Promise.all([
    ...images.map((image) => bringBlobs(registry, candidate, image)),
    ...attestations.map((attestation) => putAttestation(registry, candidate, attestation)),
  ]);
  const copied = brought.flat();
  const { tag: _, ...repository } = candidate;
  const put = ({ manifest }: { readonly manifest: Blob }) =>
    registry.putManifest(withDigest(repository, manifest.descriptor.digest), manifest);
  const [single] = images;
  const isIndex = single?.manifest !== top;
  // Distribution refuses an index before its manifests; a referrer may come after its subject.
  if (isIndex) await Promise.all([...images, ...attestations].map(put));
  await registry.putManifest(candidate, top);
  if (!isIndex) for (const attestation of attestations) await put(attestation);
  return { layers: copied.length, bytes: copied.reduce((sum, { size }) => sum + size, 0) };
}

async function putAttestation(registry: Registry, candidate: Reference, { config, statement }: Attestation) {
  await Promise.all(
    [config, statement].map(({ bytes, descriptor }) => registry.putBlob(candidate, bytes, descriptor.mediaType)),
  );
  return [];
}

async function bringBlobs(
  registry: Registry,
  candidate: Reference,
  { rebase: { app, after, share }, config }: ComposedImage,
): Promise<readonly Descriptor[]> {
  const copied = await Promise.all([
    ...after.manifest.layers.map((layer) => bring(registry, after.reference, candidate, layer)),
    ...share.layers.map((layer) => bring(registry, app.reference, candidate, layer)),
    registry.putBlob(candidate, config.bytes, config.descriptor.mediaType).then(() => []),
  ]);
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
