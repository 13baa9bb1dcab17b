/** An expression of a workflow (GitHub, "Evaluate expressions in workflows and actions"). */
export type Expression =
  | { readonly kind: 'value'; readonly value: string | number | boolean | null }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'index'; readonly of: Expression; readonly key: Expression }
  | { readonly kind: 'every'; readonly of: Expression }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: readonly Expression[] }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Expression; readonly right: Expression };

const token =
  /\s*(?:('(?:[^']|'')*')|(-?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?))(?![\w.])|([a-z_][\w-]*)|(&&|\|\||==|!=|<=|>=|[<>!().,*]|\[|\]))/iy;

const deepest = 50;
const mostTokens = 2_000;

/** The expression that a text is, undefined where it is not one. */
export function parseExpression(text: string): Expression | undefined {
  const tokens = tokensOf(text);
  if (tokens === undefined) return undefined;
  const reading: Reading = { tokens, at: 0, depth: 0 };
  const expression = binary(reading, 0);
  return reading.at === tokens.length ? expression : undefined;
}

type Token =
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'mark'; readonly text: string };

interface Reading {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
}

function tokensOf(text: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  const trimmed = text.trimEnd();
  for (let at = 0; at < trimmed.length; ) {
    token.lastIndex = at;
    const [all, quoted, number, word, mark] = token.exec(trimmed) ?? [];
    if (all === undefined || tokens.length >= mostTokens) return undefined;
    at += all.length;
    if (quoted !== undefined) tokens.push({ kind: 'value', value: quoted.slice(1, -1).replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'value', value: Number(number) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else tokens.push({ kind: 'mark', text: mark ?? '' });
  }
  return tokens;
}

function isMark(reading: Reading, ...marks: readonly string[]): string | undefined {
  const next = reading.tokens[reading.at];
  return next?.kind === 'mark' && marks.includes(next.text) ? next.text : undefined;
}

function take(reading: Reading, mark: string): boolean {
  if (isMark(reading, mark) === undefined) return false;
  reading.at += 1;
  return true;
}

// The weakest first.
const operators = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>=']] as const;

function binary(reading: Reading, level: number): Expression | undefined {
  const marks = operators[level];
  if (marks === undefined) return unary(reading);
  let left = binary(reading, level + 1);
  for (let operator = isMark(reading, ...marks); operator !== undefined; operator = isMark(reading, ...marks)) {
    reading.at += 1;
    const right = binary(reading, level + 1);
    if (left === undefined || right === undefined) return undefined;
    left = { kind: 'binary', operator, left, right };
  }
  return left;
}

function unary(reading: Reading): Expression | undefined {
  reading.depth += 1;
  if (reading.depth > deepest) return undefined;
  const found = take(reading, '!') ? negated(unary(reading)) : behind(reading, primary(reading));
  reading.depth -= 1;
  return found;
}

function negated(of: Expression | undefined): Expression | undefined {
  return of && { kind: 'not', of };
}

function primary(reading: Reading): Expression | undefined {
  const next = reading.tokens[reading.at];
  if (next === undefined) return undefined;
  if (take(reading, '(')) {
    const inside = binary(reading, 0);
    return take(reading, ')') ? inside : undefined;
  }
  reading.at += 1;
  if (next.kind === 'value') return next;
  if (next.kind === 'mark') return undefined;
  const name = next.text.toLowerCase();
  if (take(reading, '(')) return call(reading, name);
  const constant = constants.get(name);
  return constant === undefined ? { kind: 'name', name } : { kind: 'value', value: constant.value };
}

const constants = new Map<string, { readonly value: boolean | null | number }>([
  ['true', { value: true }],
  ['false', { value: false }],
  ['null', { value: null }],
  ['nan', { value: Number.NaN }],
  ['infinity', { value: Number.POSITIVE_INFINITY }],
]);

function call(reading: Reading, name: string): Expression | undefined {
  const found: Expression[] = [];
  while (!take(reading, ')')) {
    if (found.length > 0 && !take(reading, ',')) return undefined;
    const argument = binary(reading, 0);
    if (argument === undefined) return undefined;
    found.push(argument);
  }
  return { kind: 'call', name, arguments: found };
}

function behind(reading: Reading, first: Expression | undefined): Expression | undefined {
  let of = first;
  for (let links = 0; of !== undefined && links < deepest; links += 1) {
    if (take(reading, '.')) of = take(reading, '*') ? { kind: 'every', of } : member(reading, of);
    else if (take(reading, '['))
      of = take(reading, '*') ? closed(reading, { kind: 'every', of }) : element(reading, of);
    else return of;
  }
  return of;
}

function member(reading: Reading, of: Expression): Expression | undefined {
  const next = reading.tokens[reading.at];
  reading.at += 1;
  return next?.kind === 'word' ? { kind: 'index', of, key: { kind: 'value', value: next.text } } : undefined;
}

function element(reading: Reading, of: Expression): Expression | undefined {
  const key = binary(reading, 0);
  return key && closed(reading, { kind: 'index', of, key });
}

function closed(reading: Reading, found: Expression): Expression | undefined {
  return take(reading, ']') ? found : undefined;
}
