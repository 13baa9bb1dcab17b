import { posix, win32 } from 'node:path';
import type { World } from '../ports.ts';
import { globMatcher } from '../text/glob.ts';
import { hasOwnIgnoreFile, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder } from './engine.ts';

/** Something that a build context holds; paths are relative to it, with forward slashes. */
export type ContextEntry =
  | { readonly kind: 'file'; readonly path: string; readonly mode: number; readonly size: number }
  | { readonly kind: 'directory'; readonly path: string; readonly mode: number }
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string };

type Reading = Pick<World, 'files' | 'platform'>;

/**
 * What of its context an order's ignore file lets through, in order of paths; links are not followed. The history that
 * git keeps and the folder `left` (absolute), in which runs leave their reports, are no part of any image.
 */
export async function contextEntries(
  world: Reading,
  order: BuildOrder,
  left?: string,
): Promise<readonly ContextEntry[]> {
  const lets = await readIgnoreFile(world, order);
  const entries: ContextEntry[] = [];
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const { name, kind } of await world.files.list(absolute(world, order, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === '.git' || absolute(world, order, path) === left) continue;
      const included = lets(path);
      // A pattern with an exclamation mark may bring back what stands below a folder that is left out.
      if (kind === 'directory' && (included || lets.hasExceptions)) folders.push(path);
      if (included && kind !== 'other') entries.push(await entryAt(world, order, path, kind));
    }
  }
  return entries.toSorted((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Where an entry of the context stands on this machine. */
export function absolute(world: Reading, order: BuildOrder, path: string): string {
  const { join } = world.platform.os === 'win32' ? win32 : posix;
  return join(pathsOf(world, order).context, path);
}

async function entryAt(
  world: Reading,
  order: BuildOrder,
  path: string,
  kind: ContextEntry['kind'],
): Promise<ContextEntry> {
  const place = absolute(world, order, path);
  const { mode, target } = await world.files.entry(place);
  if (kind === 'symlink') return { kind, path, target: target ?? '' };
  if (kind === 'directory') return { kind, path, mode };
  return { kind, path, mode, size: (await world.files.stat(place)).size };
}

/** Tells whether a path is part of the context. */
export interface Filter {
  (path: string): boolean;
  readonly hasExceptions: boolean;
}

async function readIgnoreFile(world: Reading, order: BuildOrder): Promise<Filter> {
  const own = await hasOwnIgnoreFile(world, order);
  const place = own ? pathsOf(world, order).ignoreFile : absolute(world, order, '.dockerignore');
  const isThere = (await world.files.stat(place)).kind === 'file';
  return ignoreFilter(isThere ? await world.files.readText(place) : '');
}

/** The filter that a .dockerignore describes: the last pattern that fits a path or a folder above it decides. */
export function ignoreFilter(text: string): Filter {
  const rules = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map(ruleOf);
  const filter = (path: string) => {
    const last = rules.findLast(({ fits }) => fits(path));
    return last === undefined || last.isException;
  };
  return Object.assign(filter, { hasExceptions: rules.some(({ isException }) => isException) });
}

// Patterns are those of Go's filepath.Match with `**`, from the root of the context (moby/patternmatcher).
function ruleOf(line: string) {
  const [, mark, rest = ''] = /^(!?)(.*)$/.exec(line.trim()) ?? [];
  const pattern = posix.normalize(rest.trim()).replace(/^\/+|\/+$/g, '');
  return { isException: mark === '!', fits: globMatcher(pattern === '' ? '.' : pattern, { below: true }) };
}
