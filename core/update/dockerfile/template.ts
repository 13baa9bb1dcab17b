/** A piece of a word in which variables stand: text that is as written, or a variable. Offsets are within the word. */
export type Piece = { readonly start: number; readonly end: number } & (
  | { readonly kind: 'text' }
  | {
      readonly kind: 'variable';
      readonly name: string;
      /** Where `${name:-word}` has its word. */
      readonly fallback: { readonly start: number; readonly end: number; readonly forEmpty: boolean } | undefined;
    }
);

const variable = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?-)([^{}$"'\\]*))?\})/y;

/**
 * Cuts a word of a Dockerfile into pieces, quotes around the whole of it left out; undefined where it has anything that
 * an edit would have to guess about: escapes, inner quotes, other substitutions.
 */
export function piecesOf(word: string): readonly Piece[] | undefined {
  const quote = /^(["'])[^"']*\1$/.exec(word)?.[1];
  const inner = quote === undefined ? { start: 0, end: word.length } : { start: 1, end: word.length - 1 };
  const body = word.slice(inner.start, inner.end);
  if (/["'\\`]/.test(body)) return undefined;
  // In single quotes a dollar is a dollar.
  if (quote === "'") return [{ kind: 'text', ...inner }];
  return cut(word, inner);
}

function cut(word: string, { start, end }: { readonly start: number; readonly end: number }) {
  const pieces: Piece[] = [];
  let at = start;
  while (at < end) {
    const dollar = word.indexOf('$', at);
    const stop = dollar === -1 ? end : dollar;
    pieces.push({ kind: 'text', start: at, end: stop });
    if (dollar === -1) return pieces;
    variable.lastIndex = dollar;
    const match = variable.exec(word);
    if (match === null) return undefined;
    pieces.push(variablePiece(match, dollar));
    at = variable.lastIndex;
  }
  // What is added at the end, such as a digest, is text of its own.
  return [...pieces, { kind: 'text' as const, start: end, end }];
}

function variablePiece([whole, bare, braced, operator, fallback]: RegExpExecArray, start: number): Piece {
  const end = start + whole.length;
  const name = bare ?? braced ?? '';
  if (operator === undefined || fallback === undefined)
    return { kind: 'variable', name, start, end, fallback: undefined };
  const word = { start: end - 1 - fallback.length, end: end - 1, forEmpty: operator === ':-' };
  return { kind: 'variable', name, start, end, fallback: word };
}

/** New values of pieces by their position, of which the rest stays as it is. */
export type PieceChange = ReadonlyMap<number, string>;

/**
 * Ways of changing values of pieces so that together they say `wanted`, the smallest first: one piece alone, then
 * every variable with the text between them kept, then the last text too.
 */
export function changesTo(wanted: string, values: readonly string[], pieces: readonly Piece[]): readonly PieceChange[] {
  const single = values.flatMap((_, at): readonly PieceChange[] => {
    const value = alone(wanted, values.slice(0, at).join(''), values.slice(at + 1).join(''));
    return value === undefined || !joinsAlike(pieces, values, at, value) ? [] : [new Map([[at, value]])];
  });
  const together = [false, true].flatMap((freeEnd) => matched(wanted, values, pieces, freeEnd));
  return [...single, ...together];
}

// `${V}` and then `1` is not how anybody would write a version: text beside a variable keeps what separates the two,
// and what is added after one is a tag or a digest. A digest has no place in a variable that is no whole reference.
function joinsAlike(pieces: readonly Piece[], values: readonly string[], at: number, value: string): boolean {
  const old = values[at] ?? '';
  if (pieces[at]?.kind !== 'text') return !value.includes('@') || /[:@]/.test(old);
  if (at > 0 && (old === '' || value === '' ? !/^[@:]/.test(old + value) : old[0] !== value[0])) return false;
  // Before `-alpine` in a variable, or nothing, a version ends anyway.
  return old.at(-1) === value.at(-1) || /^(?:[-._:@]|$)/.test(values[at + 1] ?? '');
}

function alone(wanted: string, before: string, after: string): string | undefined {
  if (wanted.length < before.length + after.length) return undefined;
  if (!wanted.startsWith(before) || !wanted.endsWith(after)) return undefined;
  return wanted.slice(before.length, wanted.length - after.length);
}

// Each variable more lets a pattern try as many more ways as the text has characters.
const mostTogether = 3;

function matched(wanted: string, values: readonly string[], pieces: readonly Piece[], freeEnd: boolean) {
  if (pieces.filter(({ kind }) => kind === 'variable').length > mostTogether) return [];
  const groups = pieces.map((piece, at) => {
    if (piece.kind === 'variable') return '([\\w.-]+)';
    return freeEnd && at === pieces.length - 1 ? '((?:@.*)?)' : `(${escapeText(values[at] ?? '')})`;
  });
  const match = new RegExp(`^${groups.join('')}$`).exec(wanted);
  if (match === null) return [];
  const changed = match.slice(1).flatMap((value, at) => (value === values[at] ? [] : [[at, value] as const]));
  return [new Map(changed)];
}

function escapeText(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}
