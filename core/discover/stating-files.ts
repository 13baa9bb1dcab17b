import pLimit from 'p-limit';
import { attempt, type Failure, FailureError } from '../failure.ts';
import { holdBakes } from './bake-runs.ts';
import type { ReadText } from './compose-project.ts';
import { attemptReading, readRepositoryFile, rootOf } from './read-file.ts';
import { type BuildReader, type BuildReaders, buildReaders, joined, type Place } from './readers.ts';
import type { Notice, Statements } from './stated.ts';

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
  const root = await rootOf(place.world, place.root);
  const limit = pLimit(filesAtOnce);
  const over: FailureError[] = [];
  const unread = new Map<string, Failure>();
  const read: ReadText = (file) =>
    limit(async () => {
      const text = await attempt(file, () => attemptReading(file, () => readRepositoryFile(place.world, root, file)));
      if (text.kind === 'failed') over.push(new FailureError(text.failure));
      else if (text.value.kind === 'failed') unread.set(file, text.value.failure);
      return text.kind === 'done' && text.value.kind === 'done' ? text.value.value : undefined;
    });
  const kinds = Object.values<BuildReader>(readers);
  const stated = await Promise.all(kinds.map((kind) => kind.read({ ...place, read }, paths.filter(kind.isFile))));
  // Said once, and not by each file that is not read after it.
  if (over[0] !== undefined) throw over[0];
  const found = await holdBakes(joined(stated), paths, read);
  const there = paths.filter((path) => isNamedForIt(path, readers)).sort();
  return { ...found, notices: [...found.notices, ...there.flatMap((path) => unreadNotice(path, unread.get(path)))] };
}

// Any YAML may be a pipeline, so that what cannot be read is seldom one.
function isNamedForIt(path: string, { pipeline: _any, ...others }: BuildReaders): boolean {
  return Object.values<BuildReader>(others).some(({ isFile }) => isFile(path));
}

function unreadNotice(subject: string, failure: Failure | undefined): readonly Notice[] {
  if (failure === undefined) return [];
  const detail = `cannot be read (${failure.detail}), so what it says of images is not known`;
  return [
    {
      subject,
      detail,
      remedy: 'put a file there that can be read, or name its images under images: in .base-image-refresh.yml',
    },
  ];
}
