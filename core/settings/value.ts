import { distance } from 'fastest-levenshtein';
import { type FailureError, fail } from '../failure.ts';
import { plainJson } from '../untrusted.ts';
import type { InputDefinition } from './input.ts';

/** A raw value with where it stands: an option, or a line and key of the configuration file. */
export interface Text {
  readonly text: string;
  /** Subject of a failure: `--platform`, `.base-image-refresh.yml:12`. */
  readonly where: string;
  /** Dotted path of the key in the file; absent for an input, which `where` names. */
  readonly key?: string;
}

/** The failure of a value that cannot be used, worded alike for inputs and for the file. */
export function complain(value: Omit<Text, 'text'>, detail: string, remedy: string): FailureError {
  if (value.key === undefined) return fail('usage', value.where, detail, remedy);
  return fail('config', value.where, `${value.key} ${detail}`, remedy);
}

/** The failure of a value that is not one of those allowed. */
export function invalid(value: Text, remedy: string): FailureError {
  if (value.key === undefined) return complain(value, `${quoted(value.text)} is not valid`, remedy);
  return complain(value, `cannot be ${quoted(value.text)}`, remedy);
}

/** The value in quotes, cut where it is long, on one line. */
export function quoted(text: string): string {
  return plainJson(JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text));
}

/** The candidate that a mistyped or shortened name is nearest to; undefined only where there is none to choose from. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const wanted = name.toLowerCase();
  return [...candidates].sort((a, b) => away(wanted, a) - away(wanted, b))[0];
}

/** The candidate that a name is a slip of: a third of its letters differ at most. */
export function nearName(name: string, candidates: readonly string[]): string | undefined {
  const found = nearest(name, candidates);
  const most = Math.max(1, Math.floor(name.length / 3));
  return found !== undefined && name.length > 1 && away(name.toLowerCase(), found) <= most ? found : undefined;
}

// "threshold" is nearer to "severity-threshold" than to "new-only": what was typed may be a part, or a beginning.
function away(wanted: string, candidate: string): number {
  if (wanted.length > 2 && candidate.includes(wanted)) return 1;
  const beginning = distance(wanted, candidate.slice(0, wanted.length)) + 1;
  return Math.min(isSwapped(wanted, candidate) ? 1 : distance(wanted, candidate), beginning);
}

// Two neighbours in the wrong order, as in "chekc": one slip of the fingers, which by letters counts as two.
function isSwapped(wanted: string, candidate: string): boolean {
  const at = [...wanted].findIndex((letter, index) => letter !== candidate[index]);
  const swapped = `${wanted.slice(0, at)}${wanted.charAt(at + 1)}${wanted.charAt(at)}${wanted.slice(at + 2)}`;
  return at >= 0 && swapped === candidate;
}

/** True, false; nothing else is guessed at, because a mistyped "flase" must not mean true. */
export function parseBoolean(value: Text): boolean {
  if (/^(?:true|True|TRUE)$/.test(value.text)) return true;
  if (/^(?:false|False|FALSE)$/.test(value.text)) return false;
  throw invalid(value, 'use true or false');
}

/** A whole number within the input's bounds. */
export function parseNumber(value: Text, range: InputDefinition['range']): number {
  const { minimum, maximum } = range ?? { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  const number = /^\d{1,15}$/.test(value.text) ? Number(value.text) : Number.NaN;
  if (number >= minimum && number <= maximum) return number;
  throw invalid(value, `use a whole number from ${minimum} to ${maximum}`);
}

const unitMilliseconds: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const longestDuration = 24 * 3_600_000;

/** A time such as 90s, 30m or 2h in milliseconds, at most a day. */
export function parseDuration(value: Text): number {
  const [, count = '', unit = ''] = /^(\d{1,6})(s|m|h)$/.exec(value.text) ?? [];
  const milliseconds = Number(count) * (unitMilliseconds[unit] ?? 0);
  if (milliseconds > 0 && milliseconds <= longestDuration) return milliseconds;
  throw invalid(value, 'use a time from 1s to 24h, such as 90s, 30m or 2h');
}

/** One of the choices, by its name or an alias, in any case. */
export function parseChoice<T extends string>(
  value: Text,
  choices: readonly T[],
  aliases: InputDefinition['aliases'] = {},
): T {
  const found = choiceNamed(value.text, choices, aliases);
  if (found !== undefined) return found;
  const parts = value.text.split(',').flatMap((part) => choiceNamed(part.trim(), choices, aliases) ?? []);
  if (parts.length > 1 && parts.length === value.text.split(',').length) {
    throw invalid(value, `give one of them: ${[...new Set(parts)].join(' or ')}`);
  }
  throw invalid(value, `the nearest valid value is ${nearest(value.text, choices)} (of ${choices.join(', ')})`);
}

function choiceNamed<T extends string>(
  text: string,
  choices: readonly T[],
  aliases: Readonly<Record<string, string>>,
): T | undefined {
  const lower = text.toLowerCase();
  const named = Object.hasOwn(aliases, lower) ? aliases[lower] : lower;
  return choices.find((choice) => choice.toLowerCase() === named);
}

/** A function that reads one of the choices where there is a value. */
export function choiceOf<T extends string>(choices: readonly T[]): (value: Text | undefined) => T | undefined {
  return (value) => (value === undefined ? undefined : parseChoice(value, choices));
}

/** Refuses text that the input's kind cannot be read from. */
export function verify(value: Text, input: Pick<InputDefinition, 'kind' | 'range' | 'aliases'>): void {
  if (typeof input.kind === 'object') parseChoice(value, input.kind.choice, input.aliases);
  else if (input.kind === 'boolean') parseBoolean(value);
  else if (input.kind === 'number') parseNumber(value, input.range);
  else if (input.kind === 'duration') parseDuration(value);
}
