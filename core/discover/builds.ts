import { basename, posix } from 'node:path';
import type { Config } from '../config.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { isBakeFile, readBake } from './bake.ts';
import { isComposeFile, readCompose } from './compose.ts';
import { uniqueNames } from './file-names.ts';
import { readEnvFile } from './interpolate.ts';
import { readRepositoryFile, rootOf } from './read-file.ts';
import { applyEntries, type PlannedBuild } from './settings.ts';
import { agreesWithUser, distinctBuilds, isPublished, plannedBuild, type StatedBuild } from './stated.ts';
import { byPath, walk } from './walk.ts';
import { isWorkflowFile, readWorkflow } from './workflow.ts';

/** The builds of a repository and what could not be looked at. */
export interface FoundBuilds {
  readonly builds: readonly PlannedBuild[];
  /** Dockerfiles that are no links, and behind none. */
  readonly plain: ReadonlySet<string>;
  readonly failures: readonly Failure[];
}

/** Finds what the repository builds; throws `usage` or `config` for what the user named and is not there. */
export async function findBuilds(world: World, config: Config): Promise<FoundBuilds> {
  const { dockerfiles, others, plain, failures } = await dockerfilesOf(world, config);
  const stated = await statedBuilds(world, config, others, dockerfiles);
  const isStated = new Set(stated.map(({ dockerfile }) => dockerfile));
  const unstated = dockerfiles.filter((path) => !isStated.has(path));
  const names = uniqueNames(unstated, basename(config.root));
  const found = [
    ...stated.map((build) => plannedBuild(config, build)),
    ...unstated.map((path) => plainBuild(config, path, names.get(path) ?? path)),
  ];
  return {
    builds: applyEntries(
      config,
      found.sort((a, b) => byPath(a.dockerfile, b.dockerfile)),
    ),
    plain,
    failures,
  };
}

async function dockerfilesOf(world: World, config: Config) {
  if (config.files.length === 0) return walk(world, config, isStating);
  for (const file of config.files) await refuseMissing(world, config.root, file);
  return { dockerfiles: [...new Set(config.files)], others: [], plain: new Set<string>(), failures: [] };
}

function isStating(path: string): boolean {
  return isComposeFile(path) || isBakeFile(path) || isWorkflowFile(path);
}

// Only of Dockerfiles that were found and asked for, and of those that stand in the stating file itself.
async function statedBuilds(
  world: World,
  config: Config,
  paths: readonly string[],
  dockerfiles: readonly string[],
): Promise<readonly StatedBuild[]> {
  const wanted = new Set(dockerfiles);
  const stated: StatedBuild[] = [];
  for (const path of paths) {
    const text = await textAt(world, config.root, path);
    if (text === undefined) continue;
    if (isWorkflowFile(path)) stated.push(...readWorkflow(path, text));
    else if (isBakeFile(path)) stated.push(...readBake(path, text));
    else stated.push(...readCompose(path, text, await envBeside(world, config.root, path)));
  }
  const applying = stated.filter((build) => {
    const isThere = build.inline !== undefined || wanted.has(build.dockerfile);
    return isThere && isPublished(build) && agreesWithUser(config, build);
  });
  return distinctBuilds(strongest(applying));
}

// What publishes an image says more of it than what runs it: a workflow goes over bake, and bake over Compose.
function strongest(builds: readonly StatedBuild[]): readonly StatedBuild[] {
  const rank = ({ from }: StatedBuild) => (from.includes(' jobs.') ? 0 : from.includes(' target.') ? 1 : 2);
  const best = new Map<string, number>();
  for (const build of builds) best.set(build.dockerfile, Math.min(rank(build), best.get(build.dockerfile) ?? 2));
  return builds.filter((build) => build.inline !== undefined || rank(build) === best.get(build.dockerfile));
}

async function envBeside(world: World, root: string, path: string): Promise<ReadonlyMap<string, string>> {
  return readEnvFile((await textAt(world, root, posix.join(posix.dirname(path), '.env'))) ?? '');
}

async function textAt(world: World, root: string, path: string): Promise<string | undefined> {
  const read = await attempt(path, async () => readRepositoryFile(world, await rootOf(world, root), path));
  return read.kind === 'done' ? read.value : undefined;
}

async function refuseMissing(world: World, root: string, file: string): Promise<void> {
  const looked = await attempt(file, () => world.files.stat(posix.join(root, file)));
  const kind = looked.kind === 'done' ? looked.value.kind : 'absent';
  if (kind === 'file') return;
  const detail = kind === 'directory' ? 'is a folder' : 'there is no such file';
  throw fail('usage', file, detail, `give a Dockerfile relative to ${root}`);
}

function plainBuild(config: Config, dockerfile: string, name: string): PlannedBuild {
  return {
    name,
    dockerfile,
    context: posix.dirname(dockerfile),
    args: config.args,
    contexts: {},
    platforms: config.platforms,
    provenance: {},
    ...(config.target === undefined ? {} : { target: config.target }),
  };
}
