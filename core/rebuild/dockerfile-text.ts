import { posix, win32 } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import type { BuildOrder } from './engine.ts';

/** What is built, and below which folder its files are. */
export type PlacedBuild = Pick<BuildOrder, 'root' | 'build'>;

/** Where an order's files are, absolute. */
export interface OrderPaths {
  readonly dockerfile: string;
  readonly context: string;
  /** What the Dockerfile's own ignore file would be called. */
  readonly ignoreFile: string;
}

/** The absolute paths of what an order builds. */
export function pathsOf(world: Pick<World, 'platform'>, { root, build }: PlacedBuild): OrderPaths {
  const { join } = world.platform.os === 'win32' ? win32 : posix;
  if (build.dockerfile === undefined)
    throw fail('config', build.name, 'no Dockerfile here builds it', 'give its dockerfile, or rebase it');
  const dockerfile = join(root, build.dockerfile);
  return { dockerfile, context: join(root, build.context), ignoreFile: `${dockerfile}.dockerignore` };
}

/** The text of the Dockerfile that an order builds. */
export async function dockerfileOf(world: Pick<World, 'platform' | 'files'>, order: PlacedBuild): Promise<string> {
  if (order.build.inline !== undefined) return order.build.inline;
  const bytes = await readNamedFile(world, order.root, pathsOf(world, order).dockerfile);
  return Buffer.from(bytes).toString('utf8');
}

/** Whether the Dockerfile has an ignore file of its own, which not every builder reads. */
export async function hasOwnIgnoreFile(world: Pick<World, 'platform' | 'files'>, order: BuildOrder): Promise<boolean> {
  if (order.build.inline !== undefined) return false;
  return (await world.files.stat(pathsOf(world, order).ignoreFile)).kind === 'file';
}
