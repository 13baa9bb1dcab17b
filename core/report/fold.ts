import { gunzipSync, gzipSync } from 'node:zlib';
import { parseOwnJson } from '../json.ts';
import type { ReportedImage } from './report.ts';

/** The lists of an image, which make up nearly all of a report. */
interface Lists {
  readonly findings?: unknown;
  readonly before?: unknown;
  readonly fixed?: unknown;
  readonly introduced?: unknown;
  readonly breaches?: unknown;
}

/** Folds images of many reports, so that they fit into memory together. */
export interface Folder {
  fold(image: ReportedImage): ReportedImage;
  /** Whether anything was folded: the whole is more than one text can hold. */
  hasFolded(): boolean;
}

/** Findings that stay as they are, some 150 MB: nearly all reports have fewer, and nothing of them is folded. */
const mostAtHand = 100_000;
/** The part of them that is unpacked beside those at once. */
const shareOpen = 0.1;

/**
 * A folder of images that together have more findings than fit at hand: the lists of each further one are packed text,
 * of which those that were read last are unpacked. An image that is folded reads as it was.
 */
export function createFolder(most: number = mostAtHand): Folder {
  const open = createOpenLists(most * shareOpen);
  let [met, folded] = [0, false];
  return {
    fold: (image) => {
      const weight = weightOf(image);
      met += weight;
      if (met <= most || weight === 0) return image;
      folded = true;
      const { scan, gate } = image;
      const { findings, before, fixed, introduced } = scan ?? {};
      const packed = pack({ findings, before, fixed, introduced });
      const broken = pack({ breaches: gate?.breaches });
      const read = open.reader(packed, weight);
      // By themselves: they are few, and asked for often.
      const readBroken = open.reader(broken, gate?.breaches.length ?? 0);
      return {
        ...image,
        scan: scan === null ? null : lazily(scan, ['findings', 'before', 'fixed', 'introduced'], read),
        gate: gate === null ? null : lazily(gate, ['breaches'], readBroken),
      };
    },
    hasFolded: () => folded,
  };
}

function pack(lists: Lists): Uint8Array {
  return gzipSync(JSON.stringify(lists), { level: 1 });
}

function lazily<T extends object>(part: T, names: readonly (keyof Lists & keyof T)[], read: () => Lists): T {
  const there = names.filter((name) => part[name] !== undefined);
  return Object.defineProperties({ ...part }, Object.fromEntries(there.map((name) => [name, lazy(name, read)])));
}

// By itself: a function holds all that any function beside it refers to, and here that would be the lists.
function lazy(name: keyof Lists, read: () => Lists): PropertyDescriptor {
  return { enumerable: true, get: () => read()[name] };
}

// What is unpacked, the least recently read first.
function createOpenLists(most: number) {
  const open = new Map<Uint8Array, { readonly lists: Lists; readonly weight: number }>();
  let total = 0;
  const opened = (packed: Uint8Array, weight: number) => {
    const known = open.get(packed);
    if (known !== undefined) {
      open.delete(packed);
      open.set(packed, known);
      return known.lists;
    }
    // This program's own text, validated before it was packed.
    const lists = parseOwnJson(gunzipSync(packed).toString('utf8')) as Lists;
    open.set(packed, { lists, weight });
    total += weight;
    for (const [oldest, entry] of open) {
      if (total <= most || oldest === packed) break;
      open.delete(oldest);
      total -= entry.weight;
    }
    return lists;
  };
  return { reader: (packed: Uint8Array, weight: number) => () => opened(packed, weight) };
}

function weightOf({ scan, gate }: ReportedImage): number {
  const { findings = [], before = [], fixed = [], introduced = [] } = scan ?? {};
  return findings.length + before.length + fixed.length + introduced.length + (gate?.breaches.length ?? 0);
}
