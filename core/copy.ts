import type { Manifest, StoredManifest } from './oci/manifest.ts';
import { type Reference, type Repository, withDigest } from './oci/reference.ts';
import type { Registry } from './registry/registry.ts';

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
  for (const descriptor of [...manifest.layers, manifest.config]) await registry.mountBlob(from, to, descriptor);
}
