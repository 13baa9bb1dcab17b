import { createDirectiveReader } from './directives.ts';
import { type Heredoc, heredocsIn } from './heredoc.ts';
import { Refusal } from './refusal.ts';

/** One instruction as it stands in the file, continuation lines joined and comments dropped. */
export interface Instruction {
  /** In lower case. */
  readonly keyword: string;
  /** As written. */
  readonly keywordText: string;
  /** `--name=value` words before the arguments, quotes and escapes resolved. */
  readonly flags: readonly string[];
  /** Everything after the flags. */
  readonly rest: string;
  /** 1-based first line. */
  readonly line: number;
  readonly heredocs: readonly Heredoc[];
}

export interface Lexed {
  readonly escapeToken: string;
  readonly instructions: readonly Instruction[];
}

// bufio.MaxScanTokenSize of the scanner that BuildKit reads lines with.
const longestLine = 65_535;

/** Splits a Dockerfile into instructions as BuildKit's parser does; throws Refusal. */
export function lex(text: string): Lexed {
  const lines = splitLines(text.replace(/^\uFEFF/, ''));
  const directives = createDirectiveReader();
  let escapeToken = '\\';
  const readDirective = (line: string, number: number) => {
    const directive = directives.read(line, number);
    if (directive?.name === 'escape') escapeToken = escapeCharacter(directive.value, number);
  };
  const instructions: Instruction[] = [];
  let at = 0;
  while (at < lines.length) {
    const number = at + 1;
    const first = (lines[at] ?? '').trimStart();
    readDirective(first, number);
    at += 1;
    const joined = joinContinuations(first, lines, at, escapeToken, readDirective);
    at = joined.next;
    if (joined.text === '') continue;
    const instruction = instructionOf(joined.text, number);
    const opened = opensHeredocs(instruction) ? heredocsIn(joined.text) : [];
    for (const heredoc of opened) at = afterHeredoc(lines, at, heredoc, number);
    instructions.push({ ...instruction, heredocs: opened });
  }
  if (instructions.length === 0) throw new Refusal('no-instructions', null, 'the file has no instructions');
  return { escapeToken, instructions };
}

function splitLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const tooLong = lines.findIndex((line) => line.length > longestLine / 4 && Buffer.byteLength(line) > longestLine);
  if (tooLong !== -1) {
    throw new Refusal('line-too-long', tooLong + 1, `the line is longer than ${longestLine} bytes`);
  }
  return lines.map((line) => line.replace(/[\r\n]+$/, ''));
}

function escapeCharacter(value: string, line: number): string {
  if (value === '\\' || value === '`') return value;
  throw new Refusal('invalid-directive', line, `invalid escapeToken token '${value}': it has to be \\ or \``);
}

interface Joined {
  readonly text: string;
  /** Index of the line after the last one that belongs to it. */
  readonly next: number;
}

function joinContinuations(
  first: string,
  lines: readonly string[],
  start: number,
  escapeToken: string,
  readDirective: (line: string, number: number) => void,
): Joined {
  if (isComment(first)) return { text: '', next: start };
  const pieces: string[] = [];
  let { text, continues } = withoutContinuation(first, escapeToken);
  pieces.push(text);
  let at = start;
  while (continues && at < lines.length) {
    const line = lines[at] ?? '';
    at += 1;
    readDirective(line, at);
    // A comment or an empty line between continuation lines is dropped.
    if (isComment(line) || line.trim() === '') continue;
    ({ text, continues } = withoutContinuation(line, escapeToken));
    pieces.push(text);
  }
  return { text: pieces.join(''), next: at };
}

function isComment(line: string): boolean {
  return line.trimStart().startsWith('#');
}

function withoutContinuation(line: string, escapeToken: string): { text: string; continues: boolean } {
  const end = line.replace(/[ \t]+$/, '');
  const isEscaped = end.endsWith(escapeToken) && !(end.length > 1 && end.at(-2) === escapeToken);
  return isEscaped ? { text: end.slice(0, -1), continues: true } : { text: line, continues: false };
}

/** Parses the text of one instruction: of a whole line, or of what ONBUILD defers. */
export function instructionOf(text: string, line: number): Instruction {
  const trimmed = text.trim();
  const space = /[\t\v\f\r ]+/.exec(trimmed);
  const keywordText = space === null ? trimmed : trimmed.slice(0, space.index);
  const after = space === null ? '' : trimmed.slice(space.index + space[0].length);
  const { flags, rest } = extractFlags(after);
  return { keyword: keywordText.toLowerCase(), keywordText, flags, rest: rest.trim(), line, heredocs: [] };
}

function opensHeredocs(instruction: Instruction): boolean {
  const inner =
    instruction.keyword === 'onbuild' && instruction.rest !== ''
      ? instructionOf(instruction.rest, instruction.line)
      : instruction;
  if (!['add', 'copy', 'run'].includes(inner.keyword)) return false;
  return inner.rest.includes('<<') && !isJsonArray(inner.rest);
}

/** Whether arguments are in the JSON (exec) form. */
export function isJsonArray(rest: string): boolean {
  if (!rest.startsWith('[')) return false;
  try {
    const parsed: unknown = JSON.parse(rest);
    return Array.isArray(parsed) && parsed.every((word) => typeof word === 'string');
  } catch {
    return false;
  }
}

function afterHeredoc(lines: readonly string[], start: number, { name, chomp }: Heredoc, opened: number): number {
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if ((chomp ? line.replace(/^\t+/, '') : line) === name) return at + 1;
  }
  throw new Refusal('heredoc-unterminated', opened, `the here-document <<${name} is not terminated`);
}

/** Takes leading `--flag` words off the arguments (BuildKit, extractBuilderFlags). */
export function extractFlags(text: string): { readonly flags: readonly string[]; readonly rest: string } {
  const flags: string[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && /\s/u.test(text[at] ?? '')) at += 1;
    if (!text.startsWith('--', at)) return { flags, rest: text.slice(at) };
    const word = flagWord(text, at);
    at = word.next;
    if (word.text === '--') return { flags, rest: text.slice(at) };
    flags.push(word.text);
  }
}

function flagWord(text: string, start: number): { readonly text: string; readonly next: number } {
  let word = '';
  let quote = '';
  let at = start;
  for (; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (quote === '' && /\s/u.test(character)) break;
    if (character === '\\') {
      at += 1;
      word += text[at] ?? '';
    } else if (quote !== '' ? character === quote : character === "'" || character === '"') {
      quote = quote === '' ? character : '';
    } else {
      word += character;
    }
  }
  return { text: word, next: at };
}
