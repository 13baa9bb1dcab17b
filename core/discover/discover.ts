import type { Failure } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { isListed } from './apply-entries.ts';
import type { DescribedBuild, DiscoveredBuild } from './build.ts';
import { findBuilds } from './builds.ts';
import { emptiness } from './emptiness.ts';
import { isNoDockerfile } from './file-names.ts';
import { type ImageAlone, imagesOfEntries, imagesOfInputs } from './listed-images.ts';
import { type OwnersOf, readOwners } from './owners.ts';
import { readBuild, type Triggers } from './read-build.ts';
import { attemptReading, type RealFolder, readRepositoryFile, rootOf } from './read-file.ts';
import { withReleases } from './releases.ts';
import type { Notice } from './stated.ts';
import type { RunSubject } from './subject.ts';

/** What a repository builds, each with the images that it is built on. */
export interface Discovery {
  readonly builds: readonly DiscoveredBuild<DescribedBuild>[];
  readonly failures: readonly Failure[];
  /** What files say of builds and cannot be known from them alone; the run goes on without it. */
  readonly notices: readonly Notice[];
  /** Images that the user names and no Dockerfile here builds; absent where there are none. */
  readonly listed?: readonly ImageAlone[];
}

/**
 * Discovers the builds of the repository; what cannot be read is a failure and the rest goes on. `takesImages` says
 * whether an image that --image names needs no Dockerfile.
 */
export async function discover(
  world: World,
  config: RunSubject,
  { takesImages = false }: { readonly takesImages?: boolean } = {},
): Promise<Discovery> {
  const { builds, plain, failures, notices } = await findBuilds(world, config);
  // A pattern that matches nothing is a mistake in it, and no sign that there is no Dockerfile.
  const isAlone = takesImages && builds.length === 0 && config.include.length === 0;
  const entries = config.images.filter(isListed);
  const listed = [...imagesOfEntries(entries, config.tags), ...(isAlone ? imagesOfInputs(config) : [])];
  const read = await readDockerfiles(
    world,
    config,
    withReleases(isAlone ? { ...config, imageInputs: {} } : config, builds),
    plain,
  );
  const paths = builds.map(({ dockerfile }) => dockerfile);
  const code = await readOwners(world, config.root);
  const empty = takesImages && listed.length > 0 ? [] : emptiness(config, paths, failures);
  const also = listed.length === 0 ? {} : { listed };
  const passed = takesImages ? [] : listed.map(({ name }) => passedOver(name));
  const stated = new Map(builds.map(({ name, entry }) => [name, entry?.owner]));
  const owned = read.map((one) => ({
    ...one,
    build: withOwners(one.build, stated.get(one.build.name), code.ownersOf),
  }));
  return {
    builds: owned,
    failures: [...failures, ...empty],
    notices: [...notices, ...code.notices, ...passed],
    ...also,
  };
}

// What an entry of the configuration says of an image goes over what CODEOWNERS says of its Dockerfile.
function withOwners(build: DescribedBuild, entry: string | undefined, ownersOf: OwnersOf): DescribedBuild {
  const owners = entry === undefined ? ownersOf(build.dockerfile) : [entry];
  return owners.length === 0 ? build : { ...build, owners };
}

function passedOver(name: string): Notice {
  const detail = 'has no Dockerfile here, so that only check looks at it';
  return { subject: name, detail, remedy: 'move it to its current base with rebase IMAGE, or give its dockerfile' };
}

/** Reads the Dockerfile of each build; a template that is no Dockerfile before it is filled in is left out. */
export async function readDockerfiles(
  world: World,
  config: Pick<RunSubject, 'root' | 'files'>,
  builds: readonly DescribedBuild[],
  plain: ReadonlySet<string>,
): Promise<readonly DiscoveredBuild<DescribedBuild>[]> {
  const isChosen = config.files.length > 0;
  const around: Around = { world, root: await rootOf(world, config.root), plain, isChosen };
  // One after the other: reading a small file takes less than starting to wait for it.
  const first: ReadOne[] = [];
  for (const build of builds) first.push(await readOne(around, build, new Map()));
  const triggers = triggersIn(first);
  const read: ReadOne[] = [];
  for (const one of first) read.push(firesIn(one, triggers) ? await readOne(around, one.build, triggers) : one);
  return read.filter(({ isNone }) => isNone !== true).map(({ build, dockerfile }) => ({ build, dockerfile }));
}

interface Around {
  readonly world: World;
  readonly root: RealFolder;
  readonly plain: ReadonlySet<string>;
  /** Whether the user names the files, so that each is meant. */
  readonly isChosen: boolean;
}

type ReadOne = DiscoveredBuild<DescribedBuild> & {
  readonly triggers: readonly string[];
  /** It is no Dockerfile, whatever its name. */
  readonly isNone?: boolean;
};

// ONBUILD triggers of an image that the repository builds fire in what it builds on that image.
function triggersIn(builds: readonly ReadOne[]): Triggers {
  const found = builds.filter(({ triggers }) => triggers.length > 0);
  return new Map(
    found.flatMap(({ build, triggers }) =>
      build.releases.map((release) => [formatReference(release), triggers] as const),
    ),
  );
}

function firesIn({ dockerfile }: ReadOne, triggers: Triggers): boolean {
  if (triggers.size === 0 || dockerfile.kind === 'refused') return false;
  return dockerfile.bases.some(({ via, reference }) => via === 'from' && triggers.has(formatReference(reference)));
}

async function readOne(
  { world, root, plain, isChosen }: Around,
  build: DescribedBuild,
  triggers: Triggers,
): Promise<ReadOne> {
  const path = build.dockerfile;
  const text = await attemptReading(
    path,
    async () => build.inline ?? readRepositoryFile(world, root, path, plain.has(build.dockerfile)),
  );
  if (text.kind === 'done') {
    const read = readBuild(world, text.value, build, triggers);
    const { dockerfile } = read;
    // What the user or another file names as a Dockerfile is meant as one.
    const isMeant = isChosen || Object.keys(build.provenance).length > 0;
    const isNone =
      dockerfile.kind === 'refused' && !isMeant && isNoDockerfile(path, text.value, dockerfile.dockerfileCode);
    return { build, ...read, isNone };
  }
  const failure = { ...text.failure, subject: path };
  return {
    build,
    dockerfile: { kind: 'refused', path, failure, dockerfileCode: failure.code, line: null },
    triggers: [],
  };
}
