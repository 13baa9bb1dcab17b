import type { CacheFolder } from '../cache-folder.ts';

/** What was found out about content that is named by its digest: in this run, and by runs before it. */
export interface KnownContent {
  /** What was found out of a digest; found out once for all who ask, as long as it is among the last that were used. */
  once<T>(kind: FactKind<T>, digest: string, find: () => Promise<T>): Promise<T>;
  /** Puts what is known of a digest in another's place. */
  replace<T>(kind: FactKind<T>, digest: string, found: Promise<T>): void;
  /** Where runs keep it for later ones; absent where they do not. */
  readonly folder?: CacheFolder;
}

/** A kind of thing that is found out, which alone knows its type. */
export interface FactKind<T> {
  readonly name: string;
  /** How much of the memory it takes. */
  readonly sizeOf: (found: T) => number;
}

/** Sizes of all that is in memory: files of layers, some 300 bytes each. */
const mostInMemory = 400_000;

interface Held {
  readonly found: Promise<unknown>;
  size: number;
}

/** A memory of the last things that were found out, over a folder of what other runs found. */
export function createKnownContent(folder: CacheFolder | undefined, most: number = mostInMemory): KnownContent {
  const held = new Map<string, Held>();
  let total = 0;
  const drop = (key: string) => {
    total -= held.get(key)?.size ?? 0;
    held.delete(key);
  };
  const put = <T>({ sizeOf }: FactKind<T>, key: string, found: Promise<T>): void => {
    drop(key);
    const entry: Held = { found, size: 0 };
    held.set(key, entry);
    const settle = async () => {
      const size = sizeOf(await found);
      if (held.get(key) !== entry) return;
      entry.size = size;
      total += size;
      for (const oldest of held.keys()) {
        if (total <= most || oldest === key) break;
        drop(oldest);
      }
    };
    // What may fare better later is not remembered as failed; who asked is given the failure.
    settle().catch(() => {
      if (held.get(key) === entry) drop(key);
    });
  };
  return {
    once: <T>(kind: FactKind<T>, digest: string, find: () => Promise<T>) => {
      const key = keyOf(kind, digest);
      const known = held.get(key);
      if (known === undefined) {
        const found = find();
        put(kind, key, found);
        return found;
      }
      // Those that were used last stand last.
      held.delete(key);
      held.set(key, known);
      // A kind of one name has one type.
      return known.found as Promise<T>;
    },
    replace: (kind, digest, found) => put(kind, keyOf(kind, digest), found),
    ...(folder === undefined ? {} : { folder }),
  };
}

function keyOf({ name }: { readonly name: string }, digest: string): string {
  return `${name} ${digest}`;
}
