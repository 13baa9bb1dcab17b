import { posix } from 'node:path';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';

const largest = 4 * 1024 * 1024;

/** The folder of the repository as named, and where it really is. */
export interface Root {
  readonly path: string;
  readonly real: string;
}

/** Looks up where the repository's folder really is. */
export async function rootOf(world: World, path: string): Promise<Root> {
  return { path, real: await world.files.realpath(path) };
}

/** Reads a text file of the repository; throws `unreadable` for one that is huge, no file, or linked from outside. */
export async function readRepositoryFile(world: World, root: Root, path: string): Promise<string> {
  const absolute = posix.join(root.path, path);
  const real = await world.files.realpath(absolute);
  if (!real.startsWith(root.real.endsWith('/') ? root.real : `${root.real}/`)) {
    throw fail('unreadable', path, 'is a link to a file outside the repository', 'put the file into the repository');
  }
  const { kind, size } = await world.files.stat(real);
  if (kind !== 'file') throw fail('unreadable', path, kind === 'absent' ? 'there is no such file' : 'is not a file');
  if (size > largest) throw fail('unreadable', path, `has ${size} bytes, which is more than the bound of ${largest}`);
  return world.files.readText(real);
}
