import { posix, win32 } from 'node:path';
import type { World } from '../ports.ts';
import { globMatcher, ignoreLines } from '../text/glob.ts';
import { pathsOf } from './dockerfile-text.ts';
import type { BuildOrder } from './engine.ts';
import { readIgnoreFile } from './ignore-file.ts';

/** Something that a build context holds; paths are relative to it, with forward slashes. */
export type ContextEntry =
  | (Placed & { readonly kind: 'file'; readonly mode: number; readonly size: number })
  | (Placed & { readonly kind: 'directory'; readonly mode: number })
  | (Placed & { readonly kind: 'symlink'; readonly target: string });

interface Placed {
  readonly path: string;
  /** When it was last changed. */
  readonly modified: Date;
}

/** What of a context is left out besides what its ignore file says. */
export interface LeftOut {
  /** The folder in which runs keep their reports, absolute. */
  readonly outputDirectory?: string | undefined;
  /** Whether the history that git keeps goes along all the same. */
  readonly withHistory?: true;
}

type Reading = Pick<World, 'files' | 'platform'>;

/** What of its context an order's ignore file lets through, in order of paths; links are not followed. */
export async function contextEntries(
  world: Reading,
  order: BuildOrder,
  { outputDirectory, withHistory }: LeftOut,
): Promise<readonly ContextEntry[]> {
  const lets = ignoreFilter((await readIgnoreFile(world, order, outputDirectory)).text);
  const entries: ContextEntry[] = [];
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const { name, kind } of await world.files.list(absolute(world, order, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      if (path === '.git' && withHistory !== true) continue;
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
  const { mode, target, modified } = await world.files.entry(place);
  if (kind === 'symlink') return { kind, path, modified, target: target ?? '' };
  if (kind === 'directory') return { kind, path, modified, mode };
  return { kind, path, modified, mode, size: (await world.files.stat(place)).size };
}

/** Tells whether a path is part of the context. */
export interface Filter {
  (path: string): boolean;
  readonly hasExceptions: boolean;
}

/** The filter that a .dockerignore describes: the last pattern that fits a path or a folder above it decides. */
export function ignoreFilter(text: string, file = '.dockerignore'): Filter {
  const rules = ignoreLines(text, file)
    .filter((line) => !line.startsWith('#') && line.trim() !== '')
    .map((line) => ruleOf(line, file));
  const filter = (path: string) => {
    const last = rules.findLast(({ fits }) => fits(path));
    return last === undefined || last.isException;
  };
  return Object.assign(filter, { hasExceptions: rules.some(({ isException }) => isException) });
}

// Patterns are those of Go's filepath.Match with `**`, from the root of the context (moby/patternmatcher).
function ruleOf(line: string, file: string) {
  const [, mark, rest = ''] = /^(!?)(.*)$/.exec(line.trim()) ?? [];
  const pattern = posix.normalize(rest.trim()).replace(/^\/+|\/+$/g, '');
  return { isException: mark === '!', fits: globMatcher(pattern === '' ? '.' : pattern, { below: true, file }) };
}
