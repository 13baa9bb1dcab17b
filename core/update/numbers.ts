/** Numbers joined by dots, as written: leading zeros say how a project writes its versions. */
export type Texts = readonly string[];

/** The first difference between two rows of numbers of one length: below zero where `a` is the earlier one. */
export function compareNumbers(a: Texts, b: Texts): number {
  const at = differsAt(a, b);
  return at === undefined ? 0 : Number(a[at]) - Number(b[at]);
}

/** Where two rows of numbers first differ, undefined where they are the same. */
export function differsAt(a: Texts, b: Texts): number | undefined {
  const at = a.findIndex((text, index) => Number(text) !== Number(b[index]));
  return at === -1 ? undefined : at;
}

/** Whether both are written alike: as many numbers, the same places padded, dates where there are dates. */
export function writtenAlike(a: Texts, b: Texts): boolean {
  return a.length === b.length && a.every((text, at) => alike(text, b[at] ?? ''));
}

function alike(a: string, b: string): boolean {
  if (formOf(a) !== formOf(b)) return false;
  return isPadded(a) || isPadded(b) ? a.length === b.length : true;
}

function isPadded(text: string): boolean {
  return text.length > 1 && text.startsWith('0');
}

/** A day or moment (`20240115`, `202401151230`), a month (`202401`), or a plain number. */
export function formOf(text: string): 'moment' | 'month' | 'number' {
  if (/^(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:\d{2}){0,3}$/.test(text)) return 'moment';
  return /^(?:19|20)\d{2}(?:0[1-9]|1[0-2])$/.test(text) ? 'month' : 'number';
}

/** Whether the first number is longer by more than a digit: `20` and `20240115`, `3` and `2024` count different things. */
export function leapsFrom(a: Texts, b: Texts): boolean {
  return Math.abs((a[0] ?? '').length - (b[0] ?? '').length) > 1;
}
