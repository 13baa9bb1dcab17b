import type { World } from '../ports.ts';
import { gitIn } from '../tools/git.ts';

/** Asks git whether a file below a folder stands at a commit just as it stands in the working tree. */
export function unchangedSince(
  world: Pick<World, 'exec' | 'env'>,
  folder: string,
  file: string,
): (revision: string) => Promise<boolean> {
  const git = gitIn(world, folder);
  return async (revision) => {
    // A commit that a shallow clone does not hold, and a file that is not in it, make git end with an error.
    const then = await git.answer(['rev-parse', '--verify', '--quiet', `${revision}:./${file}`]);
    if (then === undefined) return false;
    return then === (await git.answer(['hash-object', '--', `./${file}`]));
  };
}
