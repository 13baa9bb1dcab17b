import { parseJson } from '../json.ts';
import { DockerfileRefusal } from './refusal.ts';

const known = new Set(['escape', 'syntax', 'check']);

export interface Directive {
  readonly name: string;
  readonly value: string;
}

/** Reads parser directives line by line: they end at the first line that is not one, be it blank, comment or instruction. */
export class DirectiveReader {
  readonly #comment: string;
  readonly #seen = new Set<string>();
  #done = false;
  constructor(comment = '#') {
    this.#comment = comment;
  }

  /** The directive on a line, or undefined; throws on a second one of a kind. */
  read(text: string, line: number): Directive | undefined {
    if (this.#done) return undefined;
    const directive = parseDirective(this.#comment, text);
    if (directive === undefined) {
      this.#done = true;
      return undefined;
    }
    if (this.#seen.has(directive.name)) {
      throw new DockerfileRefusal('invalid-directive', line, `only one ${directive.name} parser directive can be used`);
    }
    this.#seen.add(directive.name);
    return directive;
  }
}

function parseDirective(comment: string, text: string): Directive | undefined {
  if (!text.startsWith(comment)) return undefined;
  const match = /^\s*([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*([^\n]+)$/.exec(text.slice(comment.length));
  const name = (match?.[1] ?? '').toLowerCase();
  const value = (match?.[2] ?? '').replace(/[\t\n\f\r ]+$/, '');
  return known.has(name) && value !== '' ? { name, value } : undefined;
}

/** A directive that is looked for before the file is parsed, and its 1-based line. */
export interface FoundDirective {
  readonly value: string;
  readonly line: number;
}

/** Finds a directive as BuildKit does ahead of parsing: a byte-order mark and a `#!` line may come first, blanks may not. */
export function findDirective(name: string, text: string, comment = '#'): FoundDirective | undefined {
  const reader = new DirectiveReader(comment);
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (let number = 1; at < text.length; number += 1) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end === -1 ? undefined : end).replace(/\r$/, '');
    at = end === -1 ? text.length : end + 1;
    if (number === 1 && line.startsWith('#!')) continue;
    const directive = readQuietly(reader, line);
    if (directive === undefined) return undefined;
    // What stands behind a blank is for the frontend and not part of its name.
    if (directive.name === name) return { value: directive.value.split(' ', 1)[0] ?? '', line: number };
  }
  return undefined;
}

// A doubled directive ends the search; it is the parser that refuses it.
function readQuietly(reader: DirectiveReader, text: string): Directive | undefined {
  try {
    return reader.read(text, 0);
  } catch {
    return undefined;
  }
}

/** The frontend that BuildKit runs the file with: `# syntax=`, `// syntax=`, or a JSON file with that key. */
export function findSyntax(text: string): FoundDirective | undefined {
  return findDirective('syntax', text) ?? findDirective('syntax', text, '//') ?? findJsonSyntax(text);
}

function findJsonSyntax(text: string): FoundDirective | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    const parsed: unknown = parseJson(text);
    const value = typeof parsed === 'object' && parsed !== null && 'syntax' in parsed ? parsed.syntax : undefined;
    return typeof value === 'string' && value !== '' ? { value, line: 1 } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether Go's strconv.ParseBool takes the text. */
export function isBoolean(text: string): boolean {
  return /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(text);
}
