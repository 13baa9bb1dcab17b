import { field, parsed } from '../../json.ts';
import type { Cost } from '../cost.ts';
import { isKnown, notKnown } from '../unknown.ts';
import { type Expression, parseExpression } from './syntax.ts';

/** What is known of the contexts of a workflow by their names in lower case: github, env, matrix, steps and so on. */
export type JobContexts = Readonly<Record<string, unknown>>;

/** The text with its expressions filled in; what is not known of it says why (see unknown.ts). */
export function fill(text: string, contexts: JobContexts, cost: Cost): string {
  let filled = '';
  let at = 0;
  for (let open = text.indexOf('${{'); open !== -1; open = text.indexOf('${{', at)) {
    const close = endOf(text, open + 3);
    if (close === undefined) break;
    const value = textFrom(evaluated(text.slice(open + 3, close), contexts, cost));
    cost.characters(value.length + (open - at));
    filled += text.slice(at, open) + value;
    at = close + 2;
  }
  return filled + text.slice(at);
}

/** The value of a text: of one that is a single expression, whatever that is. */
export function fillValue(text: string, contexts: JobContexts, cost: Cost): unknown {
  const trimmed = text.trim();
  const isOne = trimmed.startsWith('${{') && endOf(trimmed, 3) === trimmed.length - 2;
  return isOne ? evaluated(trimmed.slice(3, -2), contexts, cost) : fill(text, contexts, cost);
}

/** Whether a condition holds; undefined where only a run knows. */
export function holds(condition: string, contexts: JobContexts, cost: Cost): boolean | undefined {
  const text = condition.trim();
  if (text === '') return true;
  const value = text.includes('${{') ? fillValue(text, contexts, cost) : evaluated(text, contexts, cost);
  return hasUnknown(value) ? undefined : truth(value);
}

// The two braces that end an expression stand in no text of it.
function endOf(text: string, start: number): number | undefined {
  let isQuoted = false;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === "'") isQuoted = !isQuoted;
    else if (!isQuoted && text[at] === '}' && text[at + 1] === '}') return at;
  }
  return undefined;
}

function evaluated(text: string, contexts: JobContexts, cost: Cost): unknown {
  const expression = parseExpression(text);
  cost.values(1 + text.length / 8);
  return expression === undefined
    ? notKnown(`the expression ${text.trim()} is not understood`)
    : evaluate(expression, contexts, cost);
}

/** Whether a value is not known, or a text of which something is not. */
export function hasUnknown(value: unknown): value is string {
  return typeof value === 'string' && !isKnown(value);
}

/** A value as the text that takes the place of its expression. */
export function textFrom(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? notKnown('a list or mapping in a text') : String(value);
}

function truth(value: unknown): boolean {
  return (
    value !== null && value !== undefined && value !== false && value !== 0 && value !== '' && !Number.isNaN(value)
  );
}

function evaluate(expression: Expression, contexts: JobContexts, cost: Cost): unknown {
  const inner = (one: Expression) => evaluate(one, contexts, cost);
  switch (expression.kind) {
    case 'value':
      return expression.value;
    case 'name':
      return contexts[expression.name] ?? notKnown(`${expression.name} is not known`);
    case 'every':
      return every(inner(expression.of));
    case 'index':
      return indexed(expression, contexts, cost);
    case 'not': {
      const value = inner(expression.of);
      return hasUnknown(value) ? value : !truth(value);
    }
    case 'binary':
      return combined(expression, inner);
    case 'call':
      return called(expression.name, expression.arguments.map(inner), cost);
  }
}

