import { check, type InferOutput, literal, object, optional, pipe, record, safeParse, string } from 'valibot';
import { attempt, fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { World } from '../ports.ts';

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
export type Ledger = InferOutput<typeof document>;

/** Something that a run came by. */
export interface Sighting {
  readonly line: string;
  readonly tag: string;
  readonly digest?: Digest;
}

/** A ledger in which nothing has been seen yet. */
export const emptyLedger: Ledger = { schemaVersion: 1, lines: {} };

/** Reads the ledger; throws `config` for a file that is none, because without its memory nothing would be held back. */
export async function readLedger(world: World, path: string): Promise<Ledger> {
  const { kind } = await world.files.stat(path);
  if (kind === 'absent') return emptyLedger;
  const read = await attempt(path, async () => parseJson(await world.files.readText(path)) as unknown);
  const parsed = read.kind === 'done' ? safeParse(document, read.value) : undefined;
  if (parsed?.success === true) return parsed.output;
  throw fail('config', path, 'is not a record of when tags were first seen', 'remove it or restore it');
}

/** The tags of a repository that can stand for each other are one line: `docker.io/library/node:#.#-alpine`. */
export function lineKey({ registry, repository, tag = '' }: Reference): string {
  return `${registry}/${repository}:${tag.replace(/\d+/g, '#')}`;
}

/** How long the ledger knows what a tag names: since the line is watched, since a later day, or not at all. */
export type Known =
  | { readonly kind: 'unwatched' }
  | { readonly kind: 'from-the-start'; readonly since: Date }
  | { readonly kind: 'appeared'; readonly since: Date };

/** What the ledger knows of a tag that names this digest now. */
export function knownOf({ lines }: Ledger, { line, tag, digest }: Sighting, now: Date): Known {
  const watched = Object.hasOwn(lines, line) ? lines[line] : undefined;
  if (watched === undefined) return { kind: 'unwatched' };
  const entry = Object.hasOwn(watched.tags, tag) ? watched.tags[tag] : undefined;
  const isSame = entry !== undefined && (entry.digest === undefined || digest === undefined || entry.digest === digest);
  if (!isSame) return { kind: 'appeared', since: now };
  const kind = entry.firstSeen === watched.watchedSince ? 'from-the-start' : 'appeared';
  return { kind, since: new Date(entry.firstSeen) };
}

/** The ledger with what a run came by. */
export function withSightings(ledger: Ledger, sightings: readonly Sighting[], now: Date): Ledger {
  const at = now.toISOString();
  const lines: Record<string, Ledger['lines'][string]> = { ...ledger.lines };
  for (const sighting of sightings) {
    const watched = Object.hasOwn(lines, sighting.line) ? lines[sighting.line] : undefined;
    const { watchedSince, tags } = watched ?? { watchedSince: at, tags: {} };
    const before = Object.hasOwn(tags, sighting.tag) ? tags[sighting.tag] : undefined;
    lines[sighting.line] = { watchedSince, tags: { ...tags, [sighting.tag]: entryOf(before, sighting, at) } };
  }
  return { schemaVersion: 1, lines };
}

function entryOf(before: Ledger['lines'][string]['tags'][string] | undefined, { digest }: Sighting, at: string) {
  if (before === undefined) return digest === undefined ? { firstSeen: at } : { firstSeen: at, digest };
  if (digest === undefined) return before;
  const moved = before.digest !== undefined && before.digest !== digest;
  return { firstSeen: moved ? at : before.firstSeen, digest };
}

/** Saves the ledger. */
export async function writeLedger(world: World, path: string, ledger: Ledger): Promise<void> {
  await world.files.write(path, `${JSON.stringify(ledger, null, 2)}\n`);
}
