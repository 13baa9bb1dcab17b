import { basename, posix } from 'node:path';
import { attempt, type Failure, fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { applyEntries, type PlannedBuild } from './apply-entries.ts';
import { isDockerfileName, uniqueNames } from './file-names.ts';
import { repositoryName } from './origin.ts';
import { createSelection } from './selection.ts';
import {
  agreesWithUser,
  asTheUserMeans,
  distinctBuilds,
  isOfUse,
  type Notice,
  plannedBuild,
  type StatedBuild,
  type Statements,
  strongest,
} from './stated.ts';
import { readStatements, statingFiles } from './stating-files.ts';
import type { RunSubject } from './subject.ts';
import { apartNotice } from './third-party.ts';
import { byPath, walk } from './walk.ts';
import { isWorkflowFile } from './workflow.ts';

/** The builds of a repository and what could not be looked at. */
export interface FoundBuilds {
  readonly builds: readonly PlannedBuild[];
  /** Dockerfiles that are no links, and behind none. */
  readonly plain: ReadonlySet<string>;
  readonly failures: readonly Failure[];
  /** What files say and only a run of something else would know. */
  readonly notices: readonly Notice[];
}

/** Finds what the repository builds; throws `usage` or `config` for what the user named and is not there. */
export async function findBuilds(world: World, config: RunSubject): Promise<FoundBuilds> {
  const { dockerfiles, others, plain, apart, failures: unlisted } = await dockerfilesOf(world, config);
  const { stated, notices, failures: unread } = await statedBuilds(world, config, others, dockerfiles);
  const failures = [...unlisted, ...unread];
  const isStated = new Set(stated.map(({ dockerfile }) => dockerfile));
  const unstated = dockerfiles.filter((path) => !isStated.has(path));
  const nameless = stated.flatMap(({ name, dockerfile }) => (name === undefined ? [dockerfile] : []));
  const names = uniqueNames([...new Set([...unstated, ...nameless])], repositoryName(world.env, config.root));
  const nameOf = ({ name, dockerfile }: StatedBuild) => name ?? names.get(dockerfile) ?? dockerfile;
  const found = [
    ...stated.map((build) => plannedBuild(config, build, nameOf(build))),
    ...unstated.map((path) => plainBuild(config, path, names.get(path) ?? path)),
  ];
  const builds = applyEntries(
    config,
    found.sort((a, b) => byPath(a.dockerfile, b.dockerfile)),
  );
  const open = notices.filter((notice) => !isSettled(config, builds, notice));
  const left = apart.filter((path) => isDockerfileName(basename(path)) || isWorkflowFile(path));
  return { builds, plain, failures, notices: [...open, ...apartNotice(config.root, left)] };
}

// Who names the image, or writes the Dockerfile into the configuration, has answered already.
function isSettled({ imageInputs }: RunSubject, builds: readonly PlannedBuild[], notice: Notice): boolean {
  const { dockerfile, image: named, isPartial } = notice;
  const publishes = ({ image }: PlannedBuild) =>
    image === undefined ? [] : [image.reference, ...(image.more ?? [])].map(formatReference);
  if (named !== undefined && builds.some((build) => publishes(build).includes(named))) return true;
  // Another image of the same Dockerfile does not say what this one is called.
  const own = builds.filter((build) => build.dockerfile === dockerfile);
  const isKnown = ({ name, entry, image }: PlannedBuild) =>
    (imageInputs[name] ?? imageInputs['']) !== undefined ||
    entry !== undefined ||
    (image !== undefined && isPartial !== true);
  return own.length > 0 && own.every(isKnown);
}

async function dockerfilesOf(world: World, config: RunSubject) {
  if (config.files.length === 0) return walk(world, config, statingFiles());
  for (const file of config.files) await refuseMissing(world, config.root, file);
  // What the rest of the repository says of these files counts; that some of it cannot be looked at does not.
  const { others } = await walk(world, config, statingFiles());
  return { dockerfiles: [...new Set(config.files)], others, plain: new Set<string>(), apart: [], failures: [] };
}

// Only of Dockerfiles that were found and asked for, and of those that stand in the stating file itself.
async function statedBuilds(
  world: World,
  config: RunSubject,
  paths: readonly string[],
  dockerfiles: readonly string[],
): Promise<Omit<Statements, 'builds'> & { readonly stated: readonly StatedBuild[] }> {
  if (paths.length === 0) return { stated: [], notices: [], failures: [] };
  const { builds, notices, failures } = await readStatements({ world, root: config.root, dockerfiles }, paths);
  const useful = builds.filter((build) => isOfUse(build) && agreesWithUser(config, build));
  const there = new Set(dockerfiles);
  const isChoice = config.files.length > 0;
  const named = isChoice ? [] : await namedOtherwise(world, config, useful, there);
  for (const path of named) there.add(path);
  const applying = useful.filter(({ dockerfile, inline }) => {
    return inline === undefined ? there.has(dockerfile) : !isChoice;
  });
  const about = notices.filter(({ dockerfile }) => !isChoice || (dockerfile !== undefined && there.has(dockerfile)));
  return { stated: asTheUserMeans(config, distinctBuilds(strongest(applying))), notices: about, failures };
}

// A Dockerfile may have any name: what states a build says so.
async function namedOtherwise(
  world: World,
  config: RunSubject,
  builds: readonly StatedBuild[],
  known: ReadonlySet<string>,
): Promise<readonly string[]> {
  const selection = createSelection(config);
  const others = new Set(builds.flatMap(({ dockerfile, inline }) => (inline === undefined ? [dockerfile] : [])));
  const asked = [...others].filter((path) => !known.has(path) && selection.includes(path));
  const kinds = await Promise.all(asked.map((path) => kindOf(world, config.root, path)));
  return asked.filter((_, at) => kinds[at] === 'file');
}

async function kindOf(world: World, root: string, path: string) {
  const looked = await attempt(path, () => world.files.stat(posix.join(root, path)));
  return looked.kind === 'done' ? looked.value.kind : 'absent';
}

async function refuseMissing(world: World, root: string, file: string): Promise<void> {
  const kind = await kindOf(world, root, file);
  if (kind === 'file') return;
  const detail = kind === 'directory' ? 'is a folder' : 'there is no such file';
  throw fail('usage', file, detail, `give a Dockerfile relative to ${root}`);
}

function plainBuild(config: RunSubject, dockerfile: string, name: string): PlannedBuild {
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