function every(value: unknown): unknown {
  if (hasUnknown(value)) return value;
  return Array.isArray(value) ? value : typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function indexed({ of, key }: Extract<Expression, { kind: 'index' }>, contexts: JobContexts, cost: Cost): unknown {
  const [owner, name] = [evaluate(of, contexts, cost), evaluate(key, contexts, cost)];
  if (hasUnknown(owner))
    return of.kind === 'name' ? notKnown(`${of.name}.${textFrom(name)}, which only a run knows`) : owner;
  if (hasUnknown(name)) return name;
  if (Array.isArray(owner)) {
    return typeof name === 'number'
      ? (owner[name] ?? null)
      : owner.map((item) => memberOf(item, textFrom(name), cost) ?? null);
  }
  const found = memberOf(owner, textFrom(name), cost);
  if (found !== undefined) return found;
  // What a context does not hold may still come to stand in it; what a list or mapping of known values lacks is empty,
  // as is what a row of a matrix lacks.
  const path = pathOf(of);
  if (path === undefined || path === 'inputs' || path === 'matrix') return null;
  return notKnown(`${path}.${textFrom(name)}, which only a run knows`);
}

function memberOf(owner: unknown, name: string, cost: Cost): unknown {
  if (typeof owner !== 'object' || owner === null) return undefined;
  if (Object.hasOwn(owner, name)) return field(owner, name);
  const entries = Object.entries(owner);
  cost.values(entries.length);
  const lower = name.toLowerCase();
  return entries.find(([key]) => key.toLowerCase() === lower)?.[1];
}

// Only of what a run fills: github.event.x, steps.a.outputs.b, but not of fromJSON('…').x.
function pathOf(expression: Expression): string | undefined {
  if (expression.kind === 'name') return expression.name;
  if (expression.kind !== 'index' || expression.key.kind !== 'value') return undefined;
  const outer = pathOf(expression.of);
  return outer === undefined || outer.startsWith('matrix.') || outer === 'matrix'
    ? undefined
    : `${outer}.${textFrom(expression.key.value)}`;
}

function combined(expression: Extract<Expression, { kind: 'binary' }>, inner: (one: Expression) => unknown): unknown {
  const left = inner(expression.left);
  const { operator } = expression;
  if (operator === '&&' || operator === '||') {
    const right = () => inner(expression.right);
    if (!hasUnknown(left)) return truth(left) === (operator === '&&') ? right() : left;
    const other = right();
    // Whatever the one is, a false one makes the whole false, and a true one makes it true.
    if (!hasUnknown(other) && other === (operator === '||')) return other;
    return left;
  }
  const right = inner(expression.right);
  if (hasUnknown(left)) return left;
  if (hasUnknown(right)) return right;
  return compared(operator, left, right);
}

function compared(operator: string, left: unknown, right: unknown): boolean {
  const [a, b] =
    typeof left === 'string' && typeof right === 'string'
      ? [left.toLowerCase(), right.toLowerCase()]
      : [numberFrom(left), numberFrom(right)];
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}

function numberFrom(value: unknown): number {
  if (value === null || value === undefined) return 0;
  return typeof value === 'object' ? Number.NaN : Number(value);
}

function called(name: string, given: readonly unknown[], cost: Cost): unknown {
  const missing = given.flat().find(hasUnknown);
  if (missing !== undefined) return missing;
  const [first, second] = given;
  const [a, b] = [first, second].map((value) => (typeof value === 'object' ? '' : textFrom(value).toLowerCase()));
  switch (name) {
    case 'success':
    case 'always':
      return true;
    case 'failure':
    case 'cancelled':
      return false;
    case 'contains':
      if (!Array.isArray(first)) return (a ?? '').includes(b ?? '');
      return first.some((item) => textFrom(item).toLowerCase() === b);
    case 'startswith':
      return (a ?? '').startsWith(b ?? '');
    case 'endswith':
      return (a ?? '').endsWith(b ?? '');
    case 'format':
      return formatted(textFrom(first), given.slice(1).map(textFrom), cost);
    case 'join':
      return Array.isArray(first)
        ? first.map(textFrom).join(second === undefined ? ',' : textFrom(second))
        : textFrom(first);
    case 'tojson':
      return JSON.stringify(first ?? null, null, 2);
    case 'fromjson':
      return parsed(textFrom(first)) ?? notKnown('fromJSON of what is no JSON');
    default:
      return notKnown(`${name}(), which only a run knows`);
  }
}

function formatted(pattern: string, given: readonly string[], cost: Cost): string {
  return pattern.replace(/\{\{|\}\}|\{(\d+)\}/g, (whole, at?: string) => {
    if (at === undefined) return whole.slice(1);
    const value = given[Number(at)] ?? notKnown(`format names {${at}}, which it is not given`);
    cost.characters(value.length);
    return value;
  });
}
