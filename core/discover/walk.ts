import { posix } from 'node:path';
import { attempt, type Failure } from '../failure.ts';
import type { FileEntry, World } from '../ports.ts';
import { isDockerfileName } from './file-names.ts';
import { type IgnoreRules, isIgnored, withIgnoreFile } from './ignore-rules.ts';
import { createSelection, type Selection } from './selection.ts';
import type { RunSubject } from './subject.ts';

/** What a walk of the repository came by; paths are relative to its root, in order. */
export interface Walked {
  readonly dockerfiles: readonly string[];
  /** Other files that may say how images are built: Compose, bake, workflows. */
  readonly others: readonly string[];
  /** Which of them are files and no links: nothing on the way to them is a link either. */
  readonly plain: ReadonlySet<string>;
  readonly failures: readonly Failure[];
}

/** Which further files a walk should hand back, by path. */
export type Interest = (path: string) => boolean;

const neverEntered = new Set(['.git', '.hg', '.svn', 'node_modules']);

/**
 * Finds Dockerfiles below the root. Links to folders are not followed, so that no loop and no way out of the repository
 * exists; what .gitignore names and what cannot be listed is left out, the latter with a failure.
 */
export async function walk(
  world: World,
  config: Pick<RunSubject, 'root' | 'include' | 'exclude'>,
  interest: Interest = () => false,
): Promise<Walked> {
  const found: Found = { dockerfiles: [], others: [], plain: new Set(), failures: [] };
  const around: Around = { world, root: config.root, selection: createSelection(config), interest, found };
  let level: readonly Folder[] = [{ path: '', rules: [] }];
  while (level.length > 0) {
    const below: Folder[] = [];
    for (const folder of level) below.push(...(await enter(around, folder)));
    level = below;
  }
  return {
    dockerfiles: found.dockerfiles.sort(byPath),
    others: found.others.sort(byPath),
    plain: found.plain,
    failures: found.failures,
  };
}

interface Folder {
  readonly path: string;
  readonly rules: IgnoreRules;
}

interface Found {
  readonly dockerfiles: string[];
  readonly others: string[];
  readonly plain: Set<string>;
  readonly failures: Failure[];
}

interface Around {
  readonly world: World;
  readonly root: string;
  readonly selection: Selection;
  readonly interest: Interest;
  readonly found: Found;
}

async function enter(around: Around, folder: Folder): Promise<readonly Folder[]> {
  const { world, root, found } = around;
  const listed = await attempt(folder.path === '' ? '.' : folder.path, () =>
    world.files.list(posix.join(root, folder.path)),
  );
  if (listed.kind === 'failed') {
    found.failures.push({ ...listed.failure, subject: folder.path === '' ? '.' : folder.path });
    return [];
  }
  const rules = await rulesIn(around, folder, listed.value);
  return listed.value.flatMap((entry) => consider(around, { path: folder.path, rules }, entry));
}

const largestIgnoreFile = 4 * 1024 * 1024;

async function rulesIn({ world, root }: Around, folder: Folder, entries: readonly FileEntry[]): Promise<IgnoreRules> {
  if (!entries.some(({ name, kind }) => name === '.gitignore' && kind === 'file')) return folder.rules;
  const path = posix.join(root, folder.path, '.gitignore');
  const read = await attempt(path, () => world.files.readText(path, largestIgnoreFile));
  return read.kind === 'done' ? withIgnoreFile(folder.rules, folder.path, read.value) : folder.rules;
}

function consider(around: Around, { path: parent, rules }: Folder, entry: FileEntry): readonly Folder[] {
  const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
  const isFolder = entry.kind === 'directory';
  if (isFolder) {
    const isSkipped = neverEntered.has(entry.name) || around.selection.excludesFolder(path);
    return isSkipped || isIgnored(rules, path, true) ? [] : [{ path, rules }];
  }
  if (entry.kind === 'other') return [];
  if (entry.kind === 'file' && (isDockerfileName(entry.name) || around.interest(path))) around.found.plain.add(path);
  if (isDockerfileName(entry.name)) {
    if (around.selection.includes(path) && !isIgnored(rules, path, false)) around.found.dockerfiles.push(path);
  } else if (around.interest(path) && !isIgnored(rules, path, false)) around.found.others.push(path);
  return [];
}

/** Orders paths folder by folder, whatever the locale. */
export function byPath(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
