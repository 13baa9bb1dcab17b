import { createColors } from 'picocolors';
import type { Severity } from '../../core/scan/finding.ts';
import { visibleText } from '../../core/text/escape.ts';
import { wrapped } from '../../core/text/terminal.ts';
import { inertLine } from '../../core/untrusted.ts';

const width = 80;
const margin = '   ';

type Pen = (text: string) => string;

/** What the demo's story is drawn with; every pen leaves text as it is where colour is not wanted. */
export interface Ink {
  readonly bold: Pen;
  readonly dim: Pen;
  readonly name: Pen;
  readonly digest: Pen;
  readonly good: Pen;
  readonly warn: Pen;
  readonly bad: Pen;
}

/** The pens of the demo. */
export function createInk(colour: boolean): Ink {
  const { bold, dim, cyan, magenta, green, yellow, red } = createColors(colour);
  return { bold, dim, name: cyan, digest: magenta, good: green, warn: yellow, bad: red };
}

/** One part of the story; without lines it is left out. */
export interface StoryPart {
  readonly title: string;
  readonly lines: readonly string[];
}

/** The head of a part, with a rule to the right edge. */
export function heading(ink: Ink, number: number, title: string): readonly string[] {
  const rule = '─'.repeat(Math.max(width - title.length - 5, 3));
  return ['', `${ink.bold(`${number}  ${title}`)} ${ink.dim(rule)}`, ''];
}

/** Lines at the margin. */
export function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => (line === '' ? '' : margin + line));
}

/** Text of any origin, made plain, broken to the width and held to the right of its lead. */
export function hanging(lead: string, text: string, pen: Pen = (line) => line): readonly string[] {
  const lines = wrapped(inertLine(visibleText(text)), width - margin.length - lead.length);
  return indented(lines.map((line, at) => (at === 0 ? lead : ' '.repeat(lead.length)) + pen(line)));
}

/** A severity in the colour of its weight. */
export function inSeverity(ink: Ink, severity: Severity, text: string): string {
  switch (severity) {
    case 'critical':
      return ink.bad(ink.bold(text));
    case 'high':
      return ink.bad(text);
    case 'medium':
      return ink.warn(text);
    case 'low':
    case 'negligible':
    case 'unknown':
      return ink.dim(text);
  }
}
