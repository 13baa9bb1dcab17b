import { createTwoFilesPatch } from 'diff';
import type { FileChange } from './update.ts';

/** The changes as one unified diff, in the form that `git apply` and `patch -p1` take. */
export function unifiedDiff(files: readonly FileChange[]): string {
  return files.map(({ path, before, after }) => patchOf(path, before, after)).join('');
}

function patchOf(path: string, before: string, after: string): string {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '');
}
