import { append } from '../append.ts';
/** What an image is made of, for one platform. */
export interface PackageInventory {
  /** Where it was found, in words. */
  readonly by: string;
  /** Versions by package name; several of one name are sorted and joined. */
  readonly packages: ReadonlyMap<string, string>;
  /** Fingerprints of the files by path, where the files were read. */
  readonly files?: ReadonlyMap<string, string>;
}

/** A package that is installed. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
}

/** Packages by name. */
export function byName(packages: readonly InstalledPackage[]): ReadonlyMap<string, string> {
  const versions = new Map<string, string[]>();
  for (const { name, version } of packages) {
    append(versions, name, version);
  }
  return new Map([...versions].map(([name, found]) => [name, found.sort().join(', ')]));
}

const mostNamed = 3;

/** How two inventories differ, in words; undefined where they do not. */
export function difference(before: PackageInventory, after: PackageInventory): string | undefined {
  const names = [...new Set([...before.packages.keys(), ...after.packages.keys()])].sort();
  const changed = names.filter((name) => before.packages.get(name) !== after.packages.get(name));
  if (changed.length > 0) {
    const named = changed.slice(0, mostNamed).map((name) => {
      const [was, is] = [before.packages.get(name), after.packages.get(name)];
      if (is === undefined) return `${cut(name)} gone`;
      return was === undefined ? `${cut(name)} ${cut(is)} new` : `${cut(name)} ${cut(was)} → ${cut(is)}`;
    });
    const more = changed.length - named.length;
    return `${named.join(', ')}${more === 0 ? '' : ` and ${more} more`}`;
  }
  const path = differentFile(before.files, after.files);
  return path === undefined ? undefined : `the same packages, but ${cut(path)} is another file`;
}

function differentFile(before: PackageInventory['files'] = new Map(), after: PackageInventory['files'] = new Map()) {
  for (const [path, print] of after) if (before.get(path) !== print) return path;
  for (const path of before.keys()) if (!after.has(path)) return path;
  return undefined;
}

function cut(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
