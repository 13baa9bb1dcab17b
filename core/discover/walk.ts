import { posix } from 'node:path';
import { attempt, type Failure } from '../failure.ts';
import type { FileEntry, World } from '../ports.ts';
import { isDockerfileName } from './file-names.ts';
import { type IgnoreRules, isIgnored, withIgnoreFile } from './ignore-rules.ts';
import { attemptReading } from './read-file.ts';
import { createSelection, type Selection } from './selection.ts';
import type { RunSubject } from './subject.ts';
import { type Ownership, ownershipOf, ownershipOfNested, submodulesIn } from './third-party.ts';

/** What a walk of the repository came by; paths are relative to its root, in order. */
export interface Walked {
  readonly dockerfiles: readonly string[];
  /** Other files that may say how images are built: Compose, bake, workflows. */
  readonly others: readonly string[];
  /** Which of them are files and no links: nothing on the way to them is a link either. */
  readonly plain: ReadonlySet<string>;
  /** Dockerfiles and such others that stand in folders of third parties, examples and tests. */
  readonly apart: readonly string[];
  readonly failures: readonly Failure[];
}

/** Which further files a walk should hand back, by path. */
export type Interest = (path: string) => boolean;

const neverEntered = new Set(['.git', '.hg', '.svn']);

/** What a walk is about; a Dockerfile of `images` counts wherever it stands. */
export type WalkSubject = Pick<RunSubject, 'root' | 'include' | 'exclude'> & Partial<Pick<RunSubject, 'images'>>;

/**
 * Finds Dockerfiles below the root. Links to folders are not followed, so that no loop and no way out of the repository
 * exists; what .gitignore names and what cannot be listed is left out, the latter with a failure.
 */
export async function walk(world: World, config: WalkSubject, interest: Interest = () => false): Promise<Walked> {
  const found: Found = { dockerfiles: [], others: [], plain: new Set(), apart: [], failures: [] };
  const around: Around = {
    ...{ world, root: config.root, selection: createSelection(config), interest, found },
    include: config.include,
    chosen: new Set((config.images ?? []).flatMap(({ dockerfile }) => dockerfile ?? [])),
    submodules: await submodulesOf(world, config.root),
  };
  let level: readonly Folder[] = [{ path: '', rules: [], ownership: 'own' }];
  while (level.length > 0) {
    const below: Folder[] = [];
    for (const folder of level) below.push(...(await enter(around, folder)));
    level = below;
  }
  return {
    dockerfiles: found.dockerfiles.sort(byPath),
    others: found.others.sort(byPath),
    plain: found.plain,
    apart: found.apart.sort(byPath),
    failures: found.failures,
  };
}

interface Folder {
  readonly path: string;
  readonly rules: IgnoreRules;
  readonly ownership: Ownership;
}

interface Found {
  readonly dockerfiles: string[];
  readonly others: string[];
  readonly plain: Set<string>;
  readonly apart: string[];
  readonly failures: Failure[];
}

interface Around {
  readonly world: World;
  readonly root: string;
  readonly selection: Selection;
  readonly interest: Interest;
  readonly found: Found;
  readonly include: RunSubject['include'];
  readonly chosen: ReadonlySet<string>;
  readonly submodules: ReadonlySet<string>;
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
  const isRepository = folder.path !== '' && listed.value.some(({ name }) => name === '.git');
  const ownership = isRepository ? ownershipOfNested(folder.path, folder.ownership, around.include) : folder.ownership;
  return listed.value.flatMap((entry) => consider(around, { path: folder.path, rules, ownership }, entry));
}

async function submodulesOf({ files }: World, root: string): Promise<ReadonlySet<string>> {
  const path = posix.join(root, '.gitmodules');
  const read = await attemptReading(path, () => files.readText(path, largestIgnoreFile));
  return read.kind === 'done' ? submodulesIn(read.value) : new Set();
}

const largestIgnoreFile = 4 * 1024 * 1024;

async function rulesIn({ world, root }: Around, folder: Folder, entries: readonly FileEntry[]): Promise<IgnoreRules> {
  if (!entries.some(({ name, kind }) => name === '.gitignore' && kind === 'file')) return folder.rules;
  const path = posix.join(root, folder.path, '.gitignore');
  const read = await attemptReading(path, () => world.files.readText(path, largestIgnoreFile));
  return read.kind === 'done' ? withIgnoreFile(folder.rules, folder.path, read.value) : folder.rules;
}

function consider(around: Around, parent: Folder, entry: FileEntry): readonly Folder[] {
  const path = parent.path === '' ? entry.name : `${parent.path}/${entry.name}`;
  if (entry.kind === 'directory') {
    const ownership = ownershipOf(path, parent.ownership, around);
    const isSkipped =
      neverEntered.has(entry.name) ||
      (entry.name === 'node_modules' && ownership === 'apart') ||
      around.selection.excludesFolder(path);
    return isSkipped || isIgnored(parent.rules, path, true) ? [] : [{ path, rules: parent.rules, ownership }];
  }
  const isDockerfile = isDockerfileName(entry.name);
  if (entry.kind === 'other' || !(isDockerfile || around.interest(path))) return [];
  const { found, selection } = around;
  if (entry.kind === 'file') found.plain.add(path);
  if ((isDockerfile && !selection.includes(path)) || isIgnored(parent.rules, path, false)) return [];
  if (parent.ownership === 'apart' && !around.chosen.has(path)) found.apart.push(path);
  else if (isDockerfile) found.dockerfiles.push(path);
  else found.others.push(path);
  return [];
}

/** Orders paths folder by folder, whatever the locale. */
export function byPath(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
