import type { Objective } from './objective.ts';

/** What makes an image stale, and what follows of it. */
export interface StaleSettings {
  /** Lock file that a refresh keeps, absolute or from the root; absent where there is to be none. */
  readonly lockFile?: string;
  /** Absolute path of a list of images that are checked in place of those of a repository. */
  readonly imageList?: string;
  /** Milliseconds for which a base that has moved is left to settle; absent where it is not. */
  readonly settle?: number;
  /** What of a base has to change for an image to be stale; its digest when absent. */
  readonly staleWhen?: 'digest' | 'packages';
  /** Which bases make an image stale; all when absent. */
  readonly staleBases?: 'all' | 'runtime';
  /** Whether a stale image makes check and plan exit with 1. */
  readonly failOn: 'stale' | 'never';
  /** How fresh images are to be for the run to end well. */
  readonly objectives: readonly Objective[];
}
