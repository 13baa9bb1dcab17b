import type { Discovery } from '../../discover/discover.ts';
import type { Outcome } from '../../failure.ts';
import { type Finding, problemOf } from '../check.ts';

/** Entries of `images:` and inputs that fit nothing in the repository. */
export function entryFindings(discovered: Outcome<Discovery>): readonly Finding[] {
  return discovered.kind === 'failed' ? [problemOf(discovered.failure)] : [];
}
