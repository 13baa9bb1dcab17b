import { basename, posix } from 'node:path';
import type { Config } from '../config.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { uniqueNames } from './file-names.ts';
import { applyEntries, type PlannedBuild } from './settings.ts';
import { walk } from './walk.ts';

/** The builds of a repository and what could not be looked at. */
export interface FoundBuilds {
  readonly builds: readonly PlannedBuild[];
  /** Dockerfiles that are no links, and behind none. */
  readonly plain: ReadonlySet<string>;
  readonly failures: readonly Failure[];
}

/** Finds what the repository builds; throws `usage` or `config` for what the user named and is not there. */
export async function findBuilds(world: World, config: Config): Promise<FoundBuilds> {
  const { dockerfiles, plain, failures } = await dockerfilesOf(world, config);
  const names = uniqueNames(dockerfiles, basename(config.root));
  const found = dockerfiles.map((path) => plainBuild(config, path, names.get(path) ?? path));
  return { builds: applyEntries(config, found), plain, failures };
}

async function dockerfilesOf(world: World, config: Config) {
  if (config.files.length === 0) return walk(world, config);
  for (const file of config.files) await refuseMissing(world, config.root, file);
  return { dockerfiles: [...new Set(config.files)], plain: new Set<string>(), failures: [] };
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
