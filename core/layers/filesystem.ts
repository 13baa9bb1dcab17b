import { posix } from 'node:path';
import type { Entry, LayerFiles } from './layer-files.ts';

/** The files of an image: its layers laid over each other. */
export interface FileSystem {
  /** What stands at a path, links in its folders followed but not a link that it is itself. */
  at(path: string): Entry | undefined;
  /** The path with links in its folders followed. */
  resolve(path: string): string;
  /** The path with every link followed. */
  follow(path: string): string;
  /** Whether a folder is there, links followed. */
  isDirectory(path: string): boolean;
  /** The text of a file that was kept, links followed. */
  text(path: string): string | undefined;
  paths(): Iterable<string>;
}

/** As many links as Linux follows (path_resolution(7)). */
const mostLinks = 40;

/** Lays layers over each other, the lowest first, with their deletions (OCI image-spec, layer.md#applying-changesets). */
export function layered(layers: readonly LayerFiles[]): FileSystem {
  const files = new Map<string, Entry>();
  for (const layer of layers) apply(files, layer);
  return {
    at: (path) => files.get(resolveParent(files, path)),
    resolve: (path) => resolveParent(files, path),
    follow: (path) => followed(files, path),
    isDirectory: (path) => path === '' || files.get(followed(files, path))?.kind === 'directory',
    text: (path) => {
      const found = files.get(followed(files, path));
      return found?.kind === 'file' ? found.text : undefined;
    },
    paths: () => files.keys(),
  };
}

function apply(files: Map<string, Entry>, { entries, whiteouts, opaque }: LayerFiles): void {
  for (const folder of opaque) removeBelow(files, resolveParent(files, folder));
  for (const path of whiteouts) remove(files, resolveParent(files, path));
  for (const [name, entry] of entries) {
    const path = resolveParent(files, name);
    if (entry.kind !== 'directory') remove(files, path);
    addParents(files, path);
    files.set(path, entry.kind === 'hardlink' ? linkedFile(files, entry) : entry);
  }
}

// A hard link is the file that it names as that is now, whatever a later layer puts in the place of the other name.
function linkedFile(files: ReadonlyMap<string, Entry>, link: Extract<Entry, { readonly kind: 'hardlink' }>): Entry {
  return files.get(resolveParent(files, link.target)) ?? link;
}

function remove(files: Map<string, Entry>, path: string): void {
  if (files.get(path)?.kind === 'directory') removeBelow(files, path);
  files.delete(path);
}

function removeBelow(files: Map<string, Entry>, folder: string): void {
  for (const path of files.keys()) if (folder === '' || path.startsWith(`${folder}/`)) files.delete(path);
}

// An archive need not list the folders of its files.
function addParents(files: Map<string, Entry>, path: string): void {
  for (let folder = posix.dirname(path); folder !== '.' && !files.has(folder); folder = posix.dirname(folder)) {
    files.set(folder, { kind: 'directory' });
  }
}

function resolveParent(files: ReadonlyMap<string, Entry>, path: string): string {
  const parent = posix.dirname(path);
  return parent === '.' ? path : posix.join(followed(files, parent), posix.basename(path));
}

function followed(files: ReadonlyMap<string, Entry>, path: string): string {
  let left = path.split('/');
  let done = '';
  for (let links = 0; left.length > 0; ) {
    const [name = '', ...rest] = left;
    const here = posix.join(done, name);
    const entry = files.get(here);
    if (entry?.kind !== 'symlink' || links++ >= mostLinks) {
      done = here;
      left = rest;
      continue;
    }
    const target = posix.normalize(posix.join('/', posix.isAbsolute(entry.target) ? '' : done, entry.target)).slice(1);
    left = [...(target === '' ? [] : target.split('/').filter((part) => part !== '')), ...rest];
    done = '';
  }
  return done;
}
