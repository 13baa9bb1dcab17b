import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { unzstd } from './zstd.ts';

/** Bytes: a layer in zlib's own chunks of 16 KiB costs more in calls back and forth than in inflating. */
const gunzipChunk = 256 * 1024;
// What a layer may unpack to: large files that are not empty never pack so well.
const unpackedAtLeast = 128 * 1024 ** 2;
const unpackedForEachByte = 100;
/** Bytes: signals and timers are heard in pauses only. */
const longestBreath = 8 * 1024 ** 2;

/** The tar archive in a layer blob, by its magic number: media types are known to say otherwise. It is streamed, and ends with an error where it unpacks to far more than it is. */
export async function* unpack(blob: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const { first, all } = await peek(blob);
  let [packed, unpacked, silent] = [0, 0, 0];
  const counted = counting(all, (bytes) => {
    packed += bytes;
  });
  for await (const chunk of unpackedStream(first, counted)) {
    unpacked += chunk.length;
    const most = unpackedAtLeast + packed * unpackedForEachByte;
    if (unpacked > most) throw new Error(`it unpacks to more than ${most} bytes from ${packed}`);
    yield chunk;
    silent += chunk.length;
    if (silent < longestBreath) continue;
    silent = 0;
    await setImmediate();
  }
}

function unpackedStream(first: Uint8Array, all: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const [a, b, c, d] = first;
  if (a === 0x1f && b === 0x8b) return gunzipped(all);
  const zstd = a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
  // RFC 8878, 3.1.2: podman's zstd:chunked layers may begin with a skippable frame.
  const skippable = a !== undefined && a >= 0x50 && a <= 0x5f && b === 0x2a && c === 0x4d && d === 0x18;
  return zstd || skippable ? unzstd(all) : all;
}

function gunzipped(all: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = Readable.from(all);
  const gunzip = createGunzip({ chunkSize: gunzipChunk });
  source.on('error', (error) => gunzip.destroy(error));
  // Whoever stops reading early must not leave the connection open.
  gunzip.on('close', () => source.destroy());
  return source.pipe(gunzip);
}

async function* counting(
  source: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    count(chunk.length);
    yield chunk;
  }
}

/** The first bytes of a stream, and the whole stream again. */
async function peek(
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
