import { join, resolve } from 'node:path';
import type { World } from '../ports.ts';
import type { registryInputs } from '../registry/inputs.ts';
import type { RegistrySettings } from '../registry/settings.ts';
import { userCacheDirectory } from '../scan/cache-directory.ts';
import type { Settings } from '../settings/settings.ts';
import { complain } from '../settings/value.ts';
import { isOfSources } from '../tools/sources-folder.ts';

/**
 * Where it is kept what layers hold. What stands there is believed, so it is no folder of the checkout, which anybody
 * who can open a pull request fills, and runs of pull requests have none: what their caches bring along, they may have made.
 */
export async function readLayerCache(
  settings: Settings<typeof registryInputs>,
  world: World,
  { root, isOfRequest }: { readonly root: string; readonly isOfRequest: boolean },
): Promise<Pick<RegistrySettings, 'layerDirectory'>> {
  if (!settings.boolean('layer-cache')) return {};
  const given = settings.text('layer-cache-dir');
  const layerDirectory = given === undefined ? await usualFolder(world) : resolve(world.cwd, given.text);
  if (layerDirectory === undefined) return {};
  if (!(await isOfSources(world, layerDirectory, root, given === undefined)))
    return isOfRequest ? {} : { layerDirectory };
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
