import picocolors from 'picocolors';
import { visibleText } from './escape.ts';
import { widthOf } from './width.ts';

export interface TerminalOptions {
  readonly colour?: boolean;
  /** Width of the terminal; 80 when absent, without bound where nothing is to be broken or cut. */
  readonly columns?: number;
}

/** What a text for the terminal is drawn with. */
export interface Pens {
  readonly columns: number;
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** The pens of a terminal, all of them plain where colour is not wanted. */
export function terminal({ colour = false, columns = 80 }: TerminalOptions): Pens {
  const { bold, dim, green, yellow, red } = picocolors.createColors(colour);
  return { columns: Math.max(40, columns), bold, dim, good: green, warn: yellow, bad: red };
}

/** Breaks text at spaces into lines of at most so many characters; a longer word is broken where it has to be. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of visibleText(text).split(' ')) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
    while (line.length > width) {
      const end = breakIn(line, width);
      lines.push(line.slice(0, end));
      line = line.slice(end);
    }
  }
  return line === '' ? lines : [...lines, line];
}

// References break best after a separator; one that would leave less than half a line is not worth it.
function breakIn(word: string, width: number): number {
  const separator = Math.max(...['/', ':', '@', '-'].map((character) => word.lastIndexOf(character, width - 1)));
  return separator + 1 > width / 2 ? separator + 1 : width;
}

/** A paragraph in which all lines but the first are indented. */
export function paragraph(text: string, { columns }: Pens, indent = 2): string {
  const [first = '', ...rest] = wrapped(text, columns - indent);
  return [first, ...rest.map((line) => ' '.repeat(indent) + line)].join('\n');
}
