interface Stream {
  write(text: string): unknown;
  readonly columns?: number;
}

/** How wide a terminal is; one that does not know says 0, or nothing. */
export function columnsOf({ columns = 0 }: { readonly columns?: number }): number {
  return columns === 0 ? 80 : columns;
}

/** One line that stays below whatever else is written to a terminal. */
export interface LiveLine {
  show(line: string | undefined): void;
  /** Writes something above it. */
  above(write: () => void): void;
}

/** A live line at the end of a terminal; it is taken away and written anew around everything else. */
export function createLiveLine(stream: Stream): LiveLine {
  let shown = '';
  const draw = (line: string) => {
    // To the start of the line, and nothing behind that (ECMA-48, EL).
    if (shown !== '' || line !== '') stream.write(`\r\u001b[K${line}`);
    shown = line;
  };
  return {
    // A line that wraps could not be taken away.
    show: (line = '') => draw(line.slice(0, Math.max(1, columnsOf(stream) - 1))),
    above: (write) => {
      const line = shown;
      draw('');
      write();
      draw(line);
    },
  };
}
