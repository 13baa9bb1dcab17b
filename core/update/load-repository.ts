import { posix } from 'node:path';
import { append } from '../append.ts';
import type { DescribedBuild } from '../discover/build.ts';
import { findBuilds } from '../discover/builds.ts';
import { builtServices, isNamedCompose } from '../discover/compose-names.ts';
import { emptiness } from '../discover/emptiness.ts';
import { isNoDockerfile } from '../discover/file-names.ts';
import { createExpansion, readEnvFile } from '../discover/interpolate.ts';
import { readBuild } from '../discover/read-build.ts';
import { readRepositoryFile, rootOf } from '../discover/read-file.ts';
import { findReferences } from '../discover/references/find-references.ts';
import { withReleases } from '../discover/releases.ts';
import type { RunSubject } from '../discover/subject.ts';
import { walk } from '../discover/walk.ts';
import { lineOf } from '../dockerfile/places.ts';
import { attempt, type Failure, fail } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import type { Reference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { given } from '../table.ts';
import { platformVariants } from './dockerfile/readings.ts';
import type { EditableRepository, Source } from './repository.ts';
import { statingFile } from './repository.ts';
import { yamlScalars } from './yaml-scalars.ts';

/** The repository with what could not be read of it. */
export interface Loaded {
  readonly repository: EditableRepository;
  /** Where the repository publishes its own images. */
  readonly releases: readonly Reference[];
  readonly failures: readonly Failure[];
}

/** Reads every file whose references can move; what cannot be read is a failure and the rest goes on. */
export async function loadRepository(world: World, config: RunSubject): Promise<Loaded> {
  const found = await findBuilds(world, config);
  const builds = withReleases({ imageInputs: config.imageInputs, tags: config.tags }, found.builds);
  const reading: Reading = {
    world,
    config,
    host: hostPlatform(world),
    texts: new Map(),
    failures: [...found.failures],
  };
  const sources = new Map<string, Source>([
    ...(config.references ? await readReferences(reading) : await readDockerfiles(reading, builds)),
    ...(config.references ? [] : await readInner(reading, builds)),
    ...(await readComposeFiles(reading)),
  ]);
  await readStatingFiles(reading, builds);
  const { texts, failures, host } = reading;
  const releases = builds.flatMap((build) => build.releases);
  const paths = [...(config.references ? [] : builds.map(({ dockerfile }) => dockerfile)), ...sources.keys()];
  const wanted = config.references ? 'no file that names an image' : 'no Dockerfile and no Compose file';
  failures.push(...emptiness(config, paths, failures, wanted));
  return { repository: { sources, texts, edited: new Map(), host }, releases, failures };
}

interface Reading {
  readonly world: World;
  readonly config: RunSubject;
  readonly host: Platform;
  readonly texts: Map<string, string>;
  readonly failures: Failure[];
}

type Sources = readonly (readonly [path: string, source: Source])[];

async function readDockerfiles(reading: Reading, builds: readonly DescribedBuild[]): Promise<Sources> {
  const { world, config, host, texts, failures } = reading;
  const sources: (readonly [string, Source])[] = [];
  for (const [path, ofPath] of await byDockerfile(world, config.root, builds)) {
    const text = await readEditable(world, config.root, path);
    const failure = text.kind === 'failed' ? text.failure : refusalOf(world, text.value, ofPath);
    if (failure !== undefined) failures.push(failure);
    if (text.kind === 'failed' || failure !== undefined) continue;
    texts.set(path, text.value);
    sources.push([path, { kind: 'dockerfile', variants: ofPath.flatMap((build) => platformVariants(build, host)) }]);
  }
  return sources;
}

// A Dockerfile that stands inside another file is kept under a name of its own: its text is a part of that file's.
async function readInner(reading: Reading, builds: readonly DescribedBuild[]): Promise<Sources> {
  const { world, config, host, texts, failures } = reading;
  const sources: (readonly [string, Source])[] = [];
  for (const build of builds) {
    const { inline, dockerfile } = build;
    if (inline === undefined) continue;
    const failure = refusalOf(world, inline, [build]);
    if (failure !== undefined) {
      failures.push(failure);
      continue;
    }
    const path = `${dockerfile} ${build.name}`;
    const around = await readEditable(world, config.root, dockerfile);
    const firstLine = firstLineOf(around.kind === 'done' ? around.value : '', inline);
    texts.set(path, inline);
    const inside = { path: dockerfile, firstLine };
    sources.push([path, { kind: 'dockerfile', inside, variants: platformVariants(build, host) }]);
  }
  return sources;
}

async function readReferences({ world, config, texts, failures }: Reading): Promise<Sources> {
  const found = await findReferences(world, config);
  failures.push(...found.failures);
  const sources: (readonly [string, Source])[] = [];
  for (const path of found.texts.keys()) {
    if (isNamedCompose(path)) continue;
    const text = await readEditable(world, config.root, path);
    if (text.kind === 'failed') failures.push({ ...text.failure, subject: path });
    else {
      texts.set(path, text.value);
      sources.push([path, { kind: 'references', placeholders: found.placeholders }]);
    }
  }
  return sources;
}

// Where build arguments are stated, `compose.yaml services.web`: an edit may be due there.
async function readStatingFiles({ world, config, texts }: Reading, builds: readonly DescribedBuild[]): Promise<void> {
  for (const path of new Set(builds.flatMap(({ provenance }) => statingFile(provenance.args) ?? []))) {
    const text = texts.has(path) ? undefined : await readEditable(world, config.root, path);
    if (text?.kind === 'done') texts.set(path, text.value);
  }
}

// The line on which a Dockerfile begins inside another file.
function firstLineOf(around: string, inline: string): number {
  const scalar = yamlScalars(around)?.find(({ value }) => value === inline);
  return scalar === undefined ? 1 : lineOf(around, scalar.start);
}

// A Dockerfile that is reached through links is one file all the same, and is edited once, where it is.
async function byDockerfile(world: World, root: string, builds: readonly DescribedBuild[]) {
  const found = new Map<string, DescribedBuild[]>();
  for (const build of builds) {
    if (build.inline !== undefined) continue;
    const path = await placeOf(world, root, build.dockerfile);
    append(found, path, build);
  }
  return found;
}

async function placeOf(world: World, root: string, path: string): Promise<string> {
  const real = await attempt(path, async () => {
    const [folder, file] = await Promise.all([root, posix.join(root, path)].map((one) => world.files.realpath(one)));
    return posix.relative(folder ?? '', file ?? '');
  });
  return real.kind === 'done' && !real.value.startsWith('..') ? real.value : path;
}

function refusalOf(world: World, text: string, builds: readonly DescribedBuild[]): Failure | undefined {
  for (const build of builds) {
    const { target: _, ...whole } = build;
    const { dockerfile } = readBuild(world, text, whole);
    if (dockerfile.kind === 'refused' && !isNoDockerfile(dockerfile.path, text, dockerfile.dockerfileCode)) {
      return dockerfile.failure;
    }
  }
  return undefined;
}

// Bytes that are no UTF-8 would not come back as they were.
async function readEditable(world: World, root: string, path: string) {
  return attempt(path, async () => {
    const text = await readRepositoryFile(world, await rootOf(world, root), path);
    const bytes = await world.files.read(posix.join(root, path), Buffer.byteLength(text) + 3);
    if (Buffer.from(text).equals(bytes)) return text;
    throw fail('unreadable', path, 'is not UTF-8, so that it cannot be edited', 'save it as UTF-8');
  });
}

async function readComposeFiles({ world, config, texts }: Reading): Promise<Sources> {
  if (config.files.length > 0) return [];
  const { others } = await walk(world, config, isNamedCompose);
  const root = await rootOf(world, config.root);
  const built = await builtServices((path) => readRepositoryFile(world, root, path), others);
  const files: (readonly [string, Source])[] = [];
  for (const path of others) {
    const text = await readEditable(world, config.root, path);
    // What is no Compose file after all is no failure: discovery has reported what it could not read.
    if (text.kind === 'failed') continue;
    const beside = posix.join(posix.dirname(path), '.env');
    const env = await readEditable(world, config.root, beside);
    texts.set(path, text.value);
    files.push([
      path,
      {
        kind: 'compose',
        env: readEnvFile(env.kind === 'done' ? env.value : '', createExpansion(beside)),
        ...given('built', built.get(posix.dirname(path))),
      },
    ]);
  }
  return files;
}

// As discovery has it: a builder without further word is one of this machine's architecture, and builds Linux images.
function hostPlatform({ platform }: Pick<World, 'platform'>): Platform {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' };
  const architecture = names[platform.architecture] ?? platform.architecture;
  return { os: 'linux', architecture, ...(architecture === 'arm' ? { variant: 'v7' } : {}) };
}
