import { basename, dirname, isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';

/** The top of the repository that a folder stands in: where .git is, else the folder itself. */
export async function topOf(world: Pick<World, 'files'>, root: string): Promise<string> {
  return (await gitTopOf(world, root)) ?? root;
}

async function gitTopOf({ files }: Pick<World, 'files'>, root: string): Promise<string | undefined> {
  for (let folder = root; ; folder = dirname(folder)) {
    if ((await files.stat(resolve(folder, '.git'))).kind !== 'absent') return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

/**
 * Why a path that a file of the repository names is not one of the repository: absolute, or with `..`, or through a link
 * that leaves it, or in git's own folder, where the checkout keeps its token. Undefined for one that is.
 */
export async function whyNotOfRepository(
  world: Pick<World, 'files'>,
  root: string,
  path: string,
): Promise<string | undefined> {
  const parts = path.split(/[\\/]/);
  if (isAbsolute(path) || win32.isAbsolute(path) || parts.includes('..') || /^[A-Za-z]:/.test(path)) return outside;
  const top = await world.files.realpath(await topOf(world, root));
  const real = await realPlace(world, resolve(root, path));
  if (!isBelow(top, real)) return `${outside}, through a link`;
  const own = [...parts, ...relative(top, real).split(sep)].some((part) => part.toLowerCase() === '.git');
  return own ? "which is git's own and not of the repository" : undefined;
}

const outside = 'which is outside the repository';

/**
 * Whether a file stands in the repository of a folder, of the working folder, or of what the CI host has checked out: by
 * its name, or by what the name leads to.
 */
export async function isInRepository(
  world: Pick<World, 'files' | 'env' | 'cwd'>,
  root: string,
  file: string,
): Promise<boolean> {
  const { GITHUB_WORKSPACE: github, BUILD_SOURCESDIRECTORY: azure } = world.env;
  const checkouts = [world.cwd, github, azure].filter((folder) => folder !== undefined && folder !== '');
  const known = await Promise.all(checkouts.map((folder) => gitTopOf(world, resolve(world.cwd, folder ?? ''))));
  const tops = [await topOf(world, root), ...known.filter((top) => top !== undefined)];
  const named = resolve(await realPlace(world, dirname(file)), basename(file));
  const places = [named, await realPlace(world, file)];
  const real = await Promise.all(tops.map((top) => world.files.realpath(top)));
  return real.some((top) => places.some((place) => isBelow(top, place)));
}

function isBelow(top: string, place: string): boolean {
  const within = relative(top, place);
  return within !== '..' && !within.startsWith(`..${sep}`) && !isAbsolute(within);
}

// Where what is not there yet would stand, once the links on its way are followed.
async function realPlace({ files }: Pick<World, 'files'>, path: string): Promise<string> {
  if ((await files.stat(path)).kind !== 'absent' || dirname(path) === path) return files.realpath(path);
  const entry = await attempt(path, () => files.entry(path));
  const target = entry.kind === 'done' ? entry.value.target : undefined;
  if (target !== undefined) return realPlace({ files }, resolve(dirname(path), target));
  return resolve(await realPlace({ files }, dirname(path)), basename(path));
}
