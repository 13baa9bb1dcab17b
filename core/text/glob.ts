import { fail } from '../failure.ts';

/** Whether a text fits a pattern. */
export type Matcher = (text: string) => boolean;

type Token =
  /** `*`: anything but a slash. */
  | { readonly kind: 'star' }
  /** `**` at the end: anything. */
  | { readonly kind: 'rest' }
  /** `**` elsewhere: nothing, or whole folders; what follows it is their inside. */
  | { readonly kind: 'folders' }
  | { readonly kind: 'inside' }
  /** `?` and `[…]`. */
  | { readonly kind: 'one'; readonly fits: (character: string) => boolean }
  | { readonly kind: 'literal'; readonly character: string };

const slash = '/';
/** As long as a path can be (PATH_MAX). */
const longestPattern = 4096;

/**
 * A path pattern: `*` and `?` stop at a slash and `**` does not, `[a-z]` and `[!a]` are one character, and a backslash
 * takes away what the next character means (moby/patternmatcher). With `below`, what stands below a fitting folder fits
 * too. All states are followed at once: no pattern takes more than its length for each character of a text.
 */
export function globMatcher(
  pattern: string,
  options: { readonly below?: boolean; readonly file?: string } = {},
): Matcher {
  refuseLong(pattern, options.file);
  const tokens = tokensOf(pattern);
  const plain = literalOf(tokens);
  const { below = false } = options;
  if (plain !== undefined) return (text) => text === plain || (below && text.startsWith(plain + slash));
  return (text) => matches(tokens, text, below);
}

/** Whether a text fits one of several patterns, in which `{a,b}` stands for either and a leading `!` for all others. */
export function anyGlob(patterns: readonly string[]): Matcher {
  const matchers = patterns.map((pattern): Matcher => {
    const isNegated = pattern.startsWith('!');
    const each = alternatives(isNegated ? pattern.slice(1) : pattern).map((one) => globMatcher(one));
    return (text) => each.some((fits) => fits(text)) !== isNegated;
  });
  return (text) => matchers.some((fits) => fits(text));
}

function refuseLong(pattern: string, file = pattern.slice(0, 80)): void {
  if (pattern.length <= longestPattern) return;
  const detail = `a path pattern has more than ${longestPattern} characters, which is the bound`;
  throw fail('too-large', file, detail, 'shorten it');
}

const mostLines = 10_000;

/** The lines of an ignore file; throws `too-large` where they are more than anybody writes, for each is tried on every path. */
export function ignoreLines(text: string, file: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  // Before anything is made of them: even to normalise a path takes the square of its length.
  for (const line of lines) refuseLong(line, file);
  if (lines.length <= mostLines) return lines;
  throw fail('too-large', file, `has more than ${mostLines} lines, which is the bound`, 'leave some out');
}

function tokensOf(pattern: string): readonly Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < pattern.length; ) {
    const { length, added } = tokenAt(pattern, at);
    tokens.push(...added);
    at += length;
  }
  return tokens;
}

interface Read {
  readonly length: number;
  readonly added: readonly Token[];
}

function tokenAt(pattern: string, at: number): Read {
  const character = pattern[at] ?? '';
  const next = pattern[at + 1];
  if (character === '*') return next === '*' ? starsAt(pattern, at) : { length: 1, added: [{ kind: 'star' }] };
  if (character === '?') return { length: 1, added: [{ kind: 'one', fits: (found) => found !== slash }] };
  const set = character === '[' ? setAt(pattern, at) : undefined;
  if (set !== undefined) return set;
  if (character === '\\' && next !== undefined) return { length: 2, added: [{ kind: 'literal', character: next }] };
  return { length: 1, added: [{ kind: 'literal', character }] };
}

function starsAt(pattern: string, at: number): Read {
  let end = at;
  while (pattern[end] === '*') end += 1;
  if (pattern[end] === slash) end += 1;
  const added: readonly Token[] =
    end >= pattern.length ? [{ kind: 'rest' }] : [{ kind: 'folders' }, { kind: 'inside' }];
  return { length: end - at, added };
}

// A bracket that nothing closes is a character.
const setPattern = /\[([!^]?)((?:\]|\\.|[^\]\\])(?:\\.|[^\]\\])*)\]/sy;

function setAt(pattern: string, at: number): Read | undefined {
  setPattern.lastIndex = at;
  const [whole, mark, inner = ''] = setPattern.exec(pattern) ?? [];
  if (whole === undefined) return undefined;
  const ranges = [...inner.matchAll(/(\\.|[^\\])(?:-(\\.|[^\\]))?/gs)].map(([, from = '', to = from]) => ({
    from: from.slice(-1),
    to: to.slice(-1),
  }));
  const has = (found: string) => ranges.some(({ from, to }) => found >= from && found <= to);
  const fits = (found: string) => found !== slash && has(found) === (mark === '');
  return { length: whole.length, added: [{ kind: 'one', fits }] };
}

function literalOf(tokens: readonly Token[]): string | undefined {
  const characters: string[] = [];
  for (const token of tokens) {
    if (token.kind !== 'literal') return undefined;
    characters.push(token.character);
  }
  return characters.join('');
}

function matches(tokens: readonly Token[], text: string, below: boolean): boolean {
  let states = closed(tokens, [0]);
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (below && character === slash && states.has(tokens.length)) return true;
    states = closed(tokens, stepped(tokens, states, character));
    if (states.size === 0) return false;
  }
  return states.has(tokens.length);
}

// What is reached without a character more.
function closed(tokens: readonly Token[], states: Iterable<number>): ReadonlySet<number> {
  const reached = new Set(states);
  for (const state of reached) {
    const kind = tokens[state]?.kind;
    if (kind === 'star' || kind === 'rest') reached.add(state + 1);
    if (kind === 'folders') reached.add(state + 1).add(state + 2);
  }
  return reached;
}

function* stepped(tokens: readonly Token[], states: ReadonlySet<number>, character: string): Generator<number> {
  for (const state of states) {
    const token = tokens[state];
    switch (token?.kind) {
      case 'star':
        if (character !== slash) yield state;
        break;
      case 'rest':
        yield state;
        break;
      case 'inside':
        yield state;
        if (character === slash) yield state + 1;
        break;
      case 'one':
        if (token.fits(character)) yield state + 1;
        break;
      case 'literal':
        if (token.character === character) yield state + 1;
        break;
      case 'folders':
      case undefined:
        break;
    }
  }
}

const mostAlternatives = 100;

// Braces of braces are taken apart from the outside; what would come to too many stays as it is written.
function alternatives(pattern: string): readonly string[] {
  let open = [pattern];
  const whole: string[] = [];
  while (open.length > 0) {
    if (open.length + whole.length > mostAlternatives) return [pattern];
    const [first = '', ...rest] = open;
    const match = /\{([^{}]*,[^{}]*)\}/.exec(first);
    if (match === null) whole.push(first);
    const choices = match?.[1]?.split(',') ?? [];
    open = [...choices.map((choice) => first.replace(match?.[0] ?? '', () => choice)), ...rest];
  }
  return whole;
}
