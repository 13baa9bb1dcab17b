import { basename, dirname, isAbsolute, posix, relative, resolve, sep } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { configFileName, configFileNames } from '../product.ts';
import { invalid, type Text } from '../settings/value.ts';
import { topOf } from './checkout.ts';

/** The folder that a run is about, and the one Dockerfile of it where a file was named. */
export interface RunRoot {
  readonly root: string;
  readonly file?: string;
}

/** Finds the folder or Dockerfile that the user named; throws `usage` where it is not there or cannot be read. */
export async function findRoot(world: World, path: string): Promise<RunRoot> {
  const absolute = resolve(world.cwd, path);
  const remedy = 'give the folder of the repository or one Dockerfile';
  const looked = await attempt(path, async () => {
    const { kind } = await world.files.stat(absolute);
    if (kind === 'directory') await world.files.list(absolute);
    return kind;
  });
  if (looked.kind === 'failed') throw fail('usage', path, looked.failure.detail, remedy);
  if (looked.value === 'directory') return { root: absolute };
  if (looked.value === 'file') return { root: dirname(absolute), file: basename(absolute) };
  const detail = looked.value === 'absent' ? 'there is no such file or folder' : 'is neither a file nor a folder';
  throw fail('usage', path, detail, remedy);
}

/** The name of the configuration file of a folder, which it may have in one of two spellings. */
export async function configFileOf({ files }: Pick<World, 'files'>, root: string): Promise<string> {
  const there: string[] = [];
  for (const name of configFileNames) {
    if ((await files.stat(resolve(root, name))).kind !== 'absent') there.push(name);
  }
  const [first = configFileName, second] = there;
  if (second === undefined) return first;
  throw fail('config', first, `${second} is there too`, 'keep one of the two');
}

/** Where the root stands in its repository, with forward slashes: hosts show files by their path from there. */
export async function placeInRepository(world: World, root: string): Promise<string> {
  return relative(await topOf(world, root), root)
    .split(sep)
    .join('/');
}

/** A path below the root with forward slashes, as reports and Dockerfiles write it. */
export function relativeOf(value: Text): string {
  const path = posix.normalize(value.text.replaceAll('\\', '/'));
  if (!path.startsWith('../') && path !== '..' && !posix.isAbsolute(path)) return path.replace(/(?<=.)\/$/, '');
  throw invalid(value, 'give a path inside the folder of the repository');
}

/** An option's Dockerfile, which may be absolute too, relative to the root. */
export function fileBelow(root: string, value: Text): string {
  if (!isAbsolute(value.text)) return relativeOf(value);
  return relativeOf({ ...value, text: relative(root, value.text).split(sep).join('/') });
}
