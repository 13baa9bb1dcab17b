import { join, resolve } from 'node:path';
import { fail } from '../failure.ts';
import type { Files, World } from '../ports.ts';
import { globMatcher } from '../text/glob.ts';

/** Files and folders that are looked through for documents, whatever their depth. */
const mostEntries = 500_000;
const mostFiles = 20_000;
const savedNames = new Set(['report.json', 'run.json']);

/**
 * The saved documents that files, folders and patterns name, each once and in order. Of a folder, whatever its depth,
 * these are report.json and run.json; throws `usage` where a name leads to nothing.
 */
export async function findDocuments(
  world: Pick<World, 'files' | 'cwd'>,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const name of names) {
    const paths = await namedBy(world, name);
    if (paths.length === 0)
      throw fail('usage', name, 'leads to no report.json or run.json', 'give what a run has saved');
    for (const path of paths) found.add(path);
    if (found.size > mostFiles) throw fail('usage', name, `names more than ${mostFiles} files`, 'name fewer');
  }
  return [...found];
}

async function namedBy({ files, cwd }: Pick<World, 'files' | 'cwd'>, name: string): Promise<readonly string[]> {
  const path = resolve(cwd, name);
  const { kind } = await files.stat(path);
  if (kind === 'file') return [path];
  if (kind === 'directory') return below(files, path, ({ name: own }) => savedNames.has(own));
  const parts = name.split('/');
  const first = parts.findIndex((part) => /[*?[]/.test(part));
  if (first === -1) throw fail('usage', name, 'there is no such file', 'give a report.json that a run has saved');
  const fits = globMatcher(parts.slice(first).join('/'), { below: true, file: name });
  const exactly = globMatcher(parts.slice(first).join('/'), { file: name });
  const root = resolve(cwd, parts.slice(0, first).join('/') || (name.startsWith('/') ? '/' : '.'));
  return below(files, root, (one) => exactly(one.path) || (savedNames.has(one.name) && fits(one.path)));
}

interface Found {
  readonly name: string;
  /** Below the folder that was searched. */
  readonly path: string;
}

// Links are not followed: what a job was handed holds no way out of it.
async function below(files: Files, root: string, isWanted: (found: Found) => boolean): Promise<readonly string[]> {
  const wanted: string[] = [];
  let level: readonly string[] = [''];
  let seen = 0;
  while (level.length > 0) {
    const next: string[] = [];
    for (const folder of level) {
      const kind = folder === '' ? (await files.stat(root)).kind : 'directory';
      const entries = kind === 'directory' ? await files.list(join(root, folder)) : [];
      seen += entries.length;
      if (seen > mostEntries)
        throw fail(
          'usage',
          root,
          `has more than ${mostEntries} files and folders in it`,
          'name the folders of the run',
        );
      for (const { name, kind: own } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (own === 'directory' && name !== '.git' && name !== 'node_modules') next.push(path);
        if (own === 'file' && isWanted({ name, path })) wanted.push(join(root, path));
      }
    }
    level = next;
  }
  return wanted;
}
