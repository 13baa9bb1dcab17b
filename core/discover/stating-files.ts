import pLimit from 'p-limit';
import { attempt } from '../failure.ts';
import type { ReadText } from './compose-project.ts';
import { readRepositoryFile, rootOf } from './read-file.ts';
import { type BuildReader, type BuildReaders, buildReaders, joined, type Place } from './readers.ts';
import type { Statements } from './stated.ts';

const filesAtOnce = 32;

/** A function that says of a path whether its file may state how images are built. */
export function statingFiles(readers: BuildReaders = buildReaders): (path: string) => boolean {
  const kinds = Object.values<BuildReader>(readers);
  return (path) => kinds.some(({ isFile }) => isFile(path));
}

/** Reads what the files of a repository state of how its images are built. */
export async function readStatements(
  place: Place,
  paths: readonly string[],
  readers: BuildReaders = buildReaders,
): Promise<Statements> {
  const read = await reader(place);
  const kinds = Object.values<BuildReader>(readers);
  return joined(await Promise.all(kinds.map((kind) => kind.read({ ...place, read }, paths.filter(kind.isFile)))));
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
