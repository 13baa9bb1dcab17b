import { chosenFor, type ImageEntry, imageEntries } from '../../baseline/published.ts';
import { fail } from '../../failure.ts';
import type { Descriptor, ImageConfig, Manifest, StoredManifest } from '../../oci/manifest.ts';
import { formatPlatform, normalisePlatform, type Platform, samePlatform } from '../../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';

/** One platform of an image, as far as it can be swapped. */
export interface PlatformParts {
  /** Where its blobs are. */
  readonly reference: Reference;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
  /** Its entry in the index; absent where the image is a single manifest. */
  readonly entry?: Descriptor;
}

export interface RebasedImage {
  readonly reference: Reference;
  readonly manifest: StoredManifest;
}

/** Every platform of an image, attestations left out. */
export async function allParts(registry: Registry, image: RebasedImage): Promise<readonly PlatformParts[]> {
  if (image.manifest.document.kind === 'manifest') return [await readParts(registry, image)];
  return Promise.all((await imageEntries(registry, image)).map((entry) => partsOf(registry, image, entry)));
}

/** The manifest that an image has for a platform; undefined where it has none. */
export async function partsFor(
  registry: Registry,
  image: RebasedImage,
  platform: Platform,
): Promise<PlatformParts | undefined> {
  if (image.manifest.document.kind === 'index') {
    const entry = await chosenFor(registry, image, platform);
    return entry === undefined ? undefined : partsOf(registry, image, entry);
  }
  const parts = await readParts(registry, image);
  return samePlatform(configPlatform(parts.config), platform) ? parts : undefined;
}

/** The platform that a configuration is for. */
export function configPlatform(config: ImageConfig): Platform {
  return normalisePlatform(config);
}

async function partsOf(registry: Registry, image: RebasedImage, { descriptor }: ImageEntry): Promise<PlatformParts> {
  const reference = withDigest(image.reference, descriptor.digest);
  const parts = await readParts(registry, { reference, manifest: await registry.manifest(reference) });
  return { ...parts, entry: descriptor };
}

async function readParts(registry: Registry, { reference, manifest }: RebasedImage): Promise<PlatformParts> {
  const { document } = manifest;
  const subject = formatReference(reference);
  if (document.kind !== 'manifest') throw fail('malformed', subject, 'is an index within an index');
  const config = await registry.config(reference, manifest);
  if (config.diffIds.length !== document.layers.length) {
    const counts = `${document.layers.length} layers and ${config.diffIds.length} diffIDs`;
    throw fail('malformed', subject, `${formatPlatform(configPlatform(config))} has ${counts}`);
  }
  return { reference, manifest: document, config };
}
