import { posix, win32 } from 'node:path';
import type { World } from '../ports.ts';

/** Where a tool keeps its cache for this user: the operating system's place, as Go's os.UserCacheDir has it. */
export function userCacheDirectory({ env, platform, cwd }: World, tool: string): string {
  const { join } = platform.os === 'win32' ? win32 : posix;
  const home = env.HOME ?? env.USERPROFILE ?? cwd;
  if (platform.os === 'win32') return join(env.LOCALAPPDATA ?? home, tool);
  if (platform.os === 'darwin') return join(home, 'Library', 'Caches', tool);
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), tool);
}

/** An absolute path of one that is configured or set in the environment; undefined where neither is. */
export function chosenDirectory(
  { cwd, platform }: World,
  ...choices: readonly (string | undefined)[]
): string | undefined {
  const chosen = choices.find((choice) => choice !== undefined && choice !== '');
  return chosen === undefined ? undefined : (platform.os === 'win32' ? win32 : posix).resolve(cwd, chosen);
}
