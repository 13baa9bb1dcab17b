/** The names in a table, in its order. */
export function namesOf<T extends object>(table: T): readonly (keyof T & string)[] {
  return Object.keys(table).filter((name): name is keyof T & string => Object.hasOwn(table, name));
}

/** A table of a value for each name. */
export function tableOf<Name extends string, T>(
  names: readonly Name[],
  make: (name: Name) => T,
): Readonly<Record<Name, T>> {
  // Object.fromEntries forgets the names: they are exactly those that were given.
  return Object.fromEntries(names.map((name) => [name, make(name)])) as Readonly<Record<Name, T>>;
}
