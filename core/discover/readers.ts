import { posix } from 'node:path';
import { append } from '../append.ts';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import { bakeFilesOf, isBakeFile, readBakeJson } from './bake.ts';
import { printBake } from './bake-print.ts';
import { composeFilesOf, isComposeFile, readCompose } from './compose.ts';
import type { ReadText } from './compose-project.ts';
import { isDevcontainerFile, readDevcontainer } from './devcontainer.ts';
import { originOf } from './origin.ts';
import { isPipelineFile, isPipelineText, readPipelines } from './pipeline.ts';
import type { StatedBy, Statements } from './stated.ts';
import { nestedRootOf } from './third-party.ts';
import { isWorkflowFile, readUncalled, readWorkflow } from './workflow.ts';
import { brokenFile, readLooseYaml } from './yaml.ts';

/** Where stating files are read from, and what they may be about. */
export interface Place {
  readonly world: World;
  readonly root: string;
  readonly dockerfiles: readonly string[];
}

/** One kind of file that states how images are built. */
export interface BuildReader {
  /** Which files these are, as documentation says it. */
  readonly files: string;
  /** What is read of them, as documentation says it. */
  readonly states: string;
  readonly isFile: (path: string) => boolean;
  readonly read: (place: Place & { readonly read: ReadText }, paths: readonly string[]) => Promise<Statements>;
}

export type BuildReaders = Readonly<Record<StatedBy, BuildReader>>;

/** Every kind of file that states how images are built. */
export const buildReaders: BuildReaders = {
  workflow: {
    files: '`.github/workflows/*.yml`',
    states:
      'what actions and scripts build and push: context, file, target, build-args, build-contexts, platforms, tags',
    isFile: isWorkflowFile,
    read: async ({ world, root, read, dockerfiles }, paths) => {
      if (paths.length === 0) return joined([]);
      const there = new Set(dockerfiles);
      const called = new Set<string>();
      const place = { read, origin: await originOf(world, root), isThere: (path: string) => there.has(path), called };
      const found = await Promise.all(paths.map((path) => statementsOf(path, () => readWorkflow(path, place))));
      // One that calls another calls it for those that call it.
      for (const path of paths) found.push(await statementsOf(path, () => readUncalled(path, place)));
      return joined(found);
    },
  },
  pipeline: {
    files: 'any YAML that is an Azure pipeline',
    states: 'Docker@2 and scripts that build and push: repository, tags, Dockerfile, buildContext, arguments',
    isFile: isPipelineFile,
    read: ({ read, dockerfiles }, paths) =>
      statementsOf('Azure pipelines', () => pipelineStatements(read, paths, dockerfiles)),
  },
  bake: {
    files: '`docker-bake.json`, `docker-bake.hcl`, `docker-bake.override.*`',
    states: 'every target: context, dockerfile, dockerfile-inline, target, args, contexts, platforms, tags',
    isFile: isBakeFile,
    read: (place, paths) => eachFolder(paths, (files) => bakeStatements(place, place.read, bakeFilesOf(files))),
  },
  compose: {
    files: '`compose.yaml`, `docker-compose.yml` and their overrides',
    states:
      'every service with `build`: context, dockerfile, dockerfile_inline, args, target, platforms, tags, additional_contexts, image',
    isFile: isComposeFile,
    read: ({ read }, paths) =>
      eachFolder(paths, async (files) => {
        const composed = composeFilesOf(files);
        const builds = await readCompose(read, composed);
        return { builds, notices: await brokenOf(read, composed), failures: [] };
      }),
  },
  devcontainer: {
    files: '`devcontainer.json`',
    states: '`build` and the keys of old, `dockerComposeFile` with `service`',
    isFile: isDevcontainerFile,
    read: ({ read }, paths) => eachOf(paths, (path) => readDevcontainer(read, path)),
  },
};

/** Statements of several files as one. */
export function joined(statements: readonly Statements[]): Statements {
  return {
    builds: statements.flatMap(({ builds }) => builds),
    notices: statements.flatMap(({ notices }) => notices),
    failures: statements.flatMap(({ failures }) => failures),
    bakes: statements.flatMap(({ bakes }) => bakes ?? []),
  };
}

function buildsAlone(builds: Statements['builds']): Statements {
  return { builds, notices: [], failures: [] };
}

// One file that passes its bounds does not keep the others from being read.
async function statementsOf(subject: string, work: () => Promise<Statements>): Promise<Statements> {
  const read = await attempt(subject, work);
  return read.kind === 'done' ? read.value : { builds: [], notices: [], failures: [read.failure] };
}

async function eachOf(
  paths: readonly string[],
  work: (path: string) => Promise<Statements['builds']>,
): Promise<Statements> {
  return joined(await Promise.all(paths.map((path) => statementsOf(path, async () => buildsAlone(await work(path))))));
}

async function eachFolder(
  paths: readonly string[],
  work: (files: readonly string[]) => Promise<Statements>,
): Promise<Statements> {
  const folders = new Map<string, string[]>();
  for (const path of paths) {
    const folder = posix.dirname(path);
    append(folders, folder, path);
  }
  return joined(await Promise.all([...folders].map(([folder, files]) => statementsOf(folder, () => work(files)))));
}

// What cannot be read states nothing, which is not the same as that there is nothing.
async function brokenOf(read: ReadText, paths: readonly string[]): Promise<Statements['notices']> {
  const found = await Promise.all(
    paths.map(async (path) => {
      const yaml = readLooseYaml((await read(path)) ?? '', path);
      return yaml.kind === 'broken' ? [brokenFile(path, yaml)] : [];
    }),
  );
  return found.flat();
}

// A pipeline of a nested repository speaks of its own folder, in which its paths count.
async function pipelineStatements(
  read: ReadText,
  paths: readonly string[],
  dockerfiles: readonly string[],
): Promise<Statements> {
  const naming = await Promise.all(paths.map(async (path) => isPipelineText((await read(path)) ?? '')));
  const roots = new Map<string, string[]>();
  for (const path of paths.filter((_, at) => naming[at])) append(roots, nestedRootOf(path), path);
  const inside = (root: string, all: readonly string[]) =>
    all.filter((path) => path.startsWith(root)).map((path) => path.slice(root.length));
  const found = [...roots].map(async ([root, files]) => {
    const { builds, notices, failures } = await readPipelines(
      (path) => read(root + path),
      inside(root, files),
      inside(root, dockerfiles),
    );
    const placed = builds.map((build) => ({
      ...build,
      from: root + build.from,
      dockerfile: root + build.dockerfile,
      context: posix.join(root, build.context),
    }));
    return { builds: placed, notices: notices.map((one) => ({ ...one, subject: root + one.subject })), failures };
  });
  return joined(await Promise.all(found));
}

// Only docker itself can evaluate HCL; what stands in JSON is read without it.
async function bakeStatements(place: Place, read: ReadText, paths: readonly string[]): Promise<Statements> {
  const inJson = paths.filter((path) => path.endsWith('.json'));
  const printed = inJson.length < paths.length ? await printBake(place.world, place.root, paths) : undefined;
  if (printed !== undefined && printed.notices.length === 0) return printed;
  return { builds: await readBakeJson(read, inJson), notices: printed?.notices ?? [], failures: [] };
}
