import { field } from '../../json.ts';
import type { Cost } from '../cost.ts';
import { notKnown } from '../unknown.ts';
import { called, compared, hasUnknown, textFrom, truth } from './functions.ts';
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
  const isOne = text.startsWith('${{') && endOf(text, 3) === text.length - 2;
  const value =
    text.includes('${{') && !isOne
      ? fill(text, contexts, cost)
      : evaluated(isOne ? text.slice(3, -2) : text, contexts, cost, true);
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

function evaluated(text: string, contexts: JobContexts, cost: Cost, isCondition = false): unknown {
  const expression = parseExpression(text);
  cost.values(1 + text.length / 8);
  if (expression === undefined) return notKnown(`the expression ${text.trim()} is not understood`);
  const inner = (one: Expression) => evaluate(one, contexts, cost);
  return isCondition ? truthOf(expression, inner) : inner(expression);
}

// Whatever the one side is, a false one makes the whole false, and a true one makes it true: as a value it may be either.
function truthOf(expression: Expression, inner: (one: Expression) => unknown): boolean | string {
  const isEither = expression.kind === 'binary' && expression.operator === '||';
  if (expression.kind === 'binary' && (isEither || expression.operator === '&&')) {
    const left = truthOf(expression.left, inner);
    if (left === isEither) return left;
    const right = truthOf(expression.right, inner);
    return right === isEither || !hasUnknown(left) ? right : left;
  }
  if (expression.kind === 'not') {
    const value = truthOf(expression.of, inner);
    return hasUnknown(value) ? value : !value;
  }
  const value = inner(expression);
  return hasUnknown(value) ? value : truth(value);
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
    case 'not':
      return truthOf(expression, inner);
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
  if (owner === null || owner === nothingSet) return null;
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
    if (hasUnknown(left)) return left;
    return truth(left) === (operator === '&&') ? inner(expression.right) : left;
  }
  const right = inner(expression.right);
  if (comparesBot(expression)) return operator === '!=';
  return compared(operator, left, right);
}

// The runs that are followed are those of people, and of schedules.
function comparesBot({ operator, left, right }: Extract<Expression, { kind: 'binary' }>): boolean {
  const isActor = (one: Expression) => /^github\.(?:triggering_)?actor$/.test(pathOf(one) ?? '');
  const isBot = (one: Expression) => one.kind === 'value' && /\[bot\]$/.test(String(one.value));
  return /^[!=]=$/.test(operator) && ((isActor(left) && isBot(right)) || (isActor(right) && isBot(left)));
}

/** What a step that is skipped has set: asked for anything, it has nothing. */
export const nothingSet = Object.freeze({});
