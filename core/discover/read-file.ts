import { posix } from 'node:path';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';

const largest = 4 * 1024 * 1024;

/** The folder of the repository as named, and where it really is. */
export interface RealFolder {
  readonly path: string;
  readonly real: string;
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
  const text = await world.files.readText(isPlain ? absolute : await checkedPath(world, root, path, absolute));
  if (text.length > largest) {
    throw fail('unreadable', path, `has ${text.length} characters, which is more than the bound of ${largest}`);
  }
  return text;
}

async function checkedPath(world: World, root: RealFolder, path: string, absolute: string): Promise<string> {
  const real = await world.files.realpath(absolute);
  if (!real.startsWith(root.real.endsWith('/') ? root.real : `${root.real}/`)) {
    throw fail('unreadable', path, 'is a link to a file outside the repository', 'put the file into the repository');
  }
  const { kind } = await world.files.stat(real);
  if (kind !== 'file') throw fail('unreadable', path, kind === 'absent' ? 'there is no such file' : 'is not a file');
  return real;
}
