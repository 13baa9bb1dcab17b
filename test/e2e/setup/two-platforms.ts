import { type Digest, digestOf } from '../../../core/oci/digest.ts';
import { type Reference, withDigest } from '../../../core/oci/reference.ts';
import type { Registry } from '../../../core/registry/registry.ts';

/** Publishes, under the tag 1, an index of an amd64 and an arm64 manifest over the layers of library/debian at a digest. */
export async function publishTwoPlatforms(
  registry: Registry,
  host: string,
  repository: string,
  digest: Digest,
): Promise<Digest> {
  const from = withDigest({ registry: host, repository: 'library/debian' }, digest);
  const image = await registry.manifest(from);
  const to: Reference = { registry: host, repository };
  if (image.document.kind !== 'manifest') throw new Error('an index');
  const { layers } = image.document;
  for (const layer of layers) await registry.mountBlob(from, to, layer);
  const config = await registry.config(from, image);
  const manifests = [];
  for (const architecture of ['amd64', 'arm64']) {
    const bytes = Buffer.from(JSON.stringify({ ...config.raw, architecture }));
    const blob = await registry.putBlob(to, bytes, 'application/vnd.oci.image.config.v1+json');
    const child = await putJson(registry, to, 'application/vnd.oci.image.manifest.v1+json', { config: blob, layers });
    manifests.push({ ...child, platform: { os: 'linux', architecture } });
  }
  return (await putJson(registry, { ...to, tag: '1' }, 'application/vnd.oci.image.index.v1+json', { manifests }))
    .digest;
}

async function putJson(registry: Registry, to: Reference, mediaType: string, document: object) {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await registry.putManifest(to.tag === undefined ? withDigest(to, descriptor.digest) : to, { bytes, descriptor });
  return descriptor;
}
