import { fail } from '../failure.ts';
import { field } from '../json.ts';

/** What stands at a dotted path of an answer; undefined where there is nothing. */
export function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>(field, value);
}

/** The text at a path of an answer; throws `malformed` where it is not one. */
export function textAt(value: unknown, path: string, subject: string): string {
  const found = valueAt(value, path);
  if (typeof found === 'string') return found;
  throw fail('malformed', subject, `answered without ${path}`, 'check its address');
}

/** The number at a path of an answer; throws `malformed` where it is not one. */
export function numberAt(value: unknown, path: string, subject: string): number {
  const found = valueAt(value, path);
  if (typeof found === 'number') return found;
  throw fail('malformed', subject, `answered without ${path}`, 'check its address');
}

/** The list at a path of an answer, or the answer itself for the empty path; throws `malformed` where it is not one. */
export function listAt(value: unknown, path: string, subject: string): readonly unknown[] {
  const found = path === '' ? value : valueAt(value, path);
  if (Array.isArray(found)) return found;
  throw fail('malformed', subject, `answered without the list ${path}`.trim(), 'check its address');
}
