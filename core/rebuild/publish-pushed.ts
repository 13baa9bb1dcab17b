import { fail } from '../failure.ts';
import { type Blob, blobOf } from '../oci/blob.ts';
import type { Digest } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import { formatPlatform } from '../oci/platform.ts';
import { type Reference, type Repository, sameRepository, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { BuildOrder } from './engine.ts';
import { type ProvenImage, proveLayers } from './prove-layers.ts';
import { ociLayer } from './rebase/compose.ts';
import { allParts, configPlatform, type PlatformParts } from './rebase/parts.ts';

type Candidate = Reference & { readonly digest: Digest };

/**
 * Takes what a builder pushed under the candidate tag, one manifest for each platform, proves its base and puts it there
 * again as OCI images with the order's annotations, under an index where there are several. Layers stay as they are.
 */
export async function publishPushed(
  registry: Registry,
  order: BuildOrder,
  pushed: readonly Digest[],
): Promise<Candidate> {
  const { candidate, annotations } = order;
  const parts = await Promise.all(pushed.map((digest) => onlyImage(registry, order, withDigest(candidate, digest))));
  const proven = await Promise.all(parts.map((image) => proveLayers(registry, order, image)));
  await Promise.all(proven.map((image) => bringBaseLayers(registry, candidate, image)));
  const manifests = proven.map(({ image, layers }) => composed(image, layers, annotations));
  const [single] = manifests;
  if (single === undefined) throw fail('build-failed', order.build.name, 'nothing was built');
  const top = manifests.length === 1 ? single : indexOf(proven, manifests, annotations);
  const { tag: _, ...repository } = candidate;
  if (top !== single) {
    await Promise.all(
      manifests.map((manifest) => registry.putManifest(withDigest(repository, manifest.descriptor.digest), manifest)),
    );
  }
  await registry.putManifest(candidate, top);
  registry.forget(candidate);
  return withDigest(candidate, top.descriptor.digest);
}

async function onlyImage(registry: Registry, { build }: BuildOrder, reference: Candidate): Promise<PlatformParts> {
  const images = await allParts(registry, { reference, manifest: await registry.manifest(reference) });
  const [image] = images;
  if (image !== undefined && images.length === 1) return image;
  throw fail('build-failed', build.name, `the builder pushed ${images.length} images where one was asked for`);
}

// Builders compress layers anew: with its base's own, the image shares them there and can be rebased later.
async function bringBaseLayers(registry: Registry, candidate: Repository, { base, layers }: ProvenImage) {
  if (base === undefined || sameRepository(base.reference, candidate)) return;
  const own = layers.slice(0, base.manifest.layers.length);
  await Promise.all(own.map((layer) => registry.mountBlob(base.reference, candidate, layer)));
}

function composed(image: PlatformParts, layers: readonly Descriptor[], annotations: BuildOrder['annotations']): Blob {
  const { mediaType: _, ...config } = image.manifest.config;
  return blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: { mediaType: mediaTypes.ociConfig, ...config },
    layers: layers.map(ociLayer),
    annotations: { ...image.manifest.annotations, ...annotations },
  });
}

function indexOf(
  proven: readonly ProvenImage[],
  manifests: readonly Blob[],
  annotations: BuildOrder['annotations'],
): Blob {
  const entries = proven.flatMap(({ image }, at) => {
    const { os, architecture, variant } = configPlatform(image.config);
    const entry = { os, architecture, ...(variant === undefined ? {} : { variant }) };
    return { ...manifests[at]?.descriptor, platform: entry };
  });
  const doubled = proven.find(
    ({ image }, at) => proven.findIndex((other) => platformText(other.image) === platformText(image)) !== at,
  );
  if (doubled !== undefined) {
    throw fail('build-failed', platformText(doubled.image), 'was built twice where two platforms were asked for');
  }
  return blobOf(mediaTypes.ociIndex, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociIndex,
    manifests: entries,
    annotations,
  });
}

function platformText({ config }: PlatformParts): string {
  return formatPlatform(configPlatform(config));
}
