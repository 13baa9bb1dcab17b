import { append } from './append.ts';
/** The items that have a key in common, in the order in which each key is first met. */
export function groupedBy<T>(items: readonly T[], keyOf: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    append(groups, key, item);
  }
  return [...groups.values()];
}
