import type { Severity } from '../scan/finding.ts';

/** One run in the trend of a repository. */
export interface TrendPoint {
  /** When it ended: ISO 8601, UTC. */
  readonly at: string;
  readonly command: 'check' | 'refresh';
  readonly images: number;
  /** How many images ended in each outcome, by its name; those of none are left out. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** How long the image that was furthest behind its bases was so; null where that is not known of one. */
  readonly behindMs: number | null;
  /** Findings of what was scanned; absent where nothing was. */
  readonly findings?: Readonly<Partial<Record<Severity, number>>>;
}
