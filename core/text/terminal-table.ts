import { visibleText } from './escape.ts';
import { type Pens, paragraph, wrapped } from './terminal.ts';
import { widthOf } from './width.ts';

export interface Column {
  readonly title: string;
  /** Left out first where a terminal is too narrow for all. */
  readonly isExtra?: true;
  /** What it is never made narrower than while others can give way. */
  readonly least?: number;
  /** Broken where it is too long, and never cut: what somebody is to copy. */
  readonly isWhole?: true;
}

/** One cell: lines of untrusted text, and how to colour them. */
export interface Cell {
  readonly lines: readonly string[];
  readonly ink?: (text: string) => string;
}

/** Rows below a line of text that says what they share. */
export interface TableSection {
  readonly heading?: string;
  readonly rows: readonly (readonly Cell[])[];
}

const gap = 2;
/** Below this in every column, a table does without its extra ones. */
const least = 12;
const hard = 4;

/**
 * A table without lines: words are broken to fit their column, and a longer name is cut in its middle. Columns without
 * any text are left out.
 */
export function table(columns: readonly Column[], sections: readonly TableSection[], pens: Pens): string {
  const inset = sections.some(({ heading }) => heading !== undefined) ? 2 : 0;
  const rows = sections.flatMap((section) => section.rows);
  const { shown, widths } = layOut(columns, rows, pens.columns - inset);
  const draw = (cells: readonly Cell[]) =>
    drawnRow(
      shown.map((index, at) => fittedCell(cells[index], widths[at] ?? least, columns[index]?.isWhole === true)),
      widths,
    ).map((line) => ' '.repeat(inset) + line);
  const head = draw(columns.map(({ title }) => ({ lines: [title.toUpperCase()], ink: pens.bold })));
  return [
    ...head,
    ...sections.flatMap(({ heading, rows: own }, index) => [
      ...(heading === undefined ? [] : [...(index === 0 ? [] : ['']), pens.bold(paragraph(heading, pens, 4))]),
      ...own.flatMap(draw),
    ]),
  ].join('\n');
}

interface Layout {
  /** Places of the columns that are drawn. */
  readonly shown: readonly number[];
  readonly widths: readonly number[];
}

function layOut(columns: readonly Column[], rows: readonly (readonly Cell[])[], room: number): Layout {
  const natural = columns.map(({ title }, index) =>
    Math.max(widthOf(title), ...rows.flatMap((row) => (row[index]?.lines ?? []).map(visibleWidth))),
  );
  const filled = [...columns.keys()].filter((index) =>
    rows.some((row) => row[index]?.lines.some((line) => line !== '')),
  );
  const narrow = filled.filter((index) => columns[index]?.isExtra !== true);
  const wanted = (shown: readonly number[]) => shown.map((index) => natural[index] ?? 0);
  const fits = (shown: readonly number[]) =>
    wanted(shown).reduce((sum, width) => sum + Math.min(width, least) + gap, -gap) <= room;
  const shown = fits(filled) ? filled : narrow;
  const floors = shown.map((index) => columns[index]?.least ?? 0);
  return { shown, widths: shrunk(wanted(shown), floors, room - gap * (shown.length - 1)) };
}

// The widest give way first, all to the same width.
function shrunk(natural: readonly number[], floors: readonly number[], room: number): readonly number[] {
  const total = (widths: readonly number[]) => widths.reduce((sum, width) => sum + width, 0);
  const at = (bound: number, least: readonly number[]) =>
    natural.map((width, index) => Math.min(width, Math.max(bound, least[index] ?? 0)));
  const none = floors.map(() => 0);
  const held = total(at(hard, floors)) <= room ? floors : none;
  let bound = hard;
  while (bound < Math.max(...natural) && total(at(bound + 1, held)) <= room) bound += 1;
  const widths = at(bound, held);
  const spare = room - total(widths);
  const cut = widths.flatMap((width, index) => (width < (natural[index] ?? 0) ? [index] : []));
  const [first] = cut;
  return widths.map((width, index) => (index === first && spare > 0 ? width + Math.min(spare, cut.length) : width));
}

function drawnRow(cells: readonly Cell[], widths: readonly number[]): readonly string[] {
  const height = Math.max(0, ...cells.map(({ lines }) => lines.length));
  return Array.from({ length: height }, (_, at) => {
    const last = cells.findLastIndex(({ lines }) => (lines[at] ?? '') !== '');
    return cells
      .slice(0, last + 1)
      .map(({ lines, ink = (text) => text }, index) => {
        const text = lines[at] ?? '';
        const padding = index === last ? '' : ' '.repeat((widths[index] ?? 0) - widthOf(text) + gap);
        return `${text === '' ? '' : ink(text)}${padding}`;
      })
      .join('');
  });
}

function fittedCell(cell: Cell = { lines: [] }, width: number, isWhole: boolean): Cell {
  const cut = (line: string) =>
    visibleText(line)
      .split(' ')
      .map((word) => cutInMiddle(word, width))
      .join(' ');
  return { ...cell, lines: cell.lines.flatMap((line) => wrapped(isWhole ? line : cut(line), width)) };
}

function visibleWidth(line: string): number {
  return widthOf(visibleText(line));
}

/** A word that fits into so many columns; of a longer one its beginning and, as names differ there, more of its end. */
export function cutInMiddle(word: string, width: number): string {
  if (widthOf(word) <= width) return word;
  const head = Math.floor((width - 1) * 0.4);
  return `${taken([...word], head).join('')}…${taken([...word].reverse(), width - 1 - head)
    .reverse()
    .join('')}`;
}

function taken(characters: readonly string[], width: number): string[] {
  const some: string[] = [];
  let used = 0;
  for (const character of characters) {
    used += widthOf(character);
    if (used > width) break;
    some.push(character);
  }
  return some;
}
