import type { Descriptor, Manifest, StoredManifest } from '../oci/manifest.ts';
import { type Reference, type Repository, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** Makes everything that a manifest refers to known in another repository, children before parents; nothing to do within one. */
export async function copyContent(
  registry: Registry,
  from: Reference,
  to: Repository,
  manifest: StoredManifest,
): Promise<void> {
  if (from.registry === to.registry && from.repository === to.repository) return;
  const { document } = manifest;
  if (document.kind === 'manifest') return copyBlobs(registry, from, to, document);
  for (const entry of document.manifests) {
    const child = await registry.manifest(withDigest(from, entry.digest));
    await copyContent(registry, from, to, child);
    await registry.putManifest(
      { registry: to.registry, repository: to.repository, digest: child.descriptor.digest },
      child,
    );
  }
}

async function copyBlobs(registry: Registry, from: Repository, to: Repository, manifest: Manifest): Promise<void> {
  const blobs = new Map([...manifest.layers, manifest.config].map((blob) => [blob.digest, blob]));
  const copied = [...blobs.values()].filter(isCopied).map((blob) => registry.mountBlob(from, to, blob));
  // One that fails ends the copy only after the others: none is left writing behind it.
  for (const outcome of await Promise.allSettled(copied)) if (outcome.status === 'rejected') throw outcome.reason;
}

// image-spec, "Non-Distributable Layers": they are fetched from where their URLs say, and no registry holds them.
function isCopied({ mediaType }: Descriptor): boolean {
  return !/\.layer\.nondistributable\.|\.rootfs\.foreign\./.test(mediaType);
}
