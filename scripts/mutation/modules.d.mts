export interface Module {
  /** Percentage of the changes that the tests have to notice. */
  readonly bar: number;
  readonly tests: readonly string[];
  readonly wholeRuns?: readonly string[];
}

/** Each module is a folder of core with the file of its name; its tests are its own and those that are named. */
export const modules: Readonly<Record<string, Module>>;
export const excludedTests: readonly string[];
