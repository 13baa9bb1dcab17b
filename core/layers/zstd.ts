import { Decompress } from 'fzstd';
import { type ByteReader, createByteReader } from './byte-reader.ts';

// RFC 8878, 3.1.1.2.4: no block holds or becomes more.
const largestBlock = 128 * 1024;
/** As the zstd program has it without --long. */
const largestWindow = 128 * 1024 * 1024;
/** Blocks of a frame that are looked at before its window is made: most frames of layers in chunks are as short. */
const fewBlocks = 8;
// The decoder moves its whole window for every block: what may be moved follows what came in.
const movedAtLeast = 4 * 1024 ** 3;
const movedForEachByte = 4096;

interface Block {
  readonly isLast: boolean;
  readonly kind: 'raw' | 'repeated' | 'compressed';
  readonly content: Uint8Array;
  /** Of a repeated byte: how many times it stands. */
  readonly size: number;
}

interface Stream {
  readonly reader: ByteReader;
  /** Counts bytes of windows that are moved. */
  readonly move: (bytes: number) => void;
}

/** Unpacks zstd (RFC 8878) block by block: at no time is more held than a window and a few blocks. */
export async function* unzstd(source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = createByteReader(source);
  let moved = 0;
  const move = (bytes: number) => {
    moved += bytes;
    if (moved > movedAtLeast + reader.count() * movedForEachByte) throw new Error('its zstd blocks are too small');
  };
  try {
    for (let magic = await reader.take(4); magic !== undefined; magic = await reader.take(4)) {
      const number = Buffer.from(magic).readUInt32LE();
      if (number === 0xfd2fb528) yield* frame({ reader, move });
      else if (number >>> 4 === 0x184d2a5) await reader.skip(Buffer.from(await needed(reader, 4)).readUInt32LE());
      else throw new Error('it is not whole zstd');
    }
  } finally {
    // Whoever stops reading early must not leave the connection open.
    await source.return?.();
  }
}

async function needed(reader: ByteReader, length: number): Promise<Uint8Array> {
  const bytes = length === 0 ? new Uint8Array() : await reader.take(length);
  if (bytes === undefined) throw new Error('it ends too early');
  return bytes;
}

async function* frame(stream: Stream): AsyncGenerator<Uint8Array> {
  const { window, hasChecksum } = await frameHeader(stream.reader);
  const first: Block[] = [];
  while (first.length < fewBlocks && first.at(-1)?.isLast !== true) first.push(await nextBlock(stream.reader));
  const isWhole = first.at(-1)?.isLast === true;
  const decode = blockDecoder(isWhole ? Math.min(window, first.length * largestBlock) : window, stream.move);
  for (const block of first) yield* filled(decode(block));
  for (let last = isWhole; !last; ) {
    const block = await nextBlock(stream.reader);
    yield* filled(decode(block));
    last = block.isLast;
  }
  if (hasChecksum) await stream.reader.skip(4);
}

function filled(bytes: Uint8Array): readonly Uint8Array[] {
  return bytes.length === 0 ? [] : [bytes];
}

// RFC 8878, 3.1.1.1.
async function frameHeader(reader: ByteReader): Promise<{ readonly window: number; readonly hasChecksum: boolean }> {
  const [flags = 0] = await needed(reader, 1);
  const isSingle = (flags & 0x20) !== 0;
  const [descriptor = 0] = await needed(reader, isSingle ? 0 : 1);
  await needed(reader, [0, 1, 2, 4][flags & 3] ?? 0);
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const size = littleEndian(await needed(reader, sizeBytes)) + (sizeBytes === 2 ? 256 : 0);
  const base = 2 ** (10 + (descriptor >> 3));
  const window = isSingle ? size : base + (base / 8) * (descriptor & 7);
  if (window > largestWindow) throw new Error(`it needs a zstd window of more than ${largestWindow} bytes`);
  return { window, hasChecksum: (flags & 4) !== 0 };
}

function littleEndian(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

const kinds = ['raw', 'repeated', 'compressed'] as const;

async function nextBlock(reader: ByteReader): Promise<Block> {
  const header = littleEndian(await needed(reader, 3));
  const kind = kinds[(header >> 1) & 3];
  const size = header >> 3;
  if (kind === undefined || size > largestBlock) throw new Error('it is not whole zstd');
  const content = await needed(reader, kind === 'repeated' ? 1 : size);
  return { isLast: (header & 1) === 1, kind, content, size };
}

// What is not compressed needs no decoder, which hears of it only where something compressed may refer to it.
function blockDecoder(window: number, move: Stream['move']): (block: Block) => Uint8Array {
  let decoder: ((kind: 'raw' | 'compressed', content: Uint8Array) => Uint8Array) | undefined;
  let unheard: Uint8Array[] = [];
  let length = 0;
  const remember = (bytes: Uint8Array) => {
    unheard.push(bytes);
    length += bytes.length;
    while (length - (unheard[0]?.length ?? 0) >= window && unheard.length > 1) length -= unheard.shift()?.length ?? 0;
  };
  return ({ kind, content, size }) => {
    if (kind !== 'compressed') {
      const bytes = kind === 'raw' ? content : new Uint8Array(size).fill(content[0] ?? 0);
      remember(bytes);
      return bytes;
    }
    decoder ??= createDecoder(window, move);
    for (const bytes of unheard) decoder('raw', bytes);
    [unheard, length] = [[], 0];
    return decoder('compressed', content);
  };
}

function createDecoder(window: number, move: Stream['move']) {
  let output: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => output.push(chunk));
  const descriptor = windowDescriptor(Math.max(window, largestBlock));
  // Empty blocks fill the header up to the length from which on fzstd begins.
  decompress.push(Uint8Array.from([0x28, 0xb5, 0x2f, 0xfd, 0, descriptor, ...new Uint8Array(12)]));
  return (kind: 'raw' | 'compressed', content: Uint8Array): Uint8Array => {
    move(window);
    output = [];
    const header = (content.length << 3) | (kind === 'raw' ? 0 : 4);
    decompress.push(Buffer.concat([Uint8Array.from([header, header >> 8, header >> 16]), content]));
    return output.length === 1 && output[0] !== undefined ? output[0] : Buffer.concat(output);
  };
}

// The smallest window that is large enough: an exponent and eighths (RFC 8878, 3.1.1.1.2).
function windowDescriptor(size: number): number {
  const exponent = Math.floor(Math.log2(size));
  const eighths = Math.ceil((size - 2 ** exponent) / (2 ** exponent / 8));
  return eighths === 8 ? (exponent - 9) << 3 : ((exponent - 10) << 3) | eighths;
}
