import { attempt, FailureError, fail, isAbsent } from '../failure.ts';
import { attestedBy, holdsStatementsAlone, isForNoPlatform, namedSubject } from '../oci/attestation.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor, Index, Manifest, StoredManifest } from '../oci/manifest.ts';
import {
  formatPlatform,
  normalisePlatform,
  type Platform,
  type PlatformDigests,
  samePlatform,
} from '../oci/platform.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** An image as a registry has it now. */
export interface PublishedImage {
  readonly reference: Reference;
  readonly manifest: StoredManifest;
}

/** The image as published; undefined where the registry has none under that name. */
export async function readPublished(registry: Registry, reference: Reference): Promise<PublishedImage | undefined> {
  const read = await attempt(formatReference(reference), () => registry.manifest(reference));
  if (read.kind === 'done') return { reference, manifest: read.value };
  if (isAbsent(read.failure)) return undefined;
  throw new FailureError(read.failure);
}

/** One image of an index, or an image that is a single manifest: where it runs, and how its index describes it. */
export interface ImageEntry {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
}

/**
 * Every entry of an image that is no attestation, by content: what an index says of an entry is anybody's text, and what
 * it does not say a configuration does. Throws where an entry that states no platform cannot be read.
 */
export async function imageEntries(registry: Registry, image: PublishedImage): Promise<readonly ImageEntry[]> {
  const { document } = image.manifest;
  if (document.kind === 'manifest') return [await onlyEntry(registry, image)];
  const found = await Promise.all(document.manifests.map((entry) => entryOf(registry, image, document, entry)));
  return found.filter((entry) => entry !== undefined);
}

/**
 * The entries that can be chosen for a platform: those that state one, and those that state none and whose
 * configuration does. Nothing is read of the others, for whatever they are, no platform is theirs.
 */
export async function choosableEntries(registry: Registry, image: PublishedImage): Promise<readonly ImageEntry[]> {
  const { document } = image.manifest;
  if (document.kind === 'manifest') return [await onlyEntry(registry, image)];
  const manifests = document.manifests.filter((entry) => !isForNoPlatform(entry));
  return imageEntries(registry, { ...image, manifest: { ...image.manifest, document: { ...document, manifests } } });
}

/** The entry that is run on a platform: the first that states it, else the first whose configuration does (containerd, images.Manifest). */
export async function chosenFor(
  registry: Registry,
  image: PublishedImage,
  wanted: Platform,
): Promise<ImageEntry | undefined> {
  const { document } = image.manifest;
  const stated = document.kind === 'index' ? document.manifests.flatMap(statedEntry) : [];
  const isWanted = ({ platform }: ImageEntry) => samePlatform(platform, wanted);
  return stated.find(isWanted) ?? (await choosableEntries(registry, image)).find(isWanted);
}

/** The platforms that an image ships, each once. */
export async function platformsOf(registry: Registry, image: PublishedImage): Promise<readonly Platform[]> {
  return eachOnce(await imageEntries(registry, image));
}

/** The platforms that an image can be chosen for, each once. */
export async function choosablePlatforms(registry: Registry, image: PublishedImage): Promise<readonly Platform[]> {
  return eachOnce(await choosableEntries(registry, image));
}

/** One platform of an image: its manifest and where it runs. */
export interface PlatformManifest {
  readonly platform: Platform;
  readonly manifest: StoredManifest & { readonly document: Manifest };
}

/** Every platform manifest of an image. */
export async function platformManifests(
  registry: Registry,
  image: PublishedImage,
): Promise<readonly PlatformManifest[]> {
  return manifestsOf(registry, image, await imageEntries(registry, image));
}

/** The manifests of entries; throws where one is an index of its own, of which only a part would be seen. */
export function manifestsOf(
  registry: Registry,
  image: PublishedImage,
  entries: readonly ImageEntry[],
): Promise<readonly PlatformManifest[]> {
  return Promise.all(
    entries.map(async ({ platform, descriptor: { digest } }) => {
      const { document, ...manifest } = await childOf(registry, image, digest);
      if (document.kind === 'manifest') return { platform, manifest: { ...manifest, document } };
      const detail = 'is an index within an index';
      throw fail('malformed', formatReference(withDigest(image.reference, digest)), detail, 'push one flat index');
    }),
  );
}

/** The platform manifests that a reference can be chosen for: the entries of an index, or the one manifest that it names. */
export async function platformDigests(registry: Registry, reference: Reference): Promise<PlatformDigests> {
  const image = { reference, manifest: await registry.manifest(reference) };
  const entries = await choosableEntries(registry, image);
  return entries.map(({ platform, descriptor: { digest } }) => ({ platform, digest }));
}

/** An attestation in the index of an image. */
export interface InlineAttestation {
  /** The entry that it speaks of. */
  readonly subject: Digest;
  readonly manifest: Manifest;
}

/** The attestations in an image's index, by content; those that claim to be about one entry, where it is named. */
export async function inlineAttestations(
  registry: Registry,
  image: PublishedImage,
  subject?: Digest,
): Promise<readonly InlineAttestation[]> {
  const { document } = image.manifest;
  if (document.kind === 'manifest') return [];
  const claiming = document.manifests.filter((entry) => subject === undefined || namedSubject(entry) === subject);
  const read = claiming.filter(isForNoPlatform).map(async (entry) => {
    const { document: content } = await childOf(registry, image, entry.digest);
    const attested = attestedBy(document, entry, content);
    return attested === undefined || content.kind === 'index' ? [] : [{ subject: attested, manifest: content }];
  });
  return (await Promise.all(read)).flat();
}

async function entryOf(
  registry: Registry,
  image: PublishedImage,
  index: Index,
  entry: Descriptor,
): Promise<ImageEntry | undefined> {
  const [stated] = statedEntry(entry);
  if (stated !== undefined) return stated;
  const child = await childOf(registry, image, entry.digest);
  if (attestedBy(index, entry, child.document) !== undefined) return undefined;
  if (holdsStatementsAlone(child.document)) throw unclassified(image, entry);
  const platform = normalisePlatform(await registry.config(image.reference, child));
  if (isForNoPlatform({ ...entry, platform })) throw unclassified(image, entry);
  return { platform, descriptor: entry };
}

function unclassified({ reference }: PublishedImage, { digest }: Descriptor) {
  const detail = `index entry ${digest} is for no platform, and no attestation of another entry`;
  return fail('malformed', formatReference(reference), detail, 'push the image again without it');
}

function statedEntry(descriptor: Descriptor): readonly ImageEntry[] {
  if (descriptor.platform === undefined || isForNoPlatform(descriptor)) return [];
  return [{ platform: normalisePlatform(descriptor.platform), descriptor }];
}

async function onlyEntry(registry: Registry, { reference, manifest }: PublishedImage): Promise<ImageEntry> {
  return { platform: normalisePlatform(await registry.config(reference, manifest)), descriptor: manifest.descriptor };
}

function childOf(registry: Registry, { reference, manifest }: PublishedImage, digest: Digest) {
  return digest === manifest.descriptor.digest ? manifest : registry.manifest(withDigest(reference, digest));
}

// Windows has one platform for each build of it.
function eachOnce(entries: readonly ImageEntry[]): readonly Platform[] {
  const known = entries.map(({ platform }) => [`${formatPlatform(platform)} ${platform.osVersion ?? ''}`, platform]);
  return [...new Map(known as [string, Platform][]).values()];
}
