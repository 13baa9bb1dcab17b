/** A text of its grammar that can be made as long as one likes. */
export interface Growth {
  readonly label: string;
  readonly of: (size: number) => string;
}

/** One parser of text that nobody vouches for. */
export interface Parser {
  readonly name: string;
  /** Files of core that it runs: together the rows cover every file that takes such text apart. */
  readonly sources: readonly string[];
  /** Reads a text; where the format is binary, each character is a byte. Throws nothing but FailureError. */
  readonly parse: (text: string) => unknown;
  readonly growths: readonly Growth[];
  /** Texts that are nested as deep as asked. */
  readonly nested: readonly Growth[];
  /** What takes a fuzzer many times as long as the others. */
  readonly heavy?: true;
  /** What a fuzzer puts together. */
  readonly tokens: readonly string[];
}

export const deep = 100_000;

/** The token over and over. */
export function repeated(token: string, before = '', after = ''): Growth {
  const label = `${JSON.stringify(before.slice(-20))} ${JSON.stringify(token.slice(0, 60))} ${JSON.stringify(after.slice(0, 20))}`;
  return { label, of: (size) => before + token.repeat(Math.ceil(size / token.length)) + after };
}

/** Tokens over and over, each alone and behind each beginning. */
export function eachRepeated(tokens: readonly string[], befores: readonly string[] = ['']): readonly Growth[] {
  return befores.flatMap((before) => tokens.map((token) => repeated(token, before)));
}

/** A token that holds itself. */
export function nestedIn(open: string, close: string, before = '', after = ''): Growth {
  const label = `nested ${JSON.stringify(open)}`;
  return { label, of: (depth) => before + open.repeat(depth) + close.repeat(depth) + after };
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

// What grammars within JSON texts begin, end and repeat with.
const characters = ['a', ' ', '\\n', '/', ':@', '.', '-', '%', '#', ';', '<', ',rel=', 'pkg:', 'a: '];

/** A document whose every list, mapping and text is grown in turn, and every value put far down. */
export function jsonGrowths(sample: Json): Pick<Parser, 'growths' | 'nested' | 'tokens'> {
  const places = placesIn(sample, []);
  const growths = places.flatMap(({ path, value }): readonly Growth[] => {
    const [before, after] = around(sample, path);
    const at = path.join('.');
    if (typeof value === 'string') {
      const begun = JSON.stringify(value).slice(0, -1);
      return characters.map((character) => ({
        label: `${at} of ${JSON.stringify(character)}`,
        of: (size) => `${before}${begun}${character.repeat(Math.ceil(size / character.length))}"${after}`,
      }));
    }
    if (Array.isArray(value) && value.length > 0) {
      const text = JSON.stringify(value[0]);
      const of = (size: number) =>
        `${before}[${text}${`,${text}`.repeat(Math.ceil(size / (text.length + 1)))}]${after}`;
      return [{ label: `${at} of many`, of }];
    }
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return manyKeys(at, value, before, after);
    return [];
  });
  const nested = places.flatMap(({ path }) => {
    const [before, after] = around(sample, path);
    return [nestedIn('[', ']', before, after), nestedIn('{"a":', '}', `${before}`, after)].map((growth, which) => ({
      label: `${path.join('.')} ${growth.label}`,
      of: (depth: number) =>
        which === 0 ? growth.of(depth) : `${before}${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}${after}`,
    }));
  });
  return {
    growths: [...growths, ...eachRepeated(['[', '{', '"', '\\', '1', 'null,', '{"a":'])],
    nested,
    tokens: tokensOf(sample),
  };
}

function manyKeys(at: string, value: object, before: string, after: string): readonly Growth[] {
  const [first = '1'] = Object.values(value).map((item) => JSON.stringify(item));
  const inner = JSON.stringify(value).slice(1, -1);
  const of = (size: number) => {
    const keys = Array.from({ length: Math.ceil(size / (first.length + 10)) }, (_, key) => `,"k${key}":${first}`);
    return `${before}{${inner === '' ? '"k":1' : inner}${keys.join('')}}${after}`;
  };
  return [{ label: `${at} of many keys`, of }];
}

interface Place {
  readonly path: readonly (string | number)[];
  readonly value: Json;
}

function placesIn(value: Json, path: readonly (string | number)[]): readonly Place[] {
  const below = (
    Array.isArray(value) ? [...value.entries()].slice(0, 1) : isMapping(value) ? Object.entries(value as object) : []
  ) as [string | number, Json][];
  return [{ path, value }, ...below.flatMap(([key, item]) => placesIn(item, [...path, key]))];
}

function isMapping(value: Json): boolean {
  return typeof value === 'object' && value !== null;
}

const hole = '\u0001hole\u0001';

// The text of the document before and behind a place in it.
function around(sample: Json, path: readonly (string | number)[]): readonly [string, string] {
  const text = JSON.stringify(replaced(sample, path));
  const [before = '', after = ''] = text.split(JSON.stringify(hole));
  return [before, after];
}

function replaced(value: Json, [key, ...rest]: readonly (string | number)[]): Json {
  if (key === undefined) return hole;
  if (Array.isArray(value)) return value.map((item, at) => (at === key ? replaced(item, rest) : item));
  const mapping = value as { readonly [name: string]: Json };
  return { ...mapping, [key]: replaced(mapping[key] ?? null, rest) };
}

function tokensOf(sample: Json): readonly string[] {
  const text = JSON.stringify(sample);
  return [
    ...new Set(text.match(/"[^"]*"|[[\]{}:,]|[^[\]{}:,"]+/g)),
    'null',
    'true',
    '-1',
    '1e9',
    '"__proto__"',
    '\\u0000',
    text,
  ];
}
