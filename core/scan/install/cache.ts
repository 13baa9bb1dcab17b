import { isAbsolute, join } from 'node:path/posix';
import { fail } from '../../failure.ts';
import type { World } from '../../ports.ts';
import { describeExit } from '../../tools/exit-words.ts';
import { findTool } from '../../tools/find-tool.ts';

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
  const fresh = `${file}.${world.randomHex(6)}`;
  await world.files.write(fresh, program);
  for (const [name, ...args] of [
    ['chmod', '755', fresh],
    ['mv', fresh, file],
  ] as const) {
    const tool = await findTool(world, { name, remedy: `install ${name}` });
    const exit = await world.exec({ file: tool, args, env: {} });
    if (exit.kind !== 'exited' || exit.code !== 0) throw fail('unreadable', file, describeExit(exit));
  }
}
