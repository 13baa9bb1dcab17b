import { attempt, type FailureError, fail } from '../failure.ts';
import { type Blob, blobOf } from '../oci/blob.ts';
import { mediaTypes } from '../oci/manifest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { currentDigest } from './release.ts';

/**
 * Takes a tag away where a registry deletes manifests by digest alone: an image without content, which nothing else names,
 * takes the tag over and is deleted by its own digest. What the tag named before stays with its other tags.
 * Answers whether the registry deletes by digest; where not, the tag is as it was.
 */
export async function removeByPlaceholder(
  registry: Registry,
  tag: Reference & { readonly tag: string },
): Promise<boolean> {
  const { registry: host, repository } = tag;
  const config = blobOf(mediaTypes.ociEmpty, {});
  const placeholder = placeholderFor(tag, config);
  const itself: Reference = { registry: host, repository, digest: placeholder.descriptor.digest };
  // Nothing is there yet: this only shows whether the registry deletes by digest, before the tag is touched.
  if ((await attempt(tag.tag, () => registry.deleteManifest(itself))).kind === 'failed') return false;
  await registry.putBlob(tag, config.bytes, config.descriptor.mediaType);
  await registry.putManifest(tag, placeholder);
  const deleted = await attempt(tag.tag, () => registry.deleteManifest(itself));
  if (deleted.kind === 'failed') throw emptied(tag, deleted.failure.detail);
  if ((await currentDigest(registry, tag)) === itself.digest) throw emptied(tag, 'the registry agreed to delete it');
  return true;
}

function emptied(tag: Reference, why: string): FailureError {
  return fail('refused', formatReference(tag), `names an image without content now: ${why}`);
}

function placeholderFor(tag: Reference, { descriptor }: Blob): Blob {
  return blobOf(mediaTypes.ociManifest, {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: descriptor,
    layers: [descriptor],
    annotations: { 'org.opencontainers.image.title': `removes ${formatReference(tag)}` },
  });
}
