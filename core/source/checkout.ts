import type { World } from '../ports.ts';
import { type Git, gitIn } from '../tools/git.ts';

/** How a commit belongs to the repository that is checked out. */
export type Membership =
  /** The checked-out branch, or a tag, contains it. */
  | 'contained'
  /** It is here, and neither the branch nor a tag contains it. */
  | 'elsewhere'
  /** It is not here, and the clone has no whole history in which it would have to be. */
  | 'not-fetched'
  | 'unknown-commit';

/** What git says of the folder that a run is about. */
export interface Checkout {
  /** The commit that is checked out. */
  readonly head: string;
  readonly isShallow: boolean;
  membershipOf(revision: string): Promise<Membership>;
  /** Whether these paths (from the folder) are at HEAD just as at another commit. */
  isSame(revision: string, paths: readonly string[]): Promise<boolean>;
  /** Whether the working tree has, below these paths and outside the folder `left`, what HEAD has not; what git ignores does not count. */
  isDirty(paths: readonly string[], left?: string): Promise<boolean>;
}

/** Reads the checkout of a folder; undefined where it is in no git repository, or has no commit. */
export async function readCheckout(world: Pick<World, 'exec' | 'env'>, folder: string): Promise<Checkout | undefined> {
  const git = gitIn(world, folder);
  const head = await git.answer(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  if (head === undefined) return undefined;
  const isShallow = (await git.answer(['rev-parse', '--is-shallow-repository'])) === 'true';
  return {
    head,
    isShallow,
    membershipOf: (revision) => membershipOf(git, revision, isShallow),
    isSame: async (revision, paths) => {
      if (revision === head) return true;
      const same = await Promise.all(paths.map((path) => isSameAt(git, [revision, head], path)));
      return same.every(Boolean);
    },
    isDirty: async (paths, left) => {
      const args = [
        'status',
        '--porcelain',
        '--untracked-files=all',
        '--ignore-submodules=none',
        '--',
        ...paths.map((path) => `:(literal)${path}`),
        ...(left === undefined ? [] : [`:(exclude,literal)${left}`]),
      ];
      const exit = await git.run(args);
      // What cannot be looked at is no clean tree.
      return exit.kind !== 'exited' || exit.code !== 0 || exit.stdout.trim() !== '';
    },
  };
}

async function membershipOf(git: Git, revision: string, isShallow: boolean): Promise<Membership> {
  if (!(await git.agrees(['cat-file', '-e', `${revision}^{commit}`])))
    return isShallow ? 'not-fetched' : 'unknown-commit';
  if (await git.agrees(['merge-base', '--is-ancestor', revision, 'HEAD'])) return 'contained';
  const tagged = await git.answer([
    'for-each-ref',
    '--count=1',
    '--format=%(refname)',
    `--contains=${revision}`,
    'refs/tags',
  ]);
  if (tagged !== undefined) return 'contained';
  // A shallow history ends before it can show that the branch contains the commit.
  return isShallow ? 'not-fetched' : 'elsewhere';
}

async function isSameAt(git: Git, [then, now]: readonly [string, string], path: string): Promise<boolean> {
  const objects = await Promise.all(
    [then, now].map((commit) =>
      git.answer(['rev-parse', '--verify', '--quiet', `${commit}:./${path === '.' ? '' : path}`]),
    ),
  );
  const [before, after] = objects;
  return before !== undefined && before === after;
}
