import { attempt } from '../../failure.ts';
import { decodeManifest } from '../../oci/decode.ts';
import type { Digest } from '../../oci/digest.ts';
import type { StoredManifest } from '../../oci/manifest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { Context } from './context.ts';

/** The manifest that an earlier run read under this digest. */
export async function cachedManifest({ cache }: Context, digest: Digest): Promise<StoredManifest | undefined> {
  const bytes = await cache?.content(digest);
  return bytes === undefined ? undefined : decoded(bytes, digest, digest);
}

/** Keeps a verified manifest, and that its tag was read. */
export async function keepManifest({ cache }: Context, reference: Reference, manifest: StoredManifest): Promise<void> {
  const { bytes, descriptor } = manifest;
  const { digest } = descriptor;
  const again = cache === undefined ? undefined : await decoded(bytes, digest, formatReference(reference));
  // Without its Content-Type it could be read as something else.
  if (again?.descriptor.mediaType !== descriptor.mediaType) return;
  await cache?.keepContent(digest, bytes);
  if (reference.digest === undefined) await cache?.keepTagged(reference, digest);
}

async function decoded(bytes: Uint8Array, digest: Digest, subject: string): Promise<StoredManifest | undefined> {
  const read = await attempt(subject, async () => decodeManifest(bytes, subject));
  if (read.kind === 'failed') return undefined;
  const { mediaType, artifactType } = read.value;
  const extra = artifactType === undefined ? {} : { artifactType };
  return { descriptor: { mediaType, digest, size: bytes.length, ...extra }, bytes, document: read.value };
}
