import { basename, isAbsolute, join, relative, sep } from 'node:path';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { gitIn } from './git.ts';
import { checkoutOf, type StateWorld } from './state-files.ts';

/** What the output folder is called unless the run says otherwise. */
const usualName = '.base-image-refresh';

/**
 * A world in which the output folder comes with a `.gitignore` that leaves it out of git, from the first file that is
 * written there. A folder that has other files already, under a name of its own, is somebody's, and stays as it is.
 */
export function withOutputFolder(world: World, folder: string): World {
  let begun: Promise<void> | undefined;
  const once = () => {
    begun ??= begin(world, folder);
    return begun;
  };
  return {
    ...world,
    files: {
      ...world.files,
      write: async (path, data, options) => {
        if (isBelow(folder, path)) await once();
        return world.files.write(path, data, options);
      },
    },
  };
}

async function begin({ files }: World, folder: string): Promise<void> {
  const ignoreFile = join(folder, '.gitignore');
  const isThere = (await files.stat(folder)).kind === 'directory';
  const isOthers = basename(folder) !== usualName && isThere && (await files.list(folder)).length > 0;
  if (isOthers || (await files.stat(ignoreFile)).kind !== 'absent') return;
  await files.write(
    ignoreFile,
    '# Written by Base Image Refresh: what runs leave here is no part of the repository.\n*\n',
  );
}

/** Throws `usage` where a link that git tracks would lead what is written there out of the checkout. */
export async function refuseLinkedOutput(world: StateWorld, folder: string): Promise<void> {
  const top = await checkoutOf(world, folder);
  if (top === undefined) return;
  const parts = relative(top, folder).split(sep);
  for (const at of parts.keys()) {
    const place = parts.slice(0, at + 1);
    const path = join(top, ...place);
    if (!(await isLink(world, path))) continue;
    const args = ['ls-files', '-z', '--', `:(top,icase,literal)${place.join('/')}`];
    const tracked = await gitIn(world, top).text(['-c', `safe.directory=${top}`, ...args]);
    if (tracked === '') return;
    const fact = 'is a link of the repository, which says where reports would be written';
    throw fail('usage', path, fact, 'remove the link, or give another output-dir');
  }
}

async function isLink({ files }: StateWorld, path: string): Promise<boolean> {
  const parent = await files.list(join(path, '..')).catch(() => []);
  return parent.some(({ name, kind }) => name === basename(path) && kind === 'symlink');
}

function isBelow(folder: string, path: string): boolean {
  const place = relative(folder, path);
  return place !== '' && place !== '..' && !place.startsWith(`..${sep}`) && !isAbsolute(place);
}
