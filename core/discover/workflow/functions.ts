import { parsed } from '../../json.ts';
import type { Cost } from '../cost.ts';
import { endsIn, isKnown, notKnown, sameText, startsIn, withEllipses } from '../unknown.ts';

/** Whether a value is not known, or a text of which something is not. */
export function hasUnknown(value: unknown): value is string {
  return typeof value === 'string' && !isKnown(value);
}

/** A value as the text that takes the place of its expression. */
export function textFrom(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? notKnown('a list or mapping in a text') : String(value);
}

/** Whether a value counts as true. */
export function truth(value: unknown): boolean {
  return (
    value !== null && value !== undefined && value !== false && value !== 0 && value !== '' && !Number.isNaN(value)
  );
}

/** What a comparison answers: of a text that is not known, its ends may do to tell. */
export function compared(operator: string, left: unknown, right: unknown): unknown {
  const unknown = [left, right].find(hasUnknown);
  if (unknown !== undefined) {
    const isSame =
      typeof left === 'string' && typeof right === 'string'
        ? sameText(left.toLowerCase(), right.toLowerCase())
        : undefined;
    return isSame === undefined || !/^[!=]=$/.test(operator) ? unknown : isSame === (operator === '==');
  }
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

/** What a function of expressions answers. */
export function called(name: string, given: readonly unknown[], cost: Cost): unknown {
  const [first, second] = given;
  const missing = given.flat().find(hasUnknown);
  if (missing !== undefined) return comparedInPart(name, first, second) ?? missing;
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

// What is known of a text may do to tell what it begins with, ends with or has in it.
function comparedInPart(name: string, first: unknown, second: unknown): boolean | undefined {
  if (typeof first !== 'string' || typeof second !== 'string' || !isKnown(second)) return undefined;
  const [text, part] = [first.toLowerCase(), second.toLowerCase()];
  if (name === 'startswith') return startsIn(text, part);
  if (name === 'endswith') return endsIn(text, part);
  return name === 'contains' &&
    withEllipses(text)
      .split('…')
      .some((known) => known.includes(part))
    ? true
    : undefined;
}
