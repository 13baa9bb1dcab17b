import { posix, win32 } from 'node:path';
import { attempt, FailureError, fail, type Outcome } from '../failure.ts';
import type { World } from '../ports.ts';

const largest = 4 * 1024 * 1024;

/** The folder of the repository as named, and where it really is. */
export interface RealFolder {
  readonly path: string;
  readonly real: string;
}

/**
 * Reads a file and returns why it could not, but throws where a run has read as much of the repository as it may: whatever
 * else there is would be left out in silence.
 */
export async function attemptReading<T>(subject: string, read: () => Promise<T>): Promise<Outcome<T>> {
  const outcome = await attempt(subject, read);
  if (outcome.kind === 'failed' && outcome.failure.code === 'too-large') throw new FailureError(outcome.failure);
  return outcome;
}

/** Looks up where the repository's folder really is. */
export async function rootOf(world: World, path: string): Promise<RealFolder> {
  return { path, real: await world.files.realpath(path) };
}

/** Reads a text file of the repository, of which `isPlain` says that no part of its path is a link; throws `unreadable` for one that is huge, no file, or linked from outside. */
export async function readRepositoryFile(
  world: World,
  root: RealFolder,
  path: string,
  isPlain = false,
): Promise<string> {
  const absolute = posix.join(root.path, path);
  return world.files.readText(isPlain ? absolute : await checkedPath(world, root, path, absolute), largest);
}

/**
 * Reads a file that the run or the repository names by an absolute path: a regular one of bounded size, and where it
 * stands below the root, one that no link leads out of it.
 */
export async function readNamedFile(
  world: Pick<World, 'files'>,
  root: string,
  path: string,
  most: number = largest,
): Promise<Uint8Array> {
  const real = await placeBelow(world, root, path, 'file');
  return world.files.read(real, most);
}

/** Where a file or folder really is; throws `unreadable` for one below the root whose path leaves it by a link. */
export async function placeBelow(
  world: Pick<World, 'files'>,
  root: string,
  path: string,
  what: 'file' | 'folder',
): Promise<string> {
  const real = await world.files.realpath(path);
  if (isBelow(root, path) && !isBelow(await world.files.realpath(root), real)) {
    const detail = `is a link to a ${what} outside the repository`;
    throw fail('unreadable', path, detail, `put the ${what} into the repository`);
  }
  return real;
}

// Windows has another separator, and does not distinguish upper case from lower.
function isBelow(folder: string, path: string): boolean {
  const { relative, isAbsolute, sep } = /^(?:[A-Za-z]:[\\/]|\\\\)/.test(folder) ? win32 : posix;
  const place = relative(folder, path);
  return place !== '..' && !place.startsWith(`..${sep}`) && !isAbsolute(place);
}

async function checkedPath(world: World, root: RealFolder, path: string, absolute: string): Promise<string> {
  const real = await world.files.realpath(absolute);
  if (!isBelow(root.real, real)) {
    throw fail('unreadable', path, 'is a link to a file outside the repository', 'put the file into the repository');
  }
  const { kind } = await world.files.stat(real);
  if (kind !== 'file') throw fail('unreadable', path, kind === 'absent' ? 'there is no such file' : 'is not a file');
  return real;
}
