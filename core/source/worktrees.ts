import { basename, dirname, join } from 'node:path';
import pLimit from 'p-limit';
import type { World } from '../ports.ts';
import { exitFailure } from '../text/exit-words.ts';
import { type Git, gitIn } from '../tools/git.ts';
import { type Checkout, readCheckout } from './checkout.ts';

/** The repository of a run, and working trees of its other commits; each is made once. */
export interface SourceTrees {
  /** Undefined where the folder is in no git repository, or git is not there. */
  checkout(): Promise<Checkout | undefined>;
  /** Fetches the whole history of a shallow clone, once; whether it is here now. */
  fetchHistory(): Promise<boolean>;
  /** The folder of the run in a working tree at a commit; throws where git cannot make it. */
  at(revision: string): Promise<string>;
  /** Removes the working trees. */
  close(): Promise<void>;
}

const patience = 10 * 60_000;
const treePrefix = 'base-image-refresh-source';

/** The trees of the repository that a folder stands in. */
export function createSourceTrees(world: World, folder: string): SourceTrees {
  const git = gitIn(world, folder);
  const trees = new Map<string, Promise<string>>();
  const one = pLimit(1);
  const made: string[] = [];
  let checkout: Promise<Checkout | undefined> | undefined;
  let fetched: Promise<boolean> | undefined;
  const fetchAll = async () => {
    const exit = await git.run(['fetch', '--quiet', '--unshallow', '--tags'], { timeout: patience });
    checkout = undefined;
    return exit.kind === 'exited' && exit.code === 0;
  };
  return {
    checkout: () => {
      checkout ??= readCheckout(world, folder);
      return checkout;
    },
    fetchHistory: () => {
      fetched ??= fetchAll();
      return fetched;
    },
    at: (revision) => {
      const tree = trees.get(revision) ?? one(() => addTree(world, git, revision, made));
      trees.set(revision, tree);
      return tree;
    },
    close: async () => {
      trees.clear();
      for (const path of made.splice(0)) {
        await git.run(['worktree', 'remove', '--force', path], { timeout: patience });
        await world.files.remove(dirname(path));
      }
    },
  };
}

async function addTree(world: World, git: Git, revision: string, made: string[]): Promise<string> {
  await forgetKilled(world, git);
  // Images without a name of their own are called as their folder is, so the tree is called as the checkout.
  const name = basename((await git.answer(['rev-parse', '--show-toplevel'])) ?? 'tree');
  const path = join(await world.files.temporaryDirectory(treePrefix), name);
  // Whole, even where the checkout is sparse.
  await demand(
    git,
    ['-c', 'core.sparseCheckout=false', 'worktree', 'add', '--quiet', '--detach', path, revision],
    revision,
  );
  made.push(path);
  if ((await world.files.stat(join(path, '.gitmodules'))).kind === 'file' && (await hasSubmodules(git))) {
    await demand(gitIn(world, path), ['submodule', 'update', '--quiet', '--init', '--recursive'], revision);
  }
  return join(path, (await git.answer(['rev-parse', '--show-prefix'])) ?? '');
}

// Of a run that was killed, git still knows the tree whose folder is gone. Trees of others are theirs, even where their
// folders are not here: in a container they seldom are, and `worktree prune` would take what is staged in them.
async function forgetKilled({ files }: World, git: Git): Promise<void> {
  const listed = (await git.answer(['worktree', 'list', '--porcelain'])) ?? '';
  for (const line of listed.split('\n')) {
    const path = line.startsWith('worktree ') ? line.slice('worktree '.length) : undefined;
    if (path === undefined || !basename(dirname(path)).startsWith(`${treePrefix}-`)) continue;
    if ((await files.stat(path)).kind === 'absent') await git.run(['worktree', 'remove', '--force', path]);
  }
}

// A tree gets its submodules where the checkout has them.
async function hasSubmodules(git: Git): Promise<boolean> {
  const status = await git.answer(['submodule', 'status']);
  return status?.split('\n').some((line) => !line.startsWith('-')) === true;
}

async function demand(git: Git, args: readonly string[], revision: string): Promise<void> {
  const exit = await git.run(args, { timeout: patience });
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw exitFailure(exit, {
    code: 'source-unknown',
    subject: revision.slice(0, 12),
    step: `git ${args.find((arg) => /^[a-z]+$/.test(arg))}`,
    install: 'install git',
  });
}
