/** Characters of a result that a log of CI shows: more than anybody reads there, and less than what its page can show. */
const most = 4 * 1024 * 1024;

/** What a log of CI shows of a result: its lines up to a bound, and that it is cut. */
export function* logPieces(pieces: Iterable<string>, limit = most): Generator<string> {
  let room = limit;
  for (const piece of pieces) {
    if (piece.length > room) {
      const end = piece.lastIndexOf('\n', room);
      if (end > 0) yield piece.slice(0, end);
      yield `(cut here: the result has more than ${limit} characters, and saved files have all of it)`;
      return;
    }
    room -= piece.length;
    yield piece;
  }
}

/** The printing of a host whose log is for reading: what steers it is made harmless by `inert`, of JSON and of text. */
export function logPrinter(
  write: (text: string) => void,
  inert: { readonly json: (text: string) => string; readonly text: (text: string) => string },
): { print(text: string): void; printPieces(pieces: Iterable<string>): void } {
  const each = (pieces: Iterable<string>, line: (piece: string) => string) => {
    let safe: ((piece: string) => string) | undefined;
    for (const piece of logPieces(pieces)) {
      safe ??= /^\s*[[{]/.test(piece) ? inert.json : inert.text;
      write(safe(line(piece)));
    }
  };
  return {
    print: (text) => each([text], (piece) => piece),
    // What is written ends a line.
    printPieces: (pieces) => each(pieces, (piece) => piece.replace(/\n$/, '')),
  };
}
