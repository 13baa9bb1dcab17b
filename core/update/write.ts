import { posix } from 'node:path';
import { attempt, type Failure, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import type { FileChange } from './update.ts';

/** Writes changed files one by one, each whole or not at all; one that changed meanwhile is left alone. */
export async function writeChanges(
  world: World,
  root: string,
  changes: readonly FileChange[],
): Promise<{ readonly paths: readonly string[]; readonly failures: readonly Failure[] }> {
  const paths: string[] = [];
  const failures: Failure[] = [];
  for (const { path, before, after, isNew } of changes) {
    const written = await attempt(path, async () => {
      if (isNew) return writeNew(world, root, path, after);
      // A link stays one: the file behind it is written.
      const real = await world.files.realpath(posix.join(root, path));
      if (!Buffer.from(before).equals(await world.files.read(real))) {
        throw fail('unreadable', path, 'changed while it was being looked at', 'run again');
      }
      await world.files.write(real, after);
    });
    if (written.kind === 'done') paths.push(path);
    else failures.push({ ...written.failure, subject: path });
  }
  return { paths, failures };
}

// A file that is there by now is somebody's.
async function writeNew({ files }: World, root: string, path: string, text: string): Promise<void> {
  const place = posix.join(root, path);
  if (await isThere({ files }, place)) throw fail('unreadable', path, 'is there by now', 'run again');
  await files.write(place, text);
}

/** Whether anything stands at a path: a link that leads nowhere too. */
export async function isThere({ files }: Pick<World, 'files'>, path: string): Promise<boolean> {
  if ((await files.stat(path)).kind !== 'absent') return true;
  return (await attempt(path, () => files.entry(path))).kind === 'done';
}
