import { isAbsolute, join } from 'node:path/posix';
import type { World } from '../../ports.ts';

/** Where tools are kept between runs: the folder that the host keeps for tools, else the user's cache. */
export async function toolCache(world: World): Promise<string> {
  const { BASE_IMAGE_REFRESH_CACHE: own, RUNNER_TOOL_CACHE: github, AGENT_TOOLSDIRECTORY: azure } = world.env;
  if (own !== undefined && isAbsolute(own)) return own;
  for (const host of [github, azure]) {
    if (host !== undefined && isAbsolute(host)) return join(host, 'base-image-refresh');
  }
  const { XDG_CACHE_HOME: caches, HOME: home } = world.env;
  // XDG Base Directory Specification: relative paths are to be ignored.
  if (caches !== undefined && isAbsolute(caches)) return join(caches, 'base-image-refresh', 'tools');
  if (home !== undefined && isAbsolute(home)) return join(home, '.cache', 'base-image-refresh', 'tools');
  return world.files.temporaryDirectory('tools');
}

/** Puts an executable in place at once: a run beside this one sees the whole program or none. */
export async function writeProgram(world: World, program: Uint8Array, file: string): Promise<void> {
  await world.files.write(file, program, { mode: 0o755 });
}
