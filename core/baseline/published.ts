import { attempt, FailureError, fail, isAbsent } from '../failure.ts';
import { type Descriptor, type ImageConfig, isAttestation, type StoredManifest } from '../oci/manifest.ts';
import type { PlatformDigests } from '../oci/platform.ts';
import { normalisePlatform, type Platform } from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** An image as a registry has it now. */
export interface PublishedImage {
  readonly reference: Reference;
  readonly manifest: StoredManifest;
}

/** The image as published; null where the registry has none under that name. */
export async function readPublished(registry: Registry, reference: Reference): Promise<PublishedImage | null> {
  const read = await attempt(formatReference(reference), () => registry.manifest(reference));
  if (read.kind === 'done') return { reference, manifest: read.value };
  if (isAbsent(read.failure)) return null;
  throw new FailureError(read.failure);
}

/** One platform of an image: its manifest and where it runs. */
export interface PlatformManifest {
  readonly platform: Platform;
  readonly manifest: StoredManifest;
}

/** The index entries that are images, attestations left out; a single manifest has none. */
export function platformDescriptors(manifest: StoredManifest): readonly Descriptor[] {
  const { document } = manifest;
  return document.kind === 'index' ? document.manifests.filter((entry) => !isAttestation(entry)) : [];
}

/** The platforms that an image ships; for a single manifest its configuration is asked. */
export async function platformsOf(registry: Registry, image: PublishedImage): Promise<readonly Platform[]> {
  if (image.manifest.document.kind === 'manifest') {
    return [platformOfConfig(await registry.config(image.reference, image.manifest))];
  }
  return platformDescriptors(image.manifest).map((entry) => platformOfEntry(image, entry));
}

/** Every platform manifest of an image. */
export async function platformManifests(
  registry: Registry,
  image: PublishedImage,
): Promise<readonly PlatformManifest[]> {
  if (image.manifest.document.kind === 'manifest') {
    const [platform] = await platformsOf(registry, image);
    return platform === undefined ? [] : [{ platform, manifest: image.manifest }];
  }
  return Promise.all(
    platformDescriptors(image.manifest).map(async (entry) => ({
      platform: platformOfEntry(image, entry),
      manifest: await registry.manifest(withDigest(image.reference, entry.digest)),
    })),
  );
}

/** The platform manifests behind a reference: the entries of an index, or the one manifest that it names. */
export async function platformDigests(registry: Registry, reference: Reference): Promise<PlatformDigests> {
  const manifest = await registry.manifest(reference);
  const image = { reference, manifest };
  if (manifest.document.kind === 'manifest') {
    const platforms = await platformsOf(registry, image);
    return platforms.map((platform) => ({ platform, digest: manifest.descriptor.digest }));
  }
  return platformDescriptors(manifest).map((entry) => ({
    platform: platformOfEntry(image, entry),
    digest: entry.digest,
  }));
}

/** Where an index entry runs; throws `malformed` where it does not say. */
export function platformOfEntry(image: PublishedImage, entry: Descriptor): Platform {
  if (entry.platform === undefined) {
    throw fail('malformed', formatReference(image.reference), `index entry ${entry.digest} names no platform`);
  }
  return normalisePlatform(entry.platform);
}

function platformOfConfig(config: ImageConfig): Platform {
  return normalisePlatform({
    os: config.os,
    architecture: config.architecture,
    ...(config.variant === undefined ? {} : { variant: config.variant }),
    ...(config.osVersion === undefined ? {} : { osVersion: config.osVersion }),
  });
}
