import { createTwoFilesPatch } from 'diff';
import type { FileChange } from './update.ts';

/** The changes as one unified diff, in the form that `git apply` and `patch -p1` take. */
export function unifiedDiff(files: readonly FileChange[]): string {
  return files.map((file) => patchOf(file)).join('');
}

function patchOf({ path, before, after, isNew }: FileChange): string {
  const old = isNew ? '/dev/null' : `a/${path}`;
  const patch = createTwoFilesPatch(old, `b/${path}`, before, after, undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '');
}
