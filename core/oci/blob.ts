import { digestOf } from './digest.ts';
import type { Descriptor } from './manifest.ts';

/** Bytes with the descriptor under which they are stored. */
export interface Blob {
  readonly bytes: Uint8Array;
  readonly descriptor: Descriptor;
}

/** A JSON document as it is stored. */
export function blobOf(mediaType: string, document: object): Blob {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
