import { constants } from 'node:buffer';

const blockSize = 64 * 1024;
/** Bytes of one line that are handed on. */
const longestLine = 64 * 1024;

/** Bytes of a stream up to a limit, held in blocks of one size so that small writes cost no more than large ones. */
export interface Recorder {
  write(chunk: Uint8Array): void;
  /** Whether more came than is kept. */
  isFull(): boolean;
  text(): string;
}

/** Keeps the first bytes of a stream, for an answer of which a part is of no use. */
export function keepFirst(limit: number): Recorder {
  const most = Math.min(limit, constants.MAX_STRING_LENGTH);
  const blocks = createBlocks();
  let isFull = false;
  return {
    write: (chunk) => {
      const room = most - blocks.size();
      if (chunk.length > room) isFull = true;
      blocks.append(chunk.subarray(0, room));
    },
    isFull: () => isFull,
    text: () => {
      const bytes = blocks.joined();
      return bytes.toString('utf8', 0, isFull ? wholeEnd(bytes, bytes.length) : bytes.length);
    },
  };
}

/** Keeps the last bytes of a stream, where the reason of a failure stands. */
export function keepLast(limit: number): Recorder {
  const blocks = createBlocks();
  let isFull = false;
  return {
    write: (chunk) => {
      blocks.append(chunk);
      if (blocks.size() > limit) isFull = true;
      blocks.dropBeyond(limit);
    },
    isFull: () => isFull,
    text: () => {
      const bytes = blocks.joined();
      return bytes.toString('utf8', isFull ? wholeStart(bytes, Math.max(0, bytes.length - limit)) : 0);
    },
  };
}

function createBlocks() {
  const blocks: Buffer[] = [];
  let used = blockSize;
  const size = () => blocks.length * blockSize - (blockSize - used);
  return {
    size: () => (blocks.length === 0 ? 0 : size()),
    append: (chunk: Uint8Array) => {
      for (let at = 0; at < chunk.length; ) {
        if (used === blockSize) {
          blocks.push(Buffer.allocUnsafe(blockSize));
          used = 0;
        }
        const piece = chunk.subarray(at, at + blockSize - used);
        blocks.at(-1)?.set(piece, used);
        used += piece.length;
        at += piece.length;
      }
    },
    dropBeyond: (limit: number) => {
      while (blocks.length > 1 && size() - blockSize >= limit) blocks.shift();
    },
    joined: () => (blocks.length === 0 ? Buffer.alloc(0) : Buffer.concat(blocks, size())),
  };
}

/** Splits bytes into lines in linear time; CR ends a line too, as progress bars use it. */
export function splitLines(onLine: (line: string) => void): { write(chunk: Buffer): void; end(): void } {
  const line = Buffer.allocUnsafe(longestLine);
  let held = 0;
  let cut = 0;
  let isAfterCr = false;
  const take = (piece: Buffer) => {
    const copied = piece.copy(line, held);
    held += copied;
    cut += piece.length - copied;
  };
  const emit = () => {
    const text = line.toString('utf8', 0, cut === 0 ? held : wholeEnd(line, held));
    onLine(cut === 0 ? text : `${text}… (${cut} bytes more)`);
    held = 0;
    cut = 0;
  };
  return {
    write: (chunk) => {
      let at = isAfterCr && chunk[0] === newline ? 1 : 0;
      const [nextNewline, nextReturn] = [searcher(chunk, newline), searcher(chunk, carriageReturn)];
      while (at < chunk.length) {
        const end = Math.min(nextNewline(at), nextReturn(at));
        take(chunk.subarray(at, end));
        if (end === chunk.length) break;
        emit();
        at = end + 1;
        if (chunk[end] === carriageReturn && chunk[at] === newline) at += 1;
      }
      isAfterCr = chunk.at(-1) === carriageReturn;
    },
    end: () => {
      if (held + cut > 0) emit();
    },
  };
}

const newline = 10;
const carriageReturn = 13;

// Where a byte comes next, or the end; what was found is not searched for again.
function searcher(chunk: Buffer, byte: number): (from: number) => number {
  let found = -1;
  return (from) => {
    if (found < from) {
      const next = chunk.indexOf(byte, from);
      found = next === -1 ? chunk.length : next;
    }
    return found;
  };
}

// UTF-8: bytes of a character after its first have the form 10xxxxxx, and there are three at most.
function isInside(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function wholeStart(bytes: Buffer, start: number): number {
  let at = start;
  while (at < start + 3 && isInside(bytes[at])) at += 1;
  return at;
}

function wholeEnd(bytes: Buffer, end: number): number {
  let first = end - 1;
  while (first > end - 4 && isInside(bytes[first])) first -= 1;
  const lead = bytes[first] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return first + length > end ? Math.max(first, 0) : end;
}
