import { check, type InferOutput, literal, object, optional, pipe, record, safeParse, string } from 'valibot';
import { attempt, FailureError, fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { createStateReader } from '../tools/state-files.ts';

const moment = pipe(
  string(),
  check((text) => !Number.isNaN(Date.parse(text)), 'no time'),
);

const document = object({
  schemaVersion: literal(1),
  lines: record(
    string(),
    object({ watchedSince: moment, tags: record(string(), object({ firstSeen: moment, digest: optional(string()) })) }),
  ),
});

/** When each tag was first seen here, by the line of tags that it belongs to. */
export type TagHistory = InferOutput<typeof document>;

/** Something that a run came by. */
export interface SeenTag {
  readonly line: string;
  readonly tag: string;
  readonly digest?: Digest;
}

/** A history in which nothing has been seen yet. */
export const noHistory: TagHistory = { schemaVersion: 1, lines: {} };

/** Reads the history; throws `config` for a file that is not one, because without its memory nothing would be held back. */
export async function readTagHistory(world: World, path: string): Promise<TagHistory> {
  const found = await createStateReader(world).read(path);
  if (found.kind === 'absent') return noHistory;
  if (found.kind === 'refused') throw new FailureError({ ...found.failure, code: 'config' });
  const read = await attempt(path, async () => parseJson(found.text));
  const parsed = read.kind === 'done' ? safeParse(document, read.value) : undefined;
  if (parsed?.success === true) return parsed.output;
  throw fail('config', path, 'is not a record of when tags were first seen', 'remove it or restore it');
}

/** The tags of a repository that can stand for each other are one line: `docker.io/library/node:#.#-alpine`. */
export function lineKey({ registry, repository, tag = '' }: Reference): string {
  return `${registry}/${repository}:${tag.replace(/\d+/g, '#')}`;
}

/** How long the history knows what a tag names: since the line is watched, since a later day, or not at all. */
export type TagAge =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'from-the-start'; readonly since: Date }
  | { readonly kind: 'appeared'; readonly since: Date };

/** What the history knows of a tag that names this digest now. */
export function tagAge({ lines }: TagHistory, { line, tag, digest }: SeenTag, now: Date): TagAge {
  const watched = Object.hasOwn(lines, line) ? lines[line] : undefined;
  if (watched === undefined) return { kind: 'unwatched' };
  const entry = Object.hasOwn(watched.tags, tag) ? watched.tags[tag] : undefined;
  const isSame = entry !== undefined && (entry.digest === undefined || digest === undefined || entry.digest === digest);
  if (!isSame) return { kind: 'appeared', since: now };
  const kind = entry.firstSeen === watched.watchedSince ? 'from-the-start' : 'appeared';
  return { kind, since: new Date(entry.firstSeen) };
}

/** The history with what a run came by. */
export function withSeenTags(history: TagHistory, sightings: readonly SeenTag[], now: Date): TagHistory {
  const at = now.toISOString();
  const lines: Record<string, TagHistory['lines'][string]> = { ...history.lines };
  for (const sighting of sightings) {
    const watched = Object.hasOwn(lines, sighting.line) ? lines[sighting.line] : undefined;
    const { watchedSince, tags } = watched ?? { watchedSince: at, tags: {} };
    const before = Object.hasOwn(tags, sighting.tag) ? tags[sighting.tag] : undefined;
    lines[sighting.line] = { watchedSince, tags: { ...tags, [sighting.tag]: entryOf(before, sighting, at) } };
  }
  return { schemaVersion: 1, lines };
}

function entryOf(before: TagHistory['lines'][string]['tags'][string] | undefined, { digest }: SeenTag, at: string) {
  if (before === undefined) return digest === undefined ? { firstSeen: at } : { firstSeen: at, digest };
  if (digest === undefined) return before;
  const moved = before.digest !== undefined && before.digest !== digest;
  return { firstSeen: moved ? at : before.firstSeen, digest };
}

/** Saves the history. */
export async function writeTagHistory(world: World, path: string, history: TagHistory): Promise<void> {
  await world.files.write(path, `${JSON.stringify(history, null, 2)}\n`);
}
