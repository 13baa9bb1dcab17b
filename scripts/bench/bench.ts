import type { Row } from './measure.ts';

/** What a bench is given. */
export interface Bench {
  /** A folder of its own, removed afterwards. */
  readonly folder: string;
  /** The command line as it is released. */
  readonly cli: string;
  /** Another bundled program of the bench. */
  program(name: 'registry-process' | 'resolve-process'): string;
  /** How often each thing is measured; the median counts. */
  readonly runs: number;
}

/** A number against its target; null where it could not be measured here. */
export interface Target {
  readonly text: string;
  readonly measured: string;
  readonly isMet: boolean | null;
}

export interface Outcome {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly targets: readonly Target[];
}
