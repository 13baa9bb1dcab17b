import { resolve } from 'node:path';
import { unchangedSince } from './baseline/git-history.ts';
import { type LockFile, parseLockFile } from './baseline/lock-file.ts';
import { lockFileName } from './baseline/lock-file-shape.ts';
import type { Sources } from './baseline/sources.ts';
import { check } from './check.ts';
import type { CheckedImage } from './checked.ts';
import type { Config } from './config.ts';
import type { Run } from './context.ts';
import type { Build, DiscoveredBuild } from './discover/build.ts';
import { attempt, fail } from './failure.ts';
import type { World } from './ports.ts';

/** Checks the builds of a run, with what the repository and earlier runs know of their bases. */
export async function checkBuilds(run: Run, builds: readonly DiscoveredBuild[]): Promise<readonly CheckedImage[]> {
  const { registry, world, config } = run;
  const lock = await readLockFile(world, config);
  const sourcesFor = (build: Build): Sources => ({
    registry,
    lock,
    recent: () => [],
    unchangedSince:
      build.inline === undefined ? unchangedSince(world, config.root, build.dockerfile) : async () => false,
  });
  return check(registry, builds, sourcesFor);
}

/** The lock file of a run: the one that the user names, else the one that stands in the folder; none is an empty one. */
export async function readLockFile(world: World, config: Pick<Config, 'root' | 'lockFile'>): Promise<LockFile> {
  const name = config.lockFile ?? lockFileName;
  const path = resolve(config.root, name);
  if ((await world.files.stat(path)).kind === 'absent') return [];
  const read = await attempt(name, () => world.files.readText(path));
  if (read.kind === 'done') return parseLockFile(read.value, name);
  throw fail('config', name, read.failure.detail, 'give a file that can be read');
}
