import { randomBytes } from 'node:crypto';
import { type Dirent, readdirSync, readFileSync, statSync } from 'node:fs';
import { lstat, mkdir, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { FailureError, fail } from '../failure.ts';
import type { Entry, FileEntry, Files } from '../ports.ts';
import { processTable } from './processes.ts';
import { createTemporary, whole } from './temporary.ts';

// The files of a repository that say how images are built come to a few megabytes, those of a large one to a hundred.
const mostBytes = 256 * 1024 * 1024;

/**
 * The file system of this machine; temporary folders are private and are removed by `removeTemporary`. Files that are
 * read with a bound come to `budget` bytes at most, each counted once.
 */
export function createFiles(
  temporaryRoot: string | undefined,
  now: () => Date = () => new Date(),
  budget = mostBytes,
): {
  readonly files: Files;
  removeTemporary(): Promise<void>;
} {
  const breathe = createBreath();
  const guarded = async <T>(path: string, work: () => Promise<T>): Promise<T> => {
    await breathe();
    return explained(path, work);
  };
  const requireBounded = createBounds(budget);
  const temporary = createTemporary(temporaryRoot ?? tmpdir(), processTable);
  const files: Files = {
    read: (path, most) =>
      guarded(path, async () => {
        requireBounded(path, most);
        return readFile(path);
      }),
    // Texts and folders are small and many: waiting for one takes ten times as long as reading it.
    readText: (path, most) =>
      guarded(path, async () => {
        requireBounded(path, most);
        return readFileSync(path, 'utf8');
      }),
    write: (path, data, options) => guarded(path, () => writeAtomically(path, data, options?.mode)),
    list: (path) =>
      guarded(path, async () => readdirSync(path, { withFileTypes: true }).map((entry) => entryOf(entry))),
    stat: (path) => guarded(path, () => statOf(path)),
    entry: (path) => guarded(path, () => entryAt(path)),
    realpath: (path) => guarded(path, () => realpath(path)),
    makeDirectory: (path) => guarded(path, async () => void (await mkdir(path, { recursive: true }))),
    temporaryDirectory: (prefix) => guarded(prefix, () => temporary.make(prefix)),
    leftovers: async () => temporary.leftovers(now()),
    remove: (path) =>
      guarded(path, async () => {
        await rm(path, whole);
        await temporary.gone(path);
      }),
  };
  return {
    files,
    removeTemporary: temporary.remove,
  };
}

// What stands in memory already comes without a pause, and signals and timers are heard in pauses only.
const longestBreath = 50;

function createBreath(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < longestBreath) return undefined;
    return setImmediate().then(() => {
      last = performance.now();
    });
  };
}

async function explained<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof FailureError) throw cause;
    throw fail('unreadable', path, reasonOf(cause), 'check that the path exists and that you may use it', { cause });
  }
}

// What is no regular file may have no end, or wait for somebody; many files come to what no single one may have.
function createBounds(budget: number): (path: string, most: number | undefined) => void {
  const counted = new Map<string, number>();
  let spent = 0;
  return (path, most) => {
    if (most === undefined) return;
    const found = statSync(path);
    if (!found.isFile()) throw new Error(found.isDirectory() ? 'is a folder' : 'is not a file');
    if (found.size > most) throw new Error(`has ${found.size} bytes, which is more than the bound of ${most}`);
    const more = Math.max(0, found.size - (counted.get(path) ?? 0));
    if (spent + more > budget) {
      const detail = `would bring what is read of the repository to more than ${budget} bytes, which is the bound of a run`;
      throw fail('too-large', path, detail, 'leave folders out with exclude, or give a folder of the repository');
    }
    spent += more;
    counted.set(path, found.size);
  };
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'is a folder',
  ENOTDIR: 'is not a folder',
  ELOOP: 'too many symbolic links',
  ENOSPC: 'no space left on the device',
};

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

async function writeAtomically(
  path: string,
  data: string | Uint8Array | Iterable<string>,
  mode: number | undefined,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomBytes(6).toString('hex')}.partial`;
  try {
    await writeFile(partial, data, mode === undefined ? {} : { mode });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

async function statOf(path: string): Promise<{ kind: FileEntry['kind'] | 'absent'; size: number }> {
  try {
    const found = await stat(path);
    const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
    return { kind, size: found.size };
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return { kind: 'absent', size: 0 };
    }
    throw error;
  }
}

async function entryAt(path: string): Promise<Entry> {
  const found = await lstat(path);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  const entry = { mode: found.mode & 0o7777, modified: found.mtime, isOwn };
  return found.isSymbolicLink() ? { ...entry, target: await readlink(path) } : entry;
}

function entryOf(entry: Dirent): FileEntry {
  if (entry.isFile()) return { name: entry.name, kind: 'file' };
  if (entry.isDirectory()) return { name: entry.name, kind: 'directory' };
  return { name: entry.name, kind: entry.isSymbolicLink() ? 'symlink' : 'other' };
}
