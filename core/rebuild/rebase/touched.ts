import { posix } from 'node:path';
import type { FileSystem } from '../../layers/filesystem.ts';
import type { LayerEntry, LayerFiles } from '../../layers/layer-files.ts';

/** The base as the app was built on it, and the one that shall take its place. */
export interface Bases {
  readonly before: FileSystem;
  readonly after: FileSystem;
}

const packageDatabases =
  /^(?:var\/lib\/(?:dpkg|rpm|pacman|opkg)|(?:usr\/)?lib\/apk\/db|usr\/lib\/(?:sysimage\/rpm|opkg)|usr\/share\/rpm)(?:\/|$)/;

/** The files among them that only an installation, an upgrade or a removal writes. */
const statusFiles = /\/(?:status|installed|rpmdb\.sqlite|Packages)$|\/status\.d\//;

/**
 * Why a layer of the app cannot stay as it is on another base, naming the file that shows it: it touches the package
 * database or a file of the old or new base, or it builds on a folder that the new base no longer has.
 */
export function whyBound(layer: LayerFiles, bases: Bases): string | undefined {
  return whyPackages(layer, bases) ?? whyRemoving(layer, bases) ?? whyWriting(layer, bases);
}

// A package manager touches much: what it leaves in its database says best that it ran.
function whyPackages({ entries, whiteouts, opaque }: LayerFiles, { before }: Bases): string | undefined {
  const written = [...entries].flatMap(([path, { kind }]) => (kind === 'directory' ? [] : [path]));
  const paths = [...written, ...whiteouts, ...opaque].map((path) => before.resolve(path));
  const touched = paths.filter((path) => packageDatabases.test(path));
  const found = touched.find((path) => statusFiles.test(path)) ?? touched[0];
  return found === undefined ? undefined : `it touches ${found}, which is of the package database`;
}

function whyRemoving({ whiteouts, opaque }: LayerFiles, bases: Bases): string | undefined {
  return firstReason([...opaque, ...whiteouts], (path) => whyNotRemoved(path, bases));
}

function whyWriting(layer: LayerFiles, bases: Bases): string | undefined {
  return firstReason(layer.entries, ([path, entry]) =>
    entry.kind === 'directory' ? whyNoFolder(path, bases) : whyNotWritten(path, entry, layer, bases),
  );
}

function firstReason<T>(items: Iterable<T>, why: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const reason = why(item);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function whyNotRemoved(name: string, { before, after }: Bases): string | undefined {
  const path = before.resolve(name);
  if (before.at(path) !== undefined) return `it removes ${path}, which is of the old base`;
  return after.at(path) === undefined ? undefined : `it removes ${path}, which the new base has`;
}

function whyNotWritten(name: string, entry: LayerEntry, layer: LayerFiles, bases: Bases): string | undefined {
  const { before, after } = bases;
  const path = before.resolve(name);
  if (before.at(path) !== undefined) return `it changes ${path}, which is of the old base`;
  if (after.at(path) !== undefined) return `it brings ${path}, which the new base has too`;
  if (entry.kind === 'hardlink' && !layer.entries.has(entry.target) && before.at(entry.target) !== undefined) {
    return `it links ${path} to ${entry.target}, which is of the old base`;
  }
  return whyNoParent(path, bases);
}

// Archives repeat the folders above their files: one that the base has too is no change.
function whyNoFolder(name: string, bases: Bases): string | undefined {
  const path = bases.before.resolve(name);
  const [before, after] = [bases.before.at(path), bases.after.at(path)];
  if (before !== undefined && before.kind !== 'directory') return `it changes ${path}, which is of the old base`;
  if (before === undefined && after !== undefined && after.kind !== 'directory') {
    return `it brings ${path}, which the new base has too`;
  }
  return before === undefined ? whyNoParent(path, bases) : whyGone(path, bases);
}

function whyNoParent(path: string, bases: Bases): string | undefined {
  let folder = posix.dirname(path);
  while (folder !== '.' && !bases.before.isDirectory(folder)) folder = posix.dirname(folder);
  return folder === '.' ? undefined : whyGone(folder, bases);
}

function whyGone(folder: string, { after }: Bases): string | undefined {
  return after.isDirectory(folder) ? undefined : `it writes into ${folder}, which the new base no longer has`;
}
