import { Composer, type CST, type Document, Lexer, type LineCounter, Parser } from 'yaml';
import { fail } from '../failure.ts';

const deepest = 100;
const mostNodes = 250_000;
const mostMarks = 100_000;

/** The documents of a YAML file, as long as it is not too large or too deep. */
export function documentsOf(text: string, file: string, counter: LineCounter): readonly Document.Parsed[] {
  const tokens = tokensOf(text, file, counter);
  refuseDeep(tokens, file);
  return [...new Composer({ ...grammar, lineCounter: counter }).compose(tokens)];
}

const grammar = { uniqueKeys: false, strict: false, logLevel: 'silent', prettyErrors: false, schema: 'core' } as const;

// A bracket or dash costs the parser a hundred times what it costs the file: they are counted before anything is made of them.
function tokensOf(text: string, file: string, counter: LineCounter): readonly CST.Token[] {
  const parser = new Parser(counter.addNewLine);
  const tokens: CST.Token[] = [];
  counter.addNewLine(0);
  let marks = 0;
  for (const mark of loosened(new Lexer()).lex(text)) {
    marks += 1;
    if (marks > mostMarks) throw unfolds(file, `more than ${mostMarks} marks and words`);
    tokens.push(...parser.next(mark));
  }
  tokens.push(...parser.end());
  return tokens;
}

// libyaml and what is made after it (go-yaml, YamlDotNet, PyYAML) ask for no indentation in brackets, braces and quotes.
function loosened(lexer: Lexer): Lexer {
  let wanted: unknown = Reflect.get(lexer, 'indentNext');
  const isLoose = () => {
    if (Reflect.get(lexer, 'flowLevel') > 0) return true;
    const next = String(Reflect.get(lexer, 'buffer')).charAt(Number(Reflect.get(lexer, 'pos')));
    return next === '"' || next === "'";
  };
  Object.defineProperty(lexer, 'indentNext', { get: () => (isLoose() ? 0 : wanted), set: (next) => (wanted = next) });
  return lexer;
}

const tooMany = `more than ${mostNodes} values`;
const tooDeep = `a nesting of more than ${deepest}`;

// What composes tokens goes down with them, and would not come back from far down.
function refuseDeep(tokens: readonly CST.Token[], file: string): void {
  let level: readonly CST.Token[] = tokens;
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > deepest) throw unfolds(file, tooDeep);
    level = level.flatMap(insideOf);
  }
}

function insideOf(token: CST.Token): readonly CST.Token[] {
  if (token.type === 'document') return token.value === undefined ? [] : [token.value];
  if (!('items' in token)) return [];
  return token.items.flatMap((item) => {
    const key = 'key' in item ? item.key : undefined;
    return [...(key ? [key] : []), ...(item.value === undefined ? [] : [item.value])];
  });
}

/** A YAML file that comes to more than is read. */
export function unfolds(file: string, bound: string) {
  return fail('too-large', file, `is YAML that comes to ${bound}, which is the bound`, 'write less into one file');
}

interface Extent {
  readonly nodes: number;
  readonly depth: number;
}

interface Measured {
  readonly file: string;
  readonly known: Map<object, Extent>;
  readonly depth: number;
}

/** Refuses a value that comes to more than is read. */
export function refuseLarge(value: unknown, file: string): void {
  if (measure(value, { file, known: new Map(), depth: 0 }).nodes > mostNodes) throw unfolds(file, tooMany);
}

// Every alias counts as what it stands for: whoever goes through the value goes through it again.
function measure(value: unknown, { file, known, depth }: Measured): Extent {
  if (typeof value !== 'object' || value === null) return { nodes: 1, depth: 1 };
  const before = known.get(value);
  if (before !== undefined) return before;
  if (depth > deepest) throw unfolds(file, tooDeep);
  // An alias within its own anchor has no end.
  known.set(value, { nodes: Number.POSITIVE_INFINITY, depth: 0 });
  let [nodes, deep] = [1, 0];
  for (const item of Array.isArray(value) ? value : Object.values(value)) {
    const extent = measure(item, { file, known, depth: depth + 1 });
    nodes += extent.nodes;
    deep = Math.max(deep, extent.depth);
  }
  if (deep >= deepest) throw unfolds(file, tooDeep);
  known.set(value, { nodes, depth: deep + 1 });
  return { nodes, depth: deep + 1 };
}
