import { gunzipSync } from 'node:zlib';
import { fail } from '../failure.ts';

/** Bytes that a packed document may have when it is unpacked. */
const largestUnpacked = 128 * 1024 ** 2;

/**
 * The text of a document that another program wrote: unpacked where it is gzipped, from UTF-8 or UTF-16 of either order,
 * without its byte order mark. Throws `too-large` or `malformed` where it cannot be unpacked.
 */
export function decodeText(bytes: Uint8Array, name: string, most = largestUnpacked): string {
  const plain = isGzip(bytes) ? unpack(bytes, name, most) : bytes;
  return new TextDecoder(encodingOf(plain)).decode(plain);
}

/** A text without its byte order mark. */
export function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

function unpack(bytes: Uint8Array, name: string, most: number): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: most });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    const detail = isLarge ? `holds more than ${most} bytes when it is unpacked` : 'is a torn gzip file';
    throw fail(isLarge ? 'too-large' : 'malformed', name, detail, 'write it again', { cause: error });
  }
}

// By its mark; without one every second byte of the ASCII with which each of these formats begins is zero.
function encodingOf([first = 1, second = 1, third = 1, fourth = 1]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (second === 0 && fourth === 0 && first !== 0 && third !== 0) return 'utf-16le';
  return first === 0 && third === 0 && second !== 0 && fourth !== 0 ? 'utf-16be' : 'utf-8';
}
