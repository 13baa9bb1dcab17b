import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import type { World } from '../ports.ts';
import type { registryInputs } from '../registry/inputs.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { userCacheDirectory } from '../scan/cache-directory.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { checkoutOf } from '../tools/state-files.ts';

/**
 * Where it is kept what layers hold. What stands there is believed, so it is no folder of the checkout, which anybody
 * who can open a pull request fills.
 */
export async function readLayerCache(
  settings: Settings<typeof registryInputs>,
  world: World,
  root: string,
): Promise<Pick<RegistrySettings, 'layerDirectory'>> {
  if (!settings.boolean('layer-cache')) return {};
  const given = settings.text('layer-cache-dir');
  const layerDirectory = given === undefined ? await usualFolder(world) : resolve(world.cwd, given.text);
  if (layerDirectory === undefined) return {};
  const checkout = await checkoutOf(world, join(root, 'any'));
  // A home that is searched, and is no checkout, is the user's own all the same; what else is searched may be anybody's.
  const isHome = given === undefined && checkout === undefined && homes(world).includes(resolve(root));
  if (isHome || !(await isBelow(world, layerDirectory, checkout ?? root))) return { layerDirectory };
  if (given === undefined) return {};
  throw complain(
    given,
    `cannot be ${given.text}: what stands there is believed, and it is in the repository`,
    'give a folder outside of it',
  );
}

// Who has no home, such as a service without one, is given none.
async function usualFolder(world: World): Promise<string | undefined> {
  const { HOME, USERPROFILE, XDG_CACHE_HOME, LOCALAPPDATA } = world.env;
  const place = XDG_CACHE_HOME ?? LOCALAPPDATA ?? HOME ?? USERPROFILE;
  const isThere =
    place !== undefined && (place === XDG_CACHE_HOME || (await world.files.stat(place)).kind === 'directory');
  return isThere ? join(userCacheDirectory(world, 'base-image-refresh'), 'layers') : undefined;
}

function homes({ env: { HOME, USERPROFILE } }: World): readonly string[] {
  return [HOME, USERPROFILE].flatMap((home) => (home === undefined ? [] : resolve(home)));
}

async function isBelow(world: World, folder: string, top: string): Promise<boolean> {
  const place = relative(await realOf(world, top), await realOf(world, folder));
  return place !== '..' && !place.startsWith(`..${sep}`) && resolve(place) !== place;
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
