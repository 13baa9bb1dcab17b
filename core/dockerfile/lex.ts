import { DirectiveReader } from './directives.ts';
import { extractFlags } from './flags.ts';
import { type Heredoc, heredocsIn } from './heredoc.ts';
import { atLine, DockerfileRefusal } from './refusal.ts';
import { cutAtBlanks, trim, trimStart } from './space.ts';
import { argumentsOf } from './tokens.ts';

/** A here-document with what stands in it. */
export interface OpenedHeredoc extends Heredoc {
  readonly content: string;
}

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
  readonly words: readonly string[];
  readonly isJson: boolean;
  /** The whole instruction. */
  readonly text: string;
  /** 1-based first line. */
  readonly line: number;
  readonly heredocs: readonly OpenedHeredoc[];
  /** The last comment above it. */
  readonly comment?: string;
  /** `ENV name value` of old. */
  readonly isLegacyPair?: boolean;
  /** What ONBUILD defers. */
  readonly trigger?: Instruction;
}

export interface Lexed {
  readonly escapeToken: string;
  readonly instructions: readonly Instruction[];
  /** First lines of the instructions that have empty lines within. */
  readonly emptyContinuations: readonly number[];
}

// bufio.MaxScanTokenSize of the scanner that BuildKit reads lines with.
const longestLine = 65_535;

// No real file has so many, and all that follows is done for each of them.
const mostInstructions = 10_000;

/** Splits a Dockerfile into instructions as BuildKit's parser does; throws Refusal. */
export function lex(text: string): Lexed {
  const lines = splitLines(text.replace(/^\uFEFF/, ''));
  const directives = new DirectiveReader();
  let escapeToken = '\\';
  const instructions: Instruction[] = [];
  const emptyContinuations: number[] = [];
  let comment: string | undefined;
  for (let at = 0; at < lines.length; ) {
    const number = at + 1;
    const first = trimStart(withoutEnd(lines[at] ?? ''));
    const directive = directives.read(first, number);
    if (directive?.name === 'escape') escapeToken = escapeCharacter(directive.value, number);
    const joined = joinContinuations(first, lines, at + 1, escapeToken);
    at = joined.next;
    if (joined.text === undefined) {
      if (first !== '' && directive === undefined) comment = trim((lines[number - 1] ?? '').slice(1)) || undefined;
      continue;
    }
    if (joined.hasEmptyLine) emptyContinuations.push(number);
    const own = instructionOf(joined.text, number, escapeToken);
    const instruction = comment === undefined ? own : { ...own, comment };
    comment = undefined;
    const heredocs: OpenedHeredoc[] = [];
    for (const heredoc of opensHeredocs(instruction) ? heredocsIn(joined.text) : []) {
      const read = readHeredoc(lines, at, heredoc, number);
      heredocs.push(read.heredoc);
      at = read.next;
    }
    if (instructions.length >= mostInstructions) {
      throw new DockerfileRefusal(
        'too-large',
        number,
        `there are more than ${mostInstructions} instructions, which is the bound`,
      );
    }
    instructions.push(heredocs.length === 0 ? instruction : { ...instruction, heredocs });
  }
  if (instructions.length === 0) throw new DockerfileRefusal('no-instructions', null, 'the file has no instructions');
  return { escapeToken, instructions, emptyContinuations };
}

function splitLines(text: string): readonly string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const tooLong = lines.findIndex((line) => line.length > longestLine / 4 && Buffer.byteLength(line) > longestLine);
  if (tooLong === -1) return lines;
  throw new DockerfileRefusal('line-too-long', tooLong + 1, `the line is longer than ${longestLine} bytes`);
}

function withoutEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === '\r') end -= 1;
  return line.slice(0, end);
}

function escapeCharacter(value: string, line: number): string {
  if (value === '\\' || value === '`') return value;
  throw new DockerfileRefusal('invalid-directive', line, `invalid escape token '${value}' does not match \` or \\`);
}

interface Joined {
  /** Undefined for a comment or an empty line. */
  readonly text: string | undefined;
  /** Index of the line after the last one that belongs to it. */
  readonly next: number;
  readonly hasEmptyLine: boolean;
}

function joinContinuations(first: string, lines: readonly string[], start: number, escapeToken: string): Joined {
  if (first === '' || isComment(first)) return { text: undefined, next: start, hasEmptyLine: false };
  let { text, continues } = withoutContinuation(first, escapeToken);
  const pieces = [text];
  let at = start;
  let hasEmptyLine = false;
  while (continues && at < lines.length) {
    const line = withoutEnd(lines[at] ?? '');
    at += 1;
    // A comment or an empty line between continuation lines is dropped.
    const isEmpty = trimStart(line) === '';
    hasEmptyLine ||= isEmpty;
    if (isEmpty || isComment(line)) continue;
    ({ text, continues } = withoutContinuation(line, escapeToken));
    pieces.push(text);
  }
  return { text: pieces.join(''), next: at, hasEmptyLine };
}

function isComment(line: string): boolean {
  return trimStart(line).startsWith('#');
}

function withoutContinuation(line: string, escapeToken: string): { text: string; continues: boolean } {
  let length = line.length;
  while (length > 0 && (line[length - 1] === ' ' || line[length - 1] === '\t')) length -= 1;
  const isEscaped = line[length - 1] === escapeToken && line[length - 2] !== escapeToken;
  return isEscaped ? { text: line.slice(0, length - 1), continues: true } : { text: line, continues: false };
}

/** Parses the text of one instruction: of a whole line, or of what ONBUILD defers. */
function instructionOf(text: string, line: number, escapeToken: string, depth = 0): Instruction {
  return atLine(line, () => {
    const [keywordText, after = ''] = cutAtBlanks(trim(text));
    const keyword = keywordText.toLowerCase();
    const extracted = extractFlags(after);
    const rest = trim(extracted.rest);
    const { flags } = extracted;
    // One that defers another is refused as a command: how deep they go does not matter.
    if (keyword === 'onbuild' && rest !== '' && depth < 2) {
      const trigger = instructionOf(rest, line, escapeToken, depth + 1);
      const words = [trigger.keywordText, ...trigger.words];
      return { keyword, keywordText, flags, rest, text, line, words, isJson: false, heredocs: [], trigger };
    }
    const { words, isJson, isLegacyPair } = argumentsOf(keyword, rest, escapeToken);
    const legacy = isLegacyPair === true ? { isLegacyPair } : {};
    return { keyword, keywordText, flags, rest, text, line, words, isJson, heredocs: [], ...legacy };
  });
}

function opensHeredocs(instruction: Instruction): boolean {
  const { keyword, isJson } = instruction.trigger ?? instruction;
  return ['add', 'copy', 'run'].includes(keyword) && !isJson && instruction.text.includes('<<');
}

function readHeredoc(lines: readonly string[], start: number, heredoc: Heredoc, opened: number) {
  const content: string[] = [];
  for (let at = start; at < lines.length; at += 1) {
    const line = withoutEnd(lines[at] ?? '');
    if ((heredoc.chomp ? line.replace(/^\t+/, '') : line) === heredoc.name) {
      return { heredoc: { ...heredoc, content: content.join('') }, next: at + 1 };
    }
    content.push(`${lines[at]}\n`);
  }
  throw new DockerfileRefusal('heredoc-unterminated', opened, `the here-document <<${heredoc.name} is not terminated`);
}
