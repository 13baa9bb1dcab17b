import type { Finding } from './finding.ts';

interface List {
  readonly places: number[];
  readonly known: Set<number>;
  /** How many at the beginning each scanner has seen, which it joins with nothing else without a path. */
  readonly passed: Map<string, number>;
}

/** Where findings of several scanners are, by the keys of what they are of and by their paths. */
export interface Places {
  /** Puts a finding under its keys, and at its path where it has one. */
  readonly add: (keys: readonly string[], path: string | undefined, place: number) => void;
  /** The first finding that fits: of one with a path, those there and those without any; of one without, those anywhere. */
  readonly find: (
    keys: readonly string[],
    path: string | undefined,
    scanner: string,
    fits: (place: number) => boolean,
  ) => number | undefined;
}

/** Looks up findings so that one package at very many paths is looked at once at each. */
export function createPlaces(findingAt: (place: number) => Finding | undefined): Places {
  const lists = new Map<string, List>();
  const hasSeen = (scanner: string, place: number | undefined) =>
    place !== undefined && findingAt(place)?.seenBy?.some((entry) => entry.scanner === scanner) === true;
  const firstUnseen = (name: string, scanner: string, fits: (place: number) => boolean) => {
    const list = lists.get(name);
    if (list === undefined) return undefined;
    let from = list.passed.get(scanner) ?? 0;
    while (hasSeen(scanner, list.places[from])) from += 1;
    list.passed.set(scanner, from);
    for (let at = from; at < list.places.length; at += 1) {
      const place = list.places[at];
      if (place !== undefined && fits(place)) return place;
    }
    return undefined;
  };
  return {
    add: (keys, path, place) => {
      for (const key of keys) {
        for (const name of [`all ${key}`, path === undefined ? `anywhere ${key}` : atPath(key, path)]) {
          const list: List = lists.get(name) ?? { places: [], known: new Set(), passed: new Map() };
          lists.set(name, list);
          if (!list.known.has(place)) list.places.push(place);
          list.known.add(place);
        }
      }
    },
    find: (keys, path, scanner, fits) => {
      for (const key of keys) {
        const there = path === undefined ? undefined : lists.get(atPath(key, path))?.places.find(fits);
        const found = there ?? firstUnseen(path === undefined ? `all ${key}` : `anywhere ${key}`, scanner, fits);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

function atPath(key: string, path: string): string {
  return JSON.stringify([key, path]);
}
