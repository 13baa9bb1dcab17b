import { createBound, type Spend } from '../bound.ts';

/** What of a workflow or pipeline may still cost. */
export interface Cost {
  /** Values that are looked at or handed on. */
  readonly values: Spend;
  /** Characters of values that are put into others. */
  readonly characters: Spend;
}

/** The bounds of one workflow or pipeline file. */
export function createCost(file: string): Cost {
  return {
    values: createBound(file, 500_000, 'values of jobs, steps and their variables', 'write less into one file'),
    characters: createBound(file, 4 * 1024 * 1024, 'characters of variables put in', 'write the values out'),
  };
}
