import type { Lane, RunLeg } from './run-file.ts';

/** What is known of an image that is to be put into a leg. */
export interface Share {
  readonly name: string;
  readonly lane: Lane;
  /** 1-based: what images of lower levels make, it is built on. */
  readonly level: number;
  readonly parents: readonly string[];
  /** Images with the same bases are best made on one machine. */
  readonly bases: string;
  readonly seconds: number;
}

export interface Limits {
  /** Most legs of a level; `auto` goes by how long the images take. */
  readonly shards: number | 'auto';
  /** Most legs that the host takes in one matrix. */
  readonly legs: number;
}

/** Later levels are put together in the legs of this one: a workflow has as many jobs as there are levels. */
export const mostLevels = 4;
/** So few images have a leg each: what starts at once ends first. */
const apart = 20;
const target = 20 * 60;
const longest = 4 * 3600;

/**
 * Puts images into legs: level by level and lane by lane, so that legs are as long as one another and images of the same
 * bases are together. The same images give the same legs.
 */
export function shardsOf(images: readonly Share[], limits: Limits): readonly RunLeg[] {
  const levels = limits.shards === 1 ? 1 : mostLevels;
  const groups = groupsOf(images, levels);
  const legs = [...new Set(groups.map(({ level }) => level))]
    .toSorted((a, b) => a - b)
    .flatMap((level) =>
      legsOfLevel(
        groups.filter((group) => group.level === level),
        limits,
      ),
    );
  return legs.map((leg, at) => ({ id: `${at + 1}/${legs.length}`, ...leg }));
}

/**
 * Legs as above, and for images of several platforms a leg for each of them: every machine builds its own. Images of the last
 * level, which may be built on one another within a leg, are built whole.
 */
export function nativeShardsOf(
  images: readonly (Share & { readonly platforms: readonly string[] })[],
  limits: Limits,
): readonly RunLeg[] {
  const isNative = ({ lane, level, platforms }: (typeof images)[number]) =>
    lane === 'build' && platforms.length > 1 && level < mostLevels && limits.shards !== 1;
  const sets = new Map<string, (typeof images)[number][]>();
  for (const image of images.filter(isNative))
    sets.set(image.platforms.join(), [...(sets.get(image.platforms.join()) ?? []), image]);
  const parts = [...sets.values()].reduce((sum, [first]) => sum + (first?.platforms.length ?? 0), 1);
  // No more in all than a host takes: each part has the same share of them.
  const fewer = (most: number) => Math.max(1, Math.floor(most / parts));
  const own = { shards: limits.shards === 'auto' ? limits.shards : fewer(limits.shards), legs: fewer(limits.legs) };
  const native = [...sets.values()].flatMap((set) =>
    shardsOf(set, own).flatMap((leg) =>
      (set[0]?.platforms ?? []).map((platform) => ({
        ...leg,
        platform,
        name: `${leg.name} ${platform}`,
        seconds: leg.seconds / (set[0]?.platforms.length ?? 1),
      })),
    ),
  );
  const rest = shardsOf(
    images.filter((image) => !isNative(image)),
    sets.size === 0 ? limits : own,
  );
  const legs = [...rest, ...native].toSorted((a, b) => a.level - b.level);
  return legs.map((leg, at) => ({ ...leg, id: `${at + 1}/${legs.length}` }));
}

type Leg = Omit<RunLeg, 'id'>;
/** Images that go to one leg: built on one another, or on the same bases. */
type Group = Omit<Leg, 'name'> & { readonly bases: string };

// Below the last level each image is by itself; in it, images that are built on one another are one group.
function groupsOf(images: readonly Share[], levels: number): readonly Group[] {
  const byName = new Map(images.map((image) => [image.name, image]));
  const root = new Map<string, string>();
  const find = (name: string): string => {
    const up = root.get(name) ?? name;
    return up === name ? name : find(up);
  };
  for (const image of images) {
    for (const parent of image.parents) {
      const other = byName.get(parent);
      if (other !== undefined && Math.min(image.level, levels) === Math.min(other.level, levels))
        root.set(find(image.name), find(parent));
    }
  }
  const groups = new Map<string, Share[]>();
  for (const image of images) groups.set(find(image.name), [...(groups.get(find(image.name)) ?? []), image]);
  return [...groups.values()].map((members) => ({
    level: Math.min(levels, ...members.map(({ level }) => level)),
    lane: members.some(({ lane }) => lane === 'build') ? 'build' : 'rebase',
    bases: members[0]?.bases ?? '',
    seconds: members.reduce((sum, { seconds }) => sum + seconds, 0),
    images: members.map(({ name }) => name),
  }));
}

function legsOfLevel(groups: readonly Group[], limits: Limits): readonly Leg[] {
  const lanes = (['rebase', 'build'] as const).map((lane) => groups.filter((group) => group.lane === lane));
  const filled = lanes.filter((lane) => lane.length > 0);
  // Where each lane cannot have a leg of its own, one leg does both.
  const most = Math.min(limits.legs, limits.shards === 'auto' ? limits.legs : limits.shards);
  if (filled.length > most) return spread(groups, 1);
  const total = groups.reduce((sum, { seconds }) => sum + seconds, 0);
  return filled.flatMap((lane) => {
    const own = lane.reduce((sum, { seconds }) => sum + seconds, 0);
    const share = Math.max(1, Math.min(most - filled.length + 1, Math.floor((most * own) / Math.max(total, 1))));
    return spread(lane, Math.min(share, limits.shards === 'auto' ? wanted(lane.length, own) : share));
  });
}

function wanted(images: number, seconds: number): number {
  return Math.max(Math.min(images, apart), Math.ceil(seconds / target), Math.ceil(seconds / longest));
}

// In the order of their bases, cut where a leg has its part: legs are as long as one another to within an image.
function spread(groups: readonly Group[], most: number): readonly Leg[] {
  const number = Math.max(1, Math.min(most, groups.length));
  const part = groups.reduce((sum, { seconds }) => sum + seconds, 0) / number;
  const legs = new Map<number, Group[]>();
  let begun = 0;
  for (const group of groups.toSorted(byBases)) {
    const middle = begun + group.seconds / 2;
    const at = part > 0 ? Math.min(number - 1, Math.floor(middle / part)) : 0;
    legs.set(at, [...(legs.get(at) ?? []), group]);
    begun += group.seconds;
  }
  return [...legs.values()].map(legOf);
}

function byBases(a: Group, b: Group): number {
  const order = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return order(a.bases, b.bases) || b.seconds - a.seconds || order(a.images[0] ?? '', b.images[0] ?? '');
}

function legOf(groups: readonly Group[]): Leg {
  const images = groups.flatMap((group) => group.images);
  const lane: Lane = groups.some((group) => group.lane === 'build') ? 'build' : 'rebase';
  const seconds = groups.reduce((sum, group) => sum + group.seconds, 0);
  return { name: shortName(images), level: groups[0]?.level ?? 1, lane, seconds, images };
}

const longestName = 40;

/** A name that fits every host's grammar and tells people what a leg is about. */
function shortName(images: readonly string[]): string {
  const [first = ''] = images;
  const more = images.length > 1 ? ` and ${images.length - 1} more` : '';
  return `${first.replace(/[^\w./-]+/g, '-').slice(0, longestName - more.length)}${more}`;
}
