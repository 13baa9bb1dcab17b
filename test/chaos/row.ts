import type { Injected } from '../../testing/registry/faults.ts';
import type { Cells } from './outcome.ts';
import type { Site } from './site.ts';

/** What is broken, and how. */
export interface Break {
  /** The registry that answers no TLS handshake. */
  readonly withoutTls?: 'base' | 'image';
  /** Whether it never answers, so that only the deadline ends it. */
  readonly hangs?: true;
  readonly inject?: (site: Site) => Injected | Promise<Injected>;
}

/** One fault and what each command makes of it. */
export interface Row extends Break {
  /** Follows the section's heading: "The registry of the base … answers 503 to every request". */
  readonly fault: string;
  readonly cells: Cells;
  /** Where the fault stands in what is stored, so that no request is counted as having met it. */
  readonly uncounted?: true;
  /** Where somebody else moves the release tag meanwhile. */
  readonly taken?: true;
}

export interface Section {
  readonly title: string;
  readonly about: string;
  readonly rows: readonly Row[];
  /** Only commands that write can meet its faults: every other row shows that the others never do. */
  readonly ofWrites?: true;
}

/** Stands for a fault that is not counted. */
export const uncounted: Injected = { hits: () => 1, remove: () => {} };
