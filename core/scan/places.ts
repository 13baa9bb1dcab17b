import type { Finding } from './finding.ts';

/** What a group of findings is put under, or looked for by: any of the packages with any of the names. */
export interface PackagePlace {
  readonly packages: readonly string[];
  readonly names: readonly string[];
  readonly path: string | undefined;
}

/** Where findings of several scanners are, by the keys of what they are of and by their paths. */
export interface Places<Group> {
  /** Puts a group under its keys, and at its path where it has one. */
  readonly add: (place: PackagePlace, group: Group) => void;
  /**
   * The first group that a finding of a scanner fits: of one with a path, what is there and what the scanner has not seen
   * without any; of one without, what it has not seen anywhere.
   */
  readonly find: (place: PackagePlace, finding: Finding, scanner: string) => Group | undefined;
}

interface List<Group> {
  readonly groups: Group[];
  /** How many at the beginning a scanner passes over for good. */
  passed?: Map<string, number>;
}

/**
 * Looks up groups of findings so that each is looked at once under a key: what a scanner has seen it passes over, and what
 * no longer is what its key says, which it gets others for then.
 */
export function createPlaces<Group>(
  hasSeen: (group: Group, scanner: string) => boolean,
  fits: (group: Group, finding: Finding) => boolean,
): Places<Group> {
  const lists = new Map<string, List<Group>>();
  const put = (key: string, group: Group) => {
    const list = lists.get(key);
    if (list === undefined) lists.set(key, { groups: [group] });
    else if (list.groups.at(-1) !== group) list.groups.push(group);
  };
  const first = (key: string, reader: string, isTaken: (group: Group) => boolean) => {
    const list = lists.get(key);
    if (list === undefined) return undefined;
    for (let at = list.passed?.get(reader) ?? 0; at < list.groups.length; at += 1) {
      const group = list.groups[at];
      if (group !== undefined && isTaken(group)) return group;
      list.passed ??= new Map();
      list.passed.set(reader, at + 1);
    }
    return undefined;
  };
  return {
    add: (place, group) => {
      for (const key of keysOf(place)) {
        put(`all ${key}`, group);
        put(place.path === undefined ? `anywhere ${key}` : atPath(key, place.path), group);
      }
    },
    find: (place, finding, scanner) => {
      const { path } = place;
      const isNew = (group: Group) => !hasSeen(group, scanner) && fits(group, finding);
      for (const key of keysOf(place)) {
        const there = path === undefined ? undefined : first(atPath(key, path), '', (group) => fits(group, finding));
        const found = there ?? first(path === undefined ? `all ${key}` : `anywhere ${key}`, scanner, isNew);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function keysOf({ packages, names }: PackagePlace): readonly string[] {
  return names.flatMap((name) => packages.map((of) => `${of} ${name}`));
}

function atPath(key: string, path: string): string {
  return JSON.stringify([key, path]);
}
