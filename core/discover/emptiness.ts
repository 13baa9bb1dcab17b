import { type Failure, fail } from '../failure.ts';
import { createSelection } from './selection.ts';
import type { RunSubject } from './subject.ts';

/** What a run is about and whether it may be about nothing. */
export type EmptySubject = Pick<RunSubject, 'root' | 'include' | 'files' | 'allowEmpty'>;

/**
 * Failures (`usage`) of a run that is about less than its user asked for: a folder without anything to read, or an
 * include pattern that matches nothing. A mistyped path must not look like a repository in which everything is current.
 */
export function emptiness(
  subject: EmptySubject,
  paths: readonly string[],
  failures: readonly Failure[],
  wanted = 'no Dockerfile',
): Failure[] {
  const { root, include, files, allowEmpty } = subject;
  // What could not be listed may hold what was asked for, and is a failure already.
  if (allowEmpty || files.length > 0 || failures.length > 0) return [];
  const unmatched = include.filter((pattern) => {
    const { includes } = createSelection({ include: [pattern], exclude: [] });
    return !paths.some(includes);
  });
  if (unmatched.length > 0) {
    const detail = `matches ${wanted} below ${root}`;
    return unmatched.map(
      (pattern) => fail('usage', `include ${pattern}`, detail, remedy('correct the pattern')).failure,
    );
  }
  if (paths.length > 0) return [];
  return [fail('usage', root, `${wanted} was found`, remedy('check the path and the exclude patterns')).failure];
}

function remedy(first: string): string {
  return `${first}, or set allow-empty where there may be no image`;
}
