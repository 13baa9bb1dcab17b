import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fail } from '../failure.ts';
import type { Files, World } from '../ports.ts';
import { gitIn } from '../tools/git.ts';
import { topOf } from './checkout.ts';
import type { PullRequest } from './event.ts';

/** Where configuration and policy of the repository are read. */
export type PolicyGround =
  | { readonly kind: 'checkout' }
  /** At the branch that a pull request is to be merged into. */
  | { readonly kind: 'base-branch'; readonly branch: string; readonly commit: string; readonly top: string }
  /** Nowhere: the checkout is a stranger's, and the branch is not here. */
  | { readonly kind: 'withheld'; readonly top: string };

/** Finds where configuration and policy are read: of a pull request, at the commit that its base branch has here. */
export async function policyGround(
  world: World,
  root: string,
  request: PullRequest | undefined,
): Promise<PolicyGround> {
  if (request === undefined) return { kind: 'checkout' };
  const top = await topOf(world, root);
  const { target } = request;
  if (target === undefined) return { kind: 'withheld', top };
  const ref = `refs/remotes/origin/${target}^{commit}`;
  const commit = await gitIn(world, top).text(['rev-parse', '--verify', '--quiet', '--end-of-options', ref]);
  return commit === undefined || !/^[0-9a-f]{40,64}$/.test(commit.trim())
    ? { kind: 'withheld', top }
    : { kind: 'base-branch', branch: target, commit: commit.trim(), top };
}

/** The world with the files of the repository as they stand there; files outside it are as they are. */
export function onPolicyGround(world: World, ground: PolicyGround): World {
  if (ground.kind === 'checkout') return world;
  const { files } = world;
  // What git does not know of the checkout, such as a file that an earlier step has fetched, no pull request brought.
  const within = async (path: string) => {
    const place = relative(ground.top, resolve(world.cwd, path)).split(sep).join('/');
    if (place === '..' || place.startsWith('../') || isAbsolute(place)) return undefined;
    const there = ground.kind === 'withheld' ? undefined : await entryAt(world, ground, place);
    return there === undefined && (await isUntracked(world, ground.top, place)) ? undefined : place;
  };
  const read = async (path: string, most?: number): Promise<Uint8Array> => {
    const place = await within(path);
    return place === undefined ? files.read(path, most) : readThere(world, ground, place);
  };
  const at: Pick<Files, 'stat' | 'read' | 'readText' | 'realpath'> = {
    read,
    readText: async (path, most) => Buffer.from(await read(path, most)).toString('utf8'),
    // Links are no files there, so that what is read is where its name says.
    realpath: async (path) => {
      const place = await within(path);
      return place === undefined || place === '' ? files.realpath(path) : join(await files.realpath(ground.top), place);
    },
    stat: async (path) => {
      const place = await within(path);
      if (place === undefined) return files.stat(path);
      const entry = ground.kind === 'withheld' ? undefined : await entryAt(world, ground, place);
      return { kind: entry?.kind ?? 'absent', size: 0 };
    },
  };
  return { ...world, files: { ...files, ...at } };
}

type AtCommit = Extract<PolicyGround, { readonly kind: 'base-branch' }>;

interface TreeEntry {
  readonly kind: 'file' | 'directory' | 'other';
  readonly blob: string;
}

// Whether the commit that is checked out has neither the path nor a link or submodule on the way to it.
async function isUntracked(world: World, top: string, place: string): Promise<boolean> {
  const parts = place.split('/');
  const paths = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const listed = await gitIn(world, top).text(['ls-tree', '-z', '--full-tree', 'HEAD', '--', ...paths]);
  return listed?.split('\0').every((entry) => entry === '' || /^\d+ tree /.test(entry)) ?? false;
}

// git ls-tree: "MODE TYPE OBJECT\tNAME"; 120000 is a link, whose blob is where it leads.
async function entryAt(world: World, { top, commit }: AtCommit, place: string): Promise<TreeEntry | undefined> {
  const listed = await gitIn(world, top).text(['ls-tree', '-z', '--full-tree', commit, '--', place]);
  const [, mode, type, blob = ''] = /^(\d+) (\w+) ([0-9a-f]+)\t/.exec(listed ?? '') ?? [];
  if (mode === undefined) return undefined;
  if (type === 'tree') return { kind: 'directory', blob };
  return { kind: type === 'blob' && mode !== '120000' ? 'file' : 'other', blob };
}

async function readThere(world: World, ground: Exclude<PolicyGround, { readonly kind: 'checkout' }>, place: string) {
  if (ground.kind === 'withheld') {
    const detail = 'stands in the checkout of a pull request, and its base branch is not here to read it from';
    throw fail('config', place, detail, 'fetch the base branch too, such as with fetch-depth: 0');
  }
  const entry = await entryAt(world, ground, place);
  if (entry?.kind !== 'file') {
    throw fail('unreadable', place, `is no file of ${ground.branch}`, 'merge it there first');
  }
  const folder = await world.files.temporaryDirectory('policy');
  try {
    // Bytes as they are: no filter, no conversion, nothing that attributes of the repository could name.
    const name = await gitIn(world, folder).text([`--git-dir=${join(ground.top, '.git')}`, 'unpack-file', entry.blob]);
    if (name === undefined) throw fail('unreadable', place, `cannot be read from ${ground.branch}`, 'fetch it anew');
    return await world.files.read(join(folder, name.trim()));
  } finally {
    await world.files.remove(folder);
  }
}
