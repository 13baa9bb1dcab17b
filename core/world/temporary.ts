import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parsed } from '../json.ts';
import type { Leftover } from '../ports.ts';
import { attempted, livenessOf, type ProcessIdentity, type ProcessTable } from './processes.ts';

/** What the folder of each process is called in the folder for temporary files. */
export const temporaryPrefix = 'base-image-refresh-';
/** The file that says which process a folder is of. */
export const ownerFile = 'owner.json';
/** Milliseconds after which a folder without an owner is no longer one that is just being made. */
const young = 60 * 60_000;

/** How a folder is removed whole: a child that was just ended may still be writing into it. */
export const whole = { recursive: true, force: true, maxRetries: 5 } as const;

/** The temporary folders of this process: one that says whose it is, with all others in it. */
export interface Temporary {
  make(prefix: string): Promise<string>;
  /** Folders of other processes of this user that no longer run, or of which that is not known. */
  leftovers(now: Date): readonly Leftover[];
  /** Says that a folder is gone; with the last of them that of the process goes too. */
  gone(path: string): Promise<void>;
  remove(): Promise<void>;
}

/** Temporary folders below a root, with the processes that are looked for. */
export function createTemporary(root: string, table: () => ProcessTable): Temporary {
  let own: Promise<string> | undefined;
  let making = 0;
  const made = new Set<string>();
  const remove = async () => {
    const was = own;
    // Whoever wants a folder meanwhile gets a new one.
    own = undefined;
    made.clear();
    const folder = await was?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, whole);
  };
  return {
    make: async (prefix) => {
      making += 1;
      try {
        own ??= makeOwn(root, table().self);
        const path = await mkdtemp(join(await own, `${prefix}-`));
        made.add(path);
        return path;
      } finally {
        making -= 1;
      }
    },
    leftovers: (now) => leftoversIn(root, table(), now),
    gone: async (path) => {
      if (made.delete(path) && made.size + making === 0) await remove();
    },
    remove,
  };
}

// The owner stands there before anything else does.
async function makeOwn(root: string, self: ProcessIdentity): Promise<string> {
  const folder = await mkdtemp(join(root, temporaryPrefix));
  await chmod(folder, 0o700);
  await writeFile(join(folder, ownerFile), JSON.stringify(self), { mode: 0o600 });
  return folder;
}

function leftoversIn(root: string, table: ProcessTable, now: Date): readonly Leftover[] {
  const names = attempted(() => readdirSync(root)) ?? [];
  return names
    .filter((name) => name.startsWith(temporaryPrefix))
    .flatMap((name): readonly Leftover[] => attempted(() => leftoverAt(join(root, name), table, now)) ?? []);
}

function leftoverAt(path: string, table: ProcessTable, now: Date): readonly Leftover[] {
  const { uid, mtime, isFolder } = folderAt(path);
  // In a folder that all users share, what another made may lead anywhere.
  if (!isFolder || (process.getuid !== undefined && uid !== process.getuid())) return [];
  const owner = ownerOf(path);
  if (owner === undefined) {
    const isEmpty = readdirSync(path).length === 0 && now.getTime() - mtime.getTime() > young;
    return isEmpty ? [{ path, since: mtime, state: 'dead' }] : [];
  }
  const state = livenessOf(owner, mtime, table);
  return state === 'alive' ? [] : [{ path, pid: owner.pid, since: mtime, state }];
}

function folderAt(path: string) {
  const found = lstatSync(path);
  return { uid: found.uid, mtime: found.mtime, isFolder: found.isDirectory() };
}

const nullable = v.nullable(v.string());
const identity = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  started: nullable,
  boot: nullable,
  space: nullable,
  host: v.string(),
});

function ownerOf(path: string): ProcessIdentity | undefined {
  const file = join(path, ownerFile);
  const found = attempted(() => lstatSync(file));
  if (found?.isFile() !== true || found.size > 4096) return undefined;
  const read = v.safeParse(identity, parsed(readFileSync(file, 'utf8')));
  return read.success ? read.output : undefined;
}
