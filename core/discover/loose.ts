/** A mapping of a file whose shape nothing vouches for. */
export type Mapping = Readonly<Record<string, unknown>>;

/** The value where it is a mapping. */
export function mappingOf(value: unknown): Mapping | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : undefined;
}

/** The items where the value is a list, else none. */
export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as a text where it is a scalar. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** The texts of a list. */
export function textsOf(value: unknown): readonly string[] {
  return itemsOf(value).flatMap((item) => textOf(item) ?? []);
}

/** The texts of a mapping by name. */
export function textMap(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingOf(value) ?? {});
  return Object.fromEntries(
    entries.flatMap(([name, item]) => {
      const text = textOf(item);
      return text === undefined ? [] : [[name, text] as const];
    }),
  );
}
