import { dirname, join, relative, sep } from 'node:path';
import { type Failure, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { gitIn } from './git.ts';

/** A file in which an earlier run wrote down what later ones are to know, or why it is not believed. */
export type Remembered =
  | { readonly kind: 'read'; readonly path: string; readonly text: string }
  | { readonly kind: 'absent'; readonly path: string }
  | { readonly kind: 'refused'; readonly path: string; readonly failure: Failure };

/** Reads what earlier runs wrote down. */
export interface StateReader {
  read(path: string): Promise<Remembered>;
  /** Every file of a folder with this ending, in order of names. */
  list(folder: string, ending: string): Promise<readonly Remembered[]>;
}

/** What it takes to read them. */
export type StateWorld = Pick<World, 'files' | 'exec' | 'env'>;

/** What git tracks below a folder, in lower case; or why that is not known. */
type Tracked =
  | { readonly kind: 'known'; readonly paths: ReadonlySet<string> }
  | { readonly kind: 'linked' }
  | { readonly kind: 'unknown' };

const largest = 16 * 1024 * 1024;

/**
 * Reads files of the output folder for what runs remember. Anybody who can commit could write them too, so a file that
 * git tracks is refused, and so are links and files of other users: git is asked once for each folder.
 */
export function createStateReader(world: StateWorld): StateReader {
  const asked = new Map<string, Promise<Tracked>>();
  const tracked = (folder: string) => {
    const known = asked.get(folder) ?? trackedBelow(world, folder);
    asked.set(folder, known);
    return known;
  };
  const read = async (path: string): Promise<Remembered> => {
    if ((await world.files.stat(path)).kind === 'absent') return { kind: 'absent', path };
    const why = (await refusalOf(world, path)) ?? refusalBy(await tracked(dirname(path)), path);
    if (why === undefined) return { kind: 'read', path, text: await world.files.readText(path) };
    return { kind: 'refused', path, failure: refused(path, why) };
  };
  return {
    read,
    list: async (folder, ending) => {
      if ((await world.files.stat(folder)).kind !== 'directory') return [];
      const names = (await world.files.list(folder)).map(({ name }) => name).filter((name) => name.endsWith(ending));
      return Promise.all(names.toSorted().map((name) => read(join(folder, name))));
    },
  };
}

function refused(path: string, why: string): Failure {
  const remedy = 'remove it, or give an output-dir outside of the repository';
  return fail('unreadable', path, `${why}, so what it says of earlier runs is not believed`, remedy).failure;
}

async function refusalOf({ files }: StateWorld, path: string): Promise<string | undefined> {
  const { target, isOwn } = await files.entry(path);
  if (target !== undefined) return 'is a link';
  if (!isOwn) return 'belongs to another user';
  const { kind, size } = await files.stat(path);
  if (kind !== 'file') return 'is not a file';
  return size > largest ? `has ${size} bytes, which is more than the bound of ${largest}` : undefined;
}

function refusalBy(tracked: Tracked, path: string): string | undefined {
  if (tracked.kind === 'linked') return 'stands behind a link';
  if (tracked.kind === 'unknown') return 'may be a file of the repository, since git does not say';
  for (let above = path; dirname(above) !== above; above = dirname(above)) {
    if (tracked.paths.has(above.toLowerCase())) return 'is a file of the repository';
  }
  return undefined;
}

async function trackedBelow(world: StateWorld, folder: string): Promise<Tracked> {
  const top = await checkoutOf(world, folder);
  if (top === undefined) return { kind: 'known', paths: new Set() };
  const place = relative(top, folder);
  const real = join(await world.files.realpath(top), place);
  // Git names nothing that stands behind a link.
  if ((await world.files.realpath(folder)) !== real) return { kind: 'linked' };
  // Names that differ in case alone are one file on some systems. A submodule is named in place of what is in it.
  const args = ['ls-files', '-z', '--', `:(top,icase,literal)${place.split(sep).join('/')}`];
  const listed = await gitIn(world, top).text(['-c', `safe.directory=${top}`, ...args]);
  if (listed === undefined) return { kind: 'unknown' };
  const paths = listed.split('\0').filter((path) => path !== '');
  return { kind: 'known', paths: new Set(paths.map((path) => join(top, path).toLowerCase())) };
}

/** The checkout that a folder stands in; undefined where it stands in none. */
export async function checkoutOf({ files }: Pick<World, 'files'>, folder: string): Promise<string | undefined> {
  for (let above = dirname(folder); ; above = dirname(above)) {
    if ((await files.stat(join(above, '.git'))).kind !== 'absent') return above;
    if (dirname(above) === above) return undefined;
  }
}
