import { createHash } from 'node:crypto';

/** `algorithm:hex` of a content (OCI image-spec, descriptor.md#digests). */
export type Digest = string & { readonly __brand: 'Digest' };

const lengths: Readonly<Record<string, number>> = { sha256: 64, sha512: 128 };

/** The digest in text, or undefined where it is not one in a registered algorithm. */
export function asDigest(text: string): Digest | undefined {
  const match = /^(sha256|sha512):([a-f0-9]+)$/.exec(text);
  if (match === null || match[2]?.length !== lengths[match[1] ?? '']) return undefined;
  return text as Digest;
}

/** The SHA-256 digest of bytes. */
export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
}

/** A digest short enough for a table: `sha256:1a2b3c4d5e6f`. */
export function shortDigest(digest: Digest): string {
  const [algorithm, hex = ''] = digest.split(':');
  return `${algorithm}:${hex.slice(0, 12)}`;
}
