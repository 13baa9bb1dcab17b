import type { Variables } from '../substitution.ts';

/** Variables that note what is asked of them. */
export interface WatchedVariables {
  readonly variables: Variables;
  readonly found: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

/** The variables, with a note of every name that is looked up. */
export function watchVariables(variables: Variables): WatchedVariables {
  const found = new Set<string>();
  const missing = new Set<string>();
  const get = (name: string) => {
    const value = variables.get(name);
    (value === undefined ? missing : found).add(name);
    return value;
  };
  return { variables: { get, has: (name) => variables.has(name) }, found, missing };
}
