import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { World } from '../ports.ts';
import { checkoutOf } from './state-files.ts';

/**
 * Whether a folder is of the sources at a root, or of the checkout that they stand in: anybody who can open a pull request
 * fills it. `isUsual` says that it is the user's own place for such a folder, and not one that was chosen.
 */
export async function isOfSources(world: World, folder: string, root: string, isUsual: boolean): Promise<boolean> {
  const checkout = await checkoutOf(world, join(root, 'any'));
  // A home that is searched, and is no checkout, is the user's own all the same; what else is searched may be anybody's.
  if (isUsual && checkout === undefined && homes(world).includes(resolve(root))) return false;
  const place = relative(await realOf(world, checkout ?? root), await realOf(world, folder));
  return place !== '..' && !place.startsWith(`..${sep}`) && resolve(place) !== place;
}

function homes({ env: { HOME, USERPROFILE } }: World): readonly string[] {
  return [HOME, USERPROFILE].flatMap((home) => (home === undefined ? [] : resolve(home)));
}

// Links of the folders that are there are followed.
async function realOf({ files }: World, path: string): Promise<string> {
  const missing: string[] = [];
  for (let there = path; ; there = dirname(there)) {
    if ((await files.stat(there)).kind !== 'absent') return join(await files.realpath(there), ...missing);
    if (dirname(there) === there) return path;
    missing.unshift(basename(there));
  }
}
