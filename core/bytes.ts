/** A piece of a stream whose type says nothing of its pieces; throws for one that is no bytes. */
export function bytesOf(piece: unknown): Uint8Array {
  if (piece instanceof Uint8Array) return piece;
  throw new TypeError('a stream of bytes gave something else');
}
