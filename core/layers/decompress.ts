import { PassThrough, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { Decompress } from 'fzstd';

/** The first bytes of a stream, and the whole stream again. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
): Promise<{ readonly first: Uint8Array; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  const held: Uint8Array[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    held.push(next.value);
    length += next.value.length;
  }
  const first = Buffer.concat(held);
  return { first, all: chain(first, iterator) };
}

async function* chain(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    // Whoever stops reading early must not leave the connection open.
    await rest.return?.();
  }
}

/** Bytes: a layer in zlib's own chunks of 16 KiB costs more in calls back and forth than in inflating. */
const gunzipChunk = 256 * 1024;

/** What turns a layer blob into a tar archive, by its magic number: media types are known to say otherwise. */
export function decoderFor(first: Uint8Array): Transform {
  const [a, b, c, d] = first;
  if (a === 0x1f && b === 0x8b) return createGunzip({ chunkSize: gunzipChunk });
  const zstd = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  // RFC 8878, 3.1.2: podman's zstd:chunked layers may begin with a skippable frame.
  const skippable = a !== undefined && a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18;
  return zstd || skippable ? zstdDecoder() : new PassThrough();
}

// Node has zstd of its own from 22.15 on.
function zstdDecoder(): Transform {
  const decoded: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => decoded.push(chunk));
  const push = (transform: Transform, chunk: Uint8Array, last: boolean) => {
    decompress.push(chunk, last);
    for (const part of decoded.splice(0)) transform.push(part);
  };
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      attempt(() => push(this, chunk, false), done);
    },
    flush(done) {
      attempt(() => push(this, new Uint8Array(), true), done);
    },
  });
}

function attempt(work: () => void, done: (error?: Error | null) => void): void {
  try {
    work();
    done();
  } catch (thrown) {
    done(thrown instanceof Error ? thrown : new Error(String(thrown)));
  }
}
