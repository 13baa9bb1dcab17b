import { lex } from './lex.ts';

/** A piece of a text by its offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The span of the lines from one on up to the next instruction; `line` is 1-based. */
export function instructionAt(text: string, line: number): Span {
  const next = linesOfInstructions(text).find((other) => other > line);
  const start = offsetOfLine(text, line);
  return { start, end: next === undefined ? text.length : offsetOfLine(text, next) };
}

function linesOfInstructions(text: string): readonly number[] {
  return lex(text).instructions.map((instruction) => instruction.line);
}

function offsetOfLine(text: string, line: number): number {
  let offset = 0;
  for (let passed = 1; passed < line; passed += 1) offset = text.indexOf('\n', offset) + 1;
  return offset;
}

/** The 1-based lines of many offsets of one text. */
export function linesOf(text: string): (offset: number) => number {
  const ends: number[] = [];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) ends.push(at);
  return (offset) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low + 1;
  };
}

/** The 1-based line on which an offset stands. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Every place within a span where the word stands by itself: between blanks, quotes, commas, an equals sign. */
export function placesOf(text: string, word: string, within: Span): readonly Span[] {
  const places: Span[] = [];
  for (let at = text.indexOf(word, within.start); at !== -1; at = text.indexOf(word, at + 1)) {
    const end = at + word.length;
    if (end > within.end) break;
    const before = at === 0 ? '' : (text[at - 1] ?? '');
    if (/^[\s"'=,\uFEFF]?$/.test(before) && /^[\s"',]?$/.test(text[end] ?? '')) places.push({ start: at, end });
  }
  return places;
}

/** The text with a span of it replaced. */
export function replaced(text: string, { start, end }: Span, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}
