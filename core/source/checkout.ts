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
  /** Whether these paths (from the folder) are at HEAD just as at another commit; those in `optional` may also be at neither. */
  isSame(revision: string, paths: readonly string[], optional?: readonly string[]): Promise<boolean>;
  /** Whether the working tree has all files that these patterns of git match as a commit has them. */
  hasAllOf(revision: string, patterns: readonly string[]): Promise<boolean>;
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
    isSame: async (revision, paths, optional = []) => {
      if (revision === head) return true;
      const ofPath = async (path: string, mayLack: boolean) => {
        const [then, now] = await Promise.all([revision, head].map((commit) => objectAt(git, commit, path)));
        return then === now && (mayLack || then !== undefined);
      };
      const same = [...paths.map((path) => ofPath(path, false)), ...optional.map((path) => ofPath(path, true))];
      return (await Promise.all(same)).every(Boolean);
    },
    hasAllOf: async (revision, patterns) => {
      const options = ['--quiet', '--no-ext-diff', '--no-textconv', '--relative'];
      if (!(await git.agrees(['diff', ...options, revision, '--', ...patterns]))) return false;
      return (await git.text(['ls-files', '--others', '--exclude-standard', '--', ...patterns])) === '';
    },
    isDirty: (paths, left) => isDirty(git, paths, left),
  };
}

/** Whether git refuses to read the folder because it belongs to another user, as in containers of jobs. */
export async function isOfAnotherUser(world: Pick<World, 'exec' | 'env'>, folder: string): Promise<boolean> {
  const exit = await gitIn(world, folder).run(['rev-parse', '--git-dir']);
  return exit.kind === 'exited' && exit.code !== 0 && exit.stderr.includes('safe.directory');
}

async function isDirty(git: Git, paths: readonly string[], left: string | undefined): Promise<boolean> {
  const below = paths.map((path) => `:(literal)${path}`);
  const but = left === undefined ? [] : [`:(exclude,literal)${left}`];
  const options = ['--porcelain', '--untracked-files=all', '--ignore-submodules=none'];
  const status = await git.text(['status', ...options, '--', ...below, ...but]);
  // What cannot be looked at is no clean tree.
  if (status === undefined || status.trim() !== '') return true;
  // A sparse checkout lacks files and calls itself clean (git-ls-files, -t: S is skip-worktree).
  const entries = await git.text(['ls-files', '-t', '--', ...below]);
  return entries === undefined || /^S /m.test(entries);
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

function objectAt(git: Git, commit: string, path: string): Promise<string | undefined> {
  return git.answer(['rev-parse', '--verify', '--quiet', `${commit}:./${path === '.' ? '' : path}`]);
}
