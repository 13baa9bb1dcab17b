import pLimit from 'p-limit';
import type { Config } from '../config.ts';
import { attempt, type Failure } from '../failure.ts';
import type { World } from '../ports.ts';
import type { Build, DetectedDockerfile, DiscoveredBuild } from './build.ts';
import { findBuilds } from './builds.ts';
import { isTemplateName } from './file-names.ts';
import { readBuild } from './read-build.ts';
import { type Root, readRepositoryFile, rootOf } from './read-file.ts';
import { withReleases } from './releases.ts';

// Well below the number of files that a process may hold open.
const filesAtOnce = 64;

/** What a repository builds, each with the images that it is built on. */
export interface Discovery {
  readonly builds: readonly DiscoveredBuild[];
  readonly failures: readonly Failure[];
}

/** Discovers the builds of the repository; what cannot be read is a failure and the rest goes on. */
export async function discover(world: World, config: Config): Promise<Discovery> {
  const { builds, plain, failures } = await findBuilds(world, config);
  return { builds: await readBuilds(world, config, withReleases(config, builds), plain), failures };
}

/** Reads the Dockerfile of each build; a template that is no Dockerfile before it is filled in is left out. */
export async function readBuilds(
  world: World,
  config: Pick<Config, 'root'>,
  builds: readonly Build[],
  plain: ReadonlySet<string>,
): Promise<readonly DiscoveredBuild[]> {
  const root = await rootOf(world, config.root);
  const limit = pLimit(filesAtOnce);
  const read = await Promise.all(
    builds.map((build) =>
      limit(async () => ({ build, dockerfile: await readOne(world, root, build, plain.has(build.dockerfile)) })),
    ),
  );
  return read.filter(({ dockerfile }) => dockerfile.kind === 'read' || !isTemplateName(dockerfile.path));
}

async function readOne(world: World, root: Root, build: Build, isPlain: boolean): Promise<DetectedDockerfile> {
  const path = build.dockerfile;
  const text = await attempt(path, async () => build.inline ?? readRepositoryFile(world, root, path, isPlain));
  if (text.kind === 'done') return readBuild(world, text.value, build);
  const failure = { ...text.failure, subject: path };
  return { kind: 'refused', path, failure, dockerfileCode: failure.code, line: null };
}
