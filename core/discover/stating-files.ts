import { posix } from 'node:path';
import pLimit from 'p-limit';
import { append } from '../append.ts';
import { attempt } from '../failure.ts';
import type { World } from '../ports.ts';
import { bakeFilesOf, isBakeFile, readBakeJson } from './bake.ts';
import { printBake } from './bake-print.ts';
import { composeFilesOf, isComposeFile, readCompose } from './compose.ts';
import type { ReadText } from './compose-project.ts';
import { isDevcontainerFile, readDevcontainer } from './devcontainer.ts';
import type { Known } from './expressions.ts';
import { isPipelineFile, isPipelineText, readPipelines } from './pipeline.ts';
import { readRepositoryFile, rootOf } from './read-file.ts';
import type { Statements } from './stated.ts';
import { isWorkflowFile, readWorkflow } from './workflow.ts';

/** Whether a file may say how images are built, judged by its path. */
export function isStatingFile(path: string): boolean {
  return (
    isComposeFile(path) || isBakeFile(path) || isWorkflowFile(path) || isDevcontainerFile(path) || isPipelineFile(path)
  );
}

/** Where stating files are read from, and what they may be about. */
export interface Place {
  readonly world: World;
  readonly root: string;
  readonly dockerfiles: readonly string[];
}

const filesAtOnce = 32;

/** Reads what the files of a repository state of how its images are built. */
export async function readStatements(place: Place, paths: readonly string[]): Promise<Statements> {
  const read = await reader(place);
  const found = await Promise.all([
    eachOf(paths.filter(isWorkflowFile), async (path) =>
      readWorkflow(path, (await read(path)) ?? '', knownOf(place.world)),
    ),
    pipelineStatements(read, paths.filter(isPipelineFile), place.dockerfiles),
    eachFolder(paths.filter(isBakeFile), (files) => bakeStatements(place, read, bakeFilesOf(files))),
    eachFolder(paths.filter(isComposeFile), async (files) =>
      buildsAlone(await readCompose(read, composeFilesOf(files))),
    ),
    eachOf(paths.filter(isDevcontainerFile), (path) => readDevcontainer(read, path)),
  ]);
  return joined(found);
}

// What GitHub says of the repository in every run.
function knownOf({ env }: World): Known {
  const { GITHUB_REPOSITORY: repository, GITHUB_REPOSITORY_OWNER: owner } = env;
  return new Map([
    ...(repository === undefined ? [] : [['github.repository', repository] as const]),
    ...(owner === undefined ? [] : [['github.repository_owner', owner] as const]),
  ]);
}

function joined(statements: readonly Statements[]): Statements {
  return {
    builds: statements.flatMap(({ builds }) => builds),
    notices: statements.flatMap(({ notices }) => notices),
    failures: statements.flatMap(({ failures }) => failures),
  };
}

function buildsAlone(builds: Statements['builds']): Statements {
  return { builds, notices: [], failures: [] };
}

// One file that passes its bounds keeps nobody from reading the others.
async function statementsOf(subject: string, work: () => Promise<Statements>): Promise<Statements> {
  const read = await attempt(subject, work);
  return read.kind === 'done' ? read.value : { builds: [], notices: [], failures: [read.failure] };
}

async function reader({ world, root: path }: Place): Promise<ReadText> {
  const root = await rootOf(world, path);
  const limit = pLimit(filesAtOnce);
  return (file) =>
    limit(async () => {
      const read = await attempt(file, () => readRepositoryFile(world, root, file));
      return read.kind === 'done' ? read.value : undefined;
    });
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

async function pipelineStatements(
  read: ReadText,
  paths: readonly string[],
  dockerfiles: readonly string[],
): Promise<Statements> {
  const naming = await Promise.all(paths.map(async (path) => isPipelineText((await read(path)) ?? '')));
  return readPipelines(
    read,
    paths.filter((_, at) => naming[at]),
    dockerfiles,
  );
}

// Only docker itself can evaluate HCL; what stands in JSON is read without it.
async function bakeStatements(place: Place, read: ReadText, paths: readonly string[]): Promise<Statements> {
  const inJson = paths.filter((path) => path.endsWith('.json'));
  const printed = inJson.length < paths.length ? await printBake(place.world, place.root, paths) : undefined;
  if (printed !== undefined && printed.notices.length === 0) return printed;
  return { builds: await readBakeJson(read, inJson), notices: printed?.notices ?? [], failures: [] };
}
