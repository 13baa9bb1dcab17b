import { posix } from 'node:path';
import type { FileSystem } from '../../layers/filesystem.ts';

/** Where the program of a name stands, links followed: by PATH where it has no slash. Undefined where there is none. */
export function programAt(
  files: FileSystem,
  variables: ReadonlyMap<string, string>,
  name: string,
  directory = '/',
): string | undefined {
  const folders = name.includes('/') ? [directory] : (variables.get('PATH') ?? usualPath).split(':');
  for (const folder of folders) {
    const path = files.follow(relativeTo(folder, name));
    const entry = files.at(path);
    if (entry?.kind === 'file') return path;
  }
  return undefined;
}

/** What runs a container has this where the image sets no PATH (runc, Docker). */
const usualPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** A path of an image without its leading slash, counted from a folder. */
export function relativeTo(folder: string, path: string): string {
  return posix.resolve('/', folder, path).slice(1);
}
