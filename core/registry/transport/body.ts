import { createHash } from 'node:crypto';
import { fail } from '../../failure.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { HttpResponse } from '../../ports.ts';

/** Largest manifest or index that is read (distribution-spec: registries should accept at least 4 MiB). */
export const manifestLimit = 4 * 1024 * 1024;

/** How much of a refusal is read. */
export const refusalLimit = 64 * 1024;

/** The whole body; throws `too-large` as soon as it is longer than `limit` bytes. */
export async function readBounded(response: HttpResponse, limit: number, subject: string): Promise<Uint8Array> {
  if (Number(response.headers['content-length'] ?? 0) > limit) {
    await response.body.cancel();
    throw tooLarge(subject, limit);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.length;
    if (size > limit) {
      await response.body.cancel();
      throw tooLarge(subject, limit);
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}

/** The first bytes of a body, at least `limit` of them where there are so many; the rest is not waited for. */
export async function readStart(response: Pick<HttpResponse, 'body'>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= limit) await response.body.cancel();
    if (size >= limit) break;
  }
  return Buffer.concat(chunks);
}

/** The failure of content that is larger than may be held. */
export function tooLarge(subject: string, limit: number): Error {
  return fail('too-large', subject, `registry sent more than the ${limit} bytes allowed here`);
}

/** Feeds a blob's bytes through its digest; `finish` throws where they were not the descriptor's. */
export function blobVerifier(
  descriptor: Descriptor,
  subject: string,
): { add(chunk: Uint8Array): void; finish(): void } {
  const [algorithm = 'sha256'] = descriptor.digest.split(':');
  const hash = createHash(algorithm);
  let size = 0;
  const mismatch = (detail: string) =>
    fail('digest-mismatch', subject, `${detail} where ${descriptor.digest} was asked for`);
  return {
    add: (chunk) => {
      size += chunk.length;
      if (size > descriptor.size) throw mismatch(`registry sent more than ${descriptor.size} bytes`);
      hash.update(chunk);
    },
    finish: () => {
      if (size !== descriptor.size) throw mismatch(`registry sent ${size} of ${descriptor.size} bytes`);
      const digest = `${algorithm}:${hash.digest('hex')}`;
      if (digest !== descriptor.digest) throw mismatch(`registry sent content of ${digest}`);
    },
  };
}
