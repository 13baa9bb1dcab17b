export interface Survivor {
  readonly file: string;
  readonly place: string;
  readonly line: string;
  readonly mutator: string;
  readonly original: string;
  readonly replacement: string;
  /** The file's whole text with the change. */
  readonly changed: string;
}

export interface Outcome {
  readonly noticed: number;
  /** Those of `noticed` that were only slow: on a busy machine that proves little. */
  readonly timedOut?: number;
  readonly survivors: readonly Survivor[];
}

/** What the tests made of the sampled changes of one module, from Stryker's JSON report. */
export function outcomeOf(report: unknown): Outcome;
/** Whether a survivor is one of those that change nothing which can be seen. */
export function isEquivalent(
  survivor: Survivor,
  equivalent: readonly { readonly file: string; readonly line: string; readonly replacement: string }[],
): boolean;
/** Percentage of the changes that were noticed, of those that can be. */
export function scoreOf(outcome: Outcome): number;
/** One line for a survivor, as it is told. */
export function describe(survivor: Survivor): string;
