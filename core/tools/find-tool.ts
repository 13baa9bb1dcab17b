import { posix, win32 } from 'node:path';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';

export interface ToolQuery {
  /** File name without extension. */
  readonly name: string;
  /** What somebody configured: a bare name to look for on PATH, or a path, absolute or relative to the working folder. */
  readonly path?: string;
  readonly remedy?: string;
}

/** The absolute path of a program: the configured one, else the first on PATH; throws `missing-tool`. */
export async function findTool(world: World, { name, path, remedy }: ToolQuery): Promise<string> {
  if (path !== undefined && /[\\/]/.test(path)) {
    const file = pathsOf(world).resolve(world.cwd, path);
    if (await isFile(world, file)) return file;
    throw fail('missing-tool', file, 'there is no such program', remedy);
  }
  for (const file of candidates(world, path ?? name)) {
    if (await isFile(world, file)) return file;
  }
  throw fail('missing-tool', path ?? name, 'is not on PATH', remedy);
}

function candidates(world: World, name: string): readonly string[] {
  const { isAbsolute, join, delimiter } = pathsOf(world);
  // A relative entry of PATH would run what a repository ships.
  const folders = (world.env.PATH ?? world.env.Path ?? '').split(delimiter).filter(isAbsolute);
  const file = world.platform.os === 'win32' && !name.endsWith('.exe') ? `${name}.exe` : name;
  return folders.map((folder) => join(folder, file));
}

async function isFile(world: World, path: string): Promise<boolean> {
  return (await world.files.stat(path)).kind === 'file';
}

function pathsOf({ platform }: World): typeof posix {
  return platform.os === 'win32' ? win32 : posix;
}
