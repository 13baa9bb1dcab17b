import { posix } from 'node:path';
import { append } from '../append.ts';
import { fail } from '../failure.ts';
import type { Reference } from '../oci/reference.ts';
import { configFileName } from '../product.ts';
import type { DescribedBuild, Sibling } from './build.ts';
import { freeName } from './file-names.ts';
import type { ImageSettings, RunSubject } from './subject.ts';

/** A build before it is known where its image is published. */
export type PlannedBuild = Omit<DescribedBuild, 'releases'> & {
  readonly entry?: ImageSettings;
  /** What a file of the repository says of where it is published. */
  readonly image?: PublishedAs;
  /** Builds that named contexts stand for. */
  readonly siblings?: Readonly<Record<string, Sibling>>;
};

/** Where an image is published, and what said so. */
export interface PublishedAs {
  readonly reference: Reference;
  /** Further release tags. */
  readonly more?: readonly Reference[];
  readonly from: string;
}

/** Lays the entries of the configuration file over what the repository says; throws `config` for one of no Dockerfile. */
export function applyEntries(config: RunSubject, found: readonly PlannedBuild[]): readonly PlannedBuild[] {
  const placed = placeEntries(config.images, found);
  const applied = found.flatMap((build) => placed.get(build)?.map((entry) => withEntry(build, entry)) ?? [build]);
  const used = new Set([...placed.values()].flat());
  const stray = config.images.find((entry) => !used.has(entry) && !isListed(entry));
  // With a choice of files the run is about less than the configuration is.
  const isWhole = config.files.length === 0 && config.isElsewhere !== true;
  if (stray !== undefined && isWhole && !isLeftOut(config, stray)) throw unknownEntry(stray, found);
  return distinct(applied);
}

// By its Dockerfile; where that is built several times, by name too, else it is the first of them.
function placeEntries(
  entries: readonly ImageSettings[],
  found: readonly PlannedBuild[],
): ReadonlyMap<PlannedBuild, readonly ImageSettings[]> {
  const byDockerfile = new Map<string, PlannedBuild[]>();
  for (const build of found) {
    const same = byDockerfile.get(build.dockerfile);
    if (same === undefined) byDockerfile.set(build.dockerfile, [build]);
    else same.push(build);
  }
  const placed = new Map<PlannedBuild, ImageSettings[]>();
  for (const entry of entries) {
    const same = entry.dockerfile === undefined ? [] : (byDockerfile.get(entry.dockerfile) ?? []);
    const build = same.find(({ name }) => name === entry.name) ?? same[0];
    if (build !== undefined) append(placed, build, entry);
  }
  return placed;
}

/** Whether an entry is about an image that no Dockerfile here builds. */
export function isListed({ dockerfile, image }: ImageSettings): boolean {
  return dockerfile === undefined && image !== undefined;
}

function isLeftOut(config: RunSubject, entry: ImageSettings): boolean {
  return config.include.length + config.exclude.length > 0 && entry.dockerfile !== undefined;
}

function unknownEntry(entry: ImageSettings, found: readonly PlannedBuild[]) {
  const what = entry.name === undefined ? entry.dockerfile : `${entry.name} (${entry.dockerfile})`;
  const known = found.length === 0 ? 'there is no Dockerfile' : `there are ${found.map(describe).join(', ')}`;
  return fail('config', configFileName, `images names ${what}, but ${known}`, 'give its dockerfile');
}

function describe({ name, dockerfile }: PlannedBuild): string {
  return `${name} (${dockerfile})`;
}

function withEntry(build: PlannedBuild, entry: ImageSettings): PlannedBuild {
  const own: Record<string, string> = {};
  const say = (fact: string, isSaid: boolean) => {
    if (isSaid) own[fact] = configFileName;
  };
  say('name', entry.name !== undefined);
  say('context', entry.context !== undefined);
  say('target', entry.target !== undefined);
  say('args', Object.keys(entry.args).length > 0);
  say('platforms', entry.platforms.length > 0);
  return {
    ...build,
    entry,
    name: entry.name ?? build.name,
    context: entry.context === undefined ? build.context : posix.normalize(entry.context),
    args: { ...build.args, ...entry.args },
    platforms: entry.platforms.length > 0 ? entry.platforms : build.platforms,
    provenance: { ...build.provenance, ...own },
    ...(entry.target === undefined ? {} : { target: entry.target }),
  };
}

// A name that the configuration gives is kept, and given once: settings are found by it. The others make room.
function distinct(builds: readonly PlannedBuild[]): readonly PlannedBuild[] {
  const taken = new Set(builds.flatMap(({ entry }) => (entry?.name === undefined ? [] : [entry.name])));
  return builds.map((build) => {
    if (build.entry?.name !== undefined) return build;
    const name = freeName(build.name, taken);
    taken.add(name);
    return name === build.name ? build : { ...build, name };
  });
}
