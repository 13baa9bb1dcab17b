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

/** A property where there is a value: with exactOptionalPropertyTypes an absent one is left out, and never undefined. */
export function given<Name extends string, T>(name: Name, value: T | null | undefined): { readonly [P in Name]?: T } {
  return value === null || value === undefined ? {} : tableOf([name], () => value);
}

/** The properties that have a value. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  // Object.fromEntries forgets which property had which type.
  return Object.fromEntries(present) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The variables of wanted names that have a value; no other is read, for it may be a secret. */
export function chosenFrom(
  env: Readonly<Record<string, string | undefined>>,
  wanted: (name: string) => boolean,
): Readonly<Record<string, string>> {
  const names = Object.keys(env).filter(wanted);
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}
