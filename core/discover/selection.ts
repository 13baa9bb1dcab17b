import { anyGlob } from '../text/glob.ts';
import type { RunSubject } from './subject.ts';

/** Which paths the user asked for. */
export interface Selection {
  includes(path: string): boolean;
  /** Whether nothing below the folder can be asked for. */
  excludesFolder(path: string): boolean;
}

/** The include and exclude patterns of a run; a pattern that names a folder stands for all below it. */
export function createSelection({ include, exclude }: Pick<RunSubject, 'include' | 'exclude'>): Selection {
  const wanted = include.length === 0 ? () => true : matcher(include);
  const unwanted = exclude.length === 0 ? () => false : matcher(exclude);
  return {
    includes: (path) => wanted(path) && !unwanted(path),
    excludesFolder: (path) => unwanted(path),
  };
}

function matcher(patterns: readonly string[]): (path: string) => boolean {
  const cleaned = patterns.map((pattern) => pattern.replace(/^\.\//, '').replace(/\/+$/, ''));
  const all = cleaned.flatMap((pattern) => [pattern, `${pattern}/**`]);
  return anyGlob(all);
}
