import { createBound, type Spend } from '../bound.ts';
import { fail } from '../failure.ts';

/** Variables by name. */
export type Environment = ReadonlyMap<string, string>;

/** Whose variables are put in, and what of characters that may still cost: values are put into values. */
export interface Expansion {
  readonly subject: string;
  readonly spend: Spend;
}

const deepest = 20;
const longest = 4 * 1024 * 1024;

/** The expansion of the variables of one file, or of the files of one project. */
export function createExpansion(subject: string): Expansion {
  const spend = createBound(subject, longest, 'characters of variables put in', 'write the values out');
  return { subject, spend };
}

/**
 * Puts variables into a text as Compose does: `$NAME`, `${NAME}`, `:-`, `-`, `:+`, `+`, `:?`, `?`, nested, and `$$` for
 * a dollar. What Compose would refuse for want of a value stays as it is written.
 */
export function interpolate(text: string, env: Environment, expansion: Expansion): string {
  if (!text.includes('$')) return text;
  return filled({ text, closings: closingsOf(text), env, expansion }, 0, text.length, 0);
}

interface Source {
  readonly text: string;
  /** The place of the brace that ends each `${`, over those of substitutions within. */
  readonly closings: ReadonlyMap<number, number>;
  readonly env: Environment;
  readonly expansion: Expansion;
}

// One pass, so that no number of unclosed braces costs more than its length.
function closingsOf(text: string): ReadonlyMap<number, number> {
  const closings = new Map<number, number>();
  const open: number[] = [];
  for (const { 0: found, index } of text.matchAll(/\$(?=\{)|\}/g)) {
    if (found === '$') open.push(index);
    else {
      const start = open.pop();
      if (start !== undefined) closings.set(start, index);
    }
  }
  return closings;
}

function filled(source: Source, start: number, end: number, depth: number): string {
  const { text, expansion } = source;
  if (depth > deepest) {
    throw fail('too-large', expansion.subject, `nests variables more than ${deepest} deep`, 'write the values out');
  }
  const pieces: string[] = [];
  for (let at = start; at < end; ) {
    const next = text.indexOf('$', at);
    const until = next === -1 || next > end ? end : next;
    pieces.push(text.slice(at, until));
    if (until === end) break;
    const piece = dollar(source, until, depth);
    pieces.push(piece.value);
    at = until + piece.length;
  }
  return pieces.join('');
}

interface Piece {
  readonly length: number;
  readonly value: string;
}

function dollar(source: Source, at: number, depth: number): Piece {
  const { text, closings, env } = source;
  if (text[at + 1] === '$') return { length: 2, value: '$' };
  const bare = nameAt(text, at + 1);
  if (bare !== '') return { length: bare.length + 1, value: counted(source, env.get(bare) ?? '') };
  const end = text[at + 1] === '{' ? closings.get(at) : undefined;
  if (end === undefined) return { length: 1, value: '$' };
  const whole = text.slice(at, end + 1);
  return { length: whole.length, value: substituted(source, at + 2, end, depth) ?? whole };
}

function nameAt(text: string, at: number): string {
  const name = /[A-Za-z_]\w*/y;
  name.lastIndex = at;
  return name.exec(text)?.[0] ?? '';
}

function counted({ expansion }: Source, value: string): string {
  expansion.spend(value.length);
  return value;
}

function substituted(source: Source, start: number, end: number, depth: number): string | undefined {
  const { text, env } = source;
  const name = nameAt(text, start);
  const behind = start + name.length;
  const operator = /:?[-+?]|$/.exec(text.slice(behind, Math.min(behind + 2, end)))?.[0] ?? '';
  const isWhole = operator === '' ? behind === end : text.startsWith(operator, behind);
  if (name === '' || !isWhole) return undefined;
  const value = env.get(name);
  const isMissing = value === undefined || (operator.startsWith(':') && value === '');
  const word = () => filled(source, behind + operator.length, end, depth + 1);
  if (operator.endsWith('+')) return isMissing ? '' : word();
  if (!isMissing) return counted(source, value);
  if (operator.endsWith('-')) return word();
  return operator === '' ? '' : undefined;
}

/** The value with variables in all its texts; what aliases share is gone through once. */
export function interpolateAll(
  value: unknown,
  env: Environment,
  expansion: Expansion,
  done = new Map<object, unknown>(),
): unknown {
  if (typeof value === 'string') return interpolate(value, env, expansion);
  if (typeof value !== 'object' || value === null) return value;
  if (done.has(value)) return done.get(value);
  if (Array.isArray(value)) {
    const items: unknown[] = [];
    done.set(value, items);
    for (const item of value) items.push(interpolateAll(item, env, expansion, done));
    return items;
  }
  const filledIn: object = Object.create(Object.getPrototypeOf(value));
  done.set(value, filledIn);
  for (const [key, item] of Object.entries(value)) {
    // A key may be __proto__, which is not to be assigned.
    const own = interpolateAll(item, env, expansion, done);
    Object.defineProperty(filledIn, key, { value: own, enumerable: true });
  }
  return filledIn;
}

/** Reads a `.env` file: NAME=VALUE lines, quotes around values, comments, and values of lines above. */
export function readEnvFile(text: string, expansion: Expansion, outer: Environment = new Map()): Environment {
  const values = new Map(outer);
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    const [, name, given = ''] = /^(?:export\s+)?([A-Za-z_][\w.-]*)\s*[=:](.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || outer.has(name)) continue;
    const value = given.trim();
    const [, quote, quoted = ''] = /^(["'])(.*?)\1(?:\s+#.*)?$/.exec(value) ?? [];
    const plain = quote === undefined ? withoutComment(value) : quoted;
    values.set(name, quote === "'" ? plain : interpolate(plain, values, expansion));
  }
  return values;
}

// A number sign counts at the beginning and behind a blank.
function withoutComment(value: string): string {
  for (let at = value.indexOf('#'); at !== -1; at = value.indexOf('#', at + 1)) {
    if (at === 0 || /\s/.test(value[at - 1] ?? '')) return value.slice(0, at).trimEnd();
  }
  return value;
}
