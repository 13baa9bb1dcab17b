type Token = { readonly kind: 'star' | 'any' } | { readonly kind: 'literal'; readonly character: string };

/** A shell pattern: `*`, `?` and characters, some escaped. */
export type Pattern = readonly Token[];

/** Parses a shell pattern; throws RangeError on an escape that BuildKit does not know. */
export function parsePattern(text: string): Pattern {
  const tokens: Token[] = [];
  const characters = [...text];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    const next = characters[at + 1];
    if (character === '*') tokens.push({ kind: 'star' });
    else if (character === '?') tokens.push({ kind: 'any' });
    else if (character !== '\\') tokens.push({ kind: 'literal', character });
    // `\}` and `\/` are escaped for the sake of ${…}: the backslash is no part of the pattern.
    else if (next !== '}' && next !== '/') {
      if (next !== '*' && next !== '?' && next !== '\\') throw new RangeError(`invalid escape '\\${next ?? ''}'`);
      tokens.push({ kind: 'literal', character: next });
      at += 1;
    }
  }
  return tokens;
}

/** `${name#pattern}` and, greedy, `${name##pattern}`. */
export function trimPrefix(pattern: Pattern, value: string, greedy: boolean): string {
  const characters = [...value];
  const end = matchEnd(pattern, characters, 0, greedy);
  return end === undefined ? value : characters.slice(end).join('');
}

/** `${name%pattern}` and, greedy, `${name%%pattern}`: a prefix of everything reversed. */
export function trimSuffix(pattern: Pattern, value: string, greedy: boolean): string {
  const characters = [...value].reverse();
  const end = matchEnd([...pattern].reverse(), characters, 0, greedy);
  return end === undefined ? value : characters.slice(end).reverse().join('');
}

/** Replaces the leftmost longest match, or all of them; Go's regexp takes no empty match right behind another one. */
export function replaceMatches(pattern: Pattern, value: string, replacement: string, all: boolean): string {
  const characters = [...value];
  let result = '';
  let at = 0;
  let behind = -1;
  while (at <= characters.length) {
    const match = leftmostMatch(pattern, characters, at);
    if (match === undefined) break;
    const isEmpty = match.end === match.start;
    result += characters.slice(at, match.start).join('');
    if (!isEmpty || match.start !== behind) result += replacement;
    at = match.end;
    behind = match.end;
    if (!all) break;
    if (isEmpty) {
      result += characters[at] ?? '';
      at += 1;
    }
  }
  return result + characters.slice(at).join('');
}

// All matching is by sets of states, so that no pattern of a stranger takes more than length times length.

/** End of the shortest or longest match that begins at a position. */
function matchEnd(pattern: Pattern, text: readonly string[], start: number, greedy: boolean): number | undefined {
  let states = closure(pattern, new Map([[0, start]]));
  let end: number | undefined;
  for (let at = start; ; at += 1) {
    if (states.has(pattern.length)) end = at;
    if ((end !== undefined && !greedy) || at >= text.length || states.size === 0) return end;
    states = closure(pattern, step(pattern, states, text[at] ?? ''));
  }
}

function leftmostMatch(pattern: Pattern, text: readonly string[], from: number) {
  let best: { readonly start: number; readonly end: number } | undefined;
  let states: ReadonlyMap<number, number> = new Map();
  for (let at = from; at <= text.length; at += 1) {
    if (best === undefined) states = new Map([...states, ...(states.has(0) ? [] : [[0, at] as const])]);
    states = closure(pattern, states);
    const start = states.get(pattern.length);
    if (start !== undefined && (best === undefined || start <= best.start)) best = { start, end: at };
    const limit = best?.start ?? Number.POSITIVE_INFINITY;
    states = step(pattern, new Map([...states].filter(([, begun]) => begun <= limit)), text[at] ?? '');
    if (best !== undefined && states.size === 0) break;
  }
  return best;
}

// Each state is a place in the pattern, with the leftmost position at which a match that is there began.
function closure(pattern: Pattern, states: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const closed = new Map<number, number>();
  for (const [place, begun] of states) {
    for (let at = place; ; at += 1) {
      const known = closed.get(at);
      if (known !== undefined && known <= begun) break;
      closed.set(at, begun);
      if (pattern[at]?.kind !== 'star') break;
    }
  }
  return closed;
}

function step(pattern: Pattern, states: ReadonlyMap<number, number>, character: string): ReadonlyMap<number, number> {
  const next = new Map<number, number>();
  for (const [place, begun] of states) {
    const token = pattern[place];
    if (token === undefined || character === '') continue;
    if (token.kind === 'literal' && token.character !== character) continue;
    const to = token.kind === 'star' ? place : place + 1;
    next.set(to, Math.min(begun, next.get(to) ?? begun));
  }
  return next;
}
