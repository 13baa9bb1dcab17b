import { join } from 'node:path/posix';
import type { Files } from './ports.ts';

/** A folder of files that spare later runs work, one an entry; what is wrong with it costs a warning, never a run. */
export interface CacheFolder {
  readonly path: string;
  /** The bytes of an entry; undefined where there is none that may be believed. */
  read(name: string): Promise<Uint8Array | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** What a folder of entries is. */
export interface CacheFolderOptions {
  readonly path: string;
  /** What warnings call it: "the registry cache". */
  readonly called: string;
  /** Names of its entries: what else stands there is not its own, and stays. */
  readonly names: RegExp;
  /** Bytes that all entries come to; those that were not used for longest go first. */
  readonly most: number;
  /** Bytes of one entry; a larger one is neither written nor read. */
  readonly largest: number;
  readonly warn: (line: string) => void;
}

/** Bytes that the smallest file takes of a disk. */
const block = 4096;
/** Milliseconds after which the use of an entry is written down again, as the time of its file. */
const usedAgain = 12 * 60 * 60 * 1000;
/** What a file is called until it is whole. */
const partial = /\.[0-9a-f]{12}\.partial$/;
/** The part of the bound that is left once entries have gone, so that they do not go one by one. */
const shareLeft = 0.9;

interface Known {
  readonly name: string;
  readonly size: number;
  readonly used: number;
}

/** A folder of at most so many bytes. Entries that are links, or files of other users, are absent. */
export function createCacheFolder(files: Files, now: () => Date, options: CacheFolderOptions): CacheFolder {
  const { path, called, largest, warn } = options;
  const harmless = async <T>(work: () => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await work();
    } catch (thrown) {
      warn(`${path}: ${called} cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
      return otherwise;
    }
  };
  let held: Promise<Holding> | undefined;
  const store = async (name: string, bytes: Uint8Array) => {
    held ??= holdingOf(files, options);
    const holding = await held;
    await files.write(join(path, name), bytes, { mode: 0o600 });
    holding.put({ name, size: sizeOnDisk(bytes.length), used: now().getTime() });
    for (const { name: old } of holding.surplus(options.most)) await files.remove(join(path, old));
  };
  return {
    path,
    read: (name) =>
      harmless(async () => {
        const file = join(path, name);
        const found = await files.stat(file);
        if (found.kind !== 'file' || found.size > largest) return undefined;
        const { target, isOwn, modified } = await files.entry(file);
        if (target !== undefined || !isOwn) return undefined;
        const bytes = await files.read(file);
        if (now().getTime() - modified.getTime() > usedAgain) await harmless(() => store(name, bytes), undefined);
        return bytes;
      }, undefined),
    write: (name, bytes) => harmless(async () => (bytes.length > largest ? undefined : store(name, bytes)), undefined),
  };
}

/** What is known to be in a folder. */
interface Holding {
  put(entry: Known): void;
  /** Takes out what goes, the least recently used first, where all is more than the bound. */
  surplus(most: number): readonly Known[];
}

// Counted once in a run, at the first entry that is written.
async function holdingOf(files: Files, { path, names }: CacheFolderOptions): Promise<Holding> {
  const known = new Map<string, Known>();
  let total = 0;
  const put = (entry: Known) => {
    total += entry.size - (known.get(entry.name)?.size ?? 0);
    known.set(entry.name, entry);
  };
  const isThere = (await files.stat(path)).kind === 'directory';
  for (const { name, kind } of isThere ? await files.list(path) : []) {
    if (kind !== 'file' || !names.test(name.replace(partial, ''))) continue;
    const file = join(path, name);
    try {
      const [{ size }, { modified }] = await Promise.all([files.stat(file), files.entry(file)]);
      put({ name, size: sizeOnDisk(size), used: modified.getTime() });
    } catch (thrown) {
      // Another run may have renamed or removed it since.
      if ((await files.stat(file)).kind !== 'absent') throw thrown;
    }
  }
  return {
    put,
    surplus: (most) => {
      if (total <= most) return [];
      const gone: Known[] = [];
      for (const entry of [...known.values()].sort((a, b) => a.used - b.used)) {
        if (total <= most * shareLeft) break;
        known.delete(entry.name);
        total -= entry.size;
        gone.push(entry);
      }
      return gone;
    },
  };
}

function sizeOnDisk(size: number): number {
  return Math.ceil(size / block) * block;
}
