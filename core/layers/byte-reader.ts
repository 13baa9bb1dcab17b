/** Reads a stream of bytes in pieces of the reader's choice. */
export interface ByteReader {
  /** The next bytes, exactly so many; undefined where the stream ends before the first of them. */
  take(length: number): Promise<Uint8Array | undefined>;
  /** Passes over bytes without holding them. */
  skip(length: number): Promise<void>;
  /** Bytes that came so far. */
  count(): number;
}

/** A reader of a stream; throws where it ends within what is asked for. */
export function createByteReader(source: AsyncIterator<Uint8Array>): ByteReader {
  let chunk: Uint8Array = new Uint8Array();
  let at = 0;
  let count = 0;
  // The rest of the current chunk, or the next one.
  const more = async (most: number): Promise<Uint8Array | undefined> => {
    while (at >= chunk.length) {
      const next = await source.next();
      if (next.done === true) return undefined;
      [chunk, at] = [next.value, 0];
      count += chunk.length;
    }
    const piece = chunk.subarray(at, at + most);
    at += piece.length;
    return piece;
  };
  const whole = async (length: number, keep: (piece: Uint8Array) => void): Promise<boolean> => {
    for (let left = length; left > 0; ) {
      const piece = await more(left);
      if (piece === undefined && left === length) return false;
      if (piece === undefined) throw new Error('it ends too early');
      keep(piece);
      left -= piece.length;
    }
    return true;
  };
  return {
    take: async (length) => {
      const pieces: Uint8Array[] = [];
      if (!(await whole(length, (piece) => pieces.push(piece)))) return undefined;
      return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
    },
    skip: async (length) => {
      if (!(await whole(length, () => {}))) throw new Error('it ends too early');
    },
    count: () => count,
  };
}
