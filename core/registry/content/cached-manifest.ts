import { attempt } from '../../failure.ts';
import { decodeManifest } from '../../oci/decode.ts';
import { asDigest, type Digest } from '../../oci/digest.ts';
import type { StoredManifest } from '../../oci/manifest.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { Context } from './context.ts';

/** The manifest that an earlier run read under this digest, or last under this tag; the tag may name another by now. */
export async function cachedManifest({ cache }: Context, reference: Reference): Promise<StoredManifest | undefined> {
  const digest = reference.digest ?? (await cache?.tagged(reference));
  const bytes = digest === undefined ? undefined : await cache?.content(digest);
  if (digest === undefined || bytes === undefined) return undefined;
  return decoded(bytes, digest, formatReference(reference));
}

/** Keeps a verified manifest, and the tag where the registry's ETag for it is the digest: only that can be asked for again. */
export async function keepManifest(
  { cache }: Context,
  reference: Reference,
  manifest: StoredManifest,
  etag: string | undefined,
): Promise<void> {
  const { bytes, descriptor } = manifest;
  const again = cache === undefined ? undefined : await decoded(bytes, descriptor.digest, formatReference(reference));
  // Without its Content-Type it could be read as something else.
  if (again?.descriptor.mediaType !== descriptor.mediaType) return;
  await cache?.keepContent(descriptor.digest, bytes);
  if (reference.digest === undefined && digestOfTag(etag) === descriptor.digest)
    await cache?.keepTagged(reference, descriptor.digest);
}

/** Whether a 304 is about this digest: whatever its headers say must be the same. */
export function confirms(headers: Readonly<Record<string, string>>, digest: Digest): boolean {
  const named = headers['docker-content-digest']?.trim() ?? digest;
  const tag = headers.etag === undefined ? digest : digestOfTag(headers.etag);
  return named === digest && tag === digest;
}

function digestOfTag(etag: string | undefined): Digest | undefined {
  return asDigest(etag?.replace(/^W\//, '').replace(/"/g, '') ?? '');
}

async function decoded(bytes: Uint8Array, digest: Digest, subject: string): Promise<StoredManifest | undefined> {
  const read = await attempt(subject, async () => decodeManifest(bytes, subject));
  if (read.kind === 'failed') return undefined;
  const { mediaType, artifactType } = read.value;
  const extra = artifactType === undefined ? {} : { artifactType };
  return { descriptor: { mediaType, digest, size: bytes.length, ...extra }, bytes, document: read.value };
}
