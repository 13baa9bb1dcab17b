import { parseJson } from '../json.ts';
import type { Attributes, LayerEntry, LayerFiles } from './layer-files.ts';
import type { FileProgram } from './program.ts';

/** Raised whenever listings are read or written in another way: those of other versions are absent. */
export const listingVersion = 1;

type FileEntry = Extract<LayerEntry, { readonly kind: 'file' }>;
type Kind = LayerEntry['kind'];

const letters: Readonly<Record<Kind, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 's',
  hardlink: 'h',
  device: 'v',
};

/** A layer's files in columns: entries share their attributes, hashes stand in one text. */
interface Columns {
  readonly paths: readonly string[];
  /** A letter an entry. */
  readonly kinds: string;
  readonly attributes: readonly Attributes[];
  /** Place in `attributes` for each entry. */
  readonly owned: readonly number[];
  readonly sizes: readonly number[];
  /** SHA-256 of each file, one after the other, in Base64. */
  readonly hashes: string;
  /** Of links, in their order. */
  readonly targets: readonly string[];
  /** By place of the entry. */
  readonly texts: readonly (readonly [number, string])[];
  readonly programs: readonly (readonly [number, FileProgram])[];
  readonly marked: readonly number[];
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
  readonly fault?: string;
}

/** A listing as a text of its own; undefined where something of it was not read. */
export function encodeListing({ entries, whiteouts, opaque, fault }: LayerFiles): string | undefined {
  const all = [...entries];
  const files = all.map(([, entry], at) => ({ entry, at })).filter(isFile);
  if (files.some(({ entry }) => entry.hash === undefined || entry.size === undefined)) return undefined;
  const shared = new Map<string, { readonly place: number; readonly attributes: Attributes }>();
  const owned = all.flatMap(([, { attributes }]) => {
    if (attributes === undefined) return [];
    const key = JSON.stringify(attributes);
    const known = shared.get(key) ?? { place: shared.size, attributes };
    shared.set(key, known);
    return [known.place];
  });
  if (owned.length < all.length) return undefined;
  const columns: Columns = {
    paths: all.map(([path]) => path),
    kinds: all.map(([, { kind }]) => letters[kind]).join(''),
    attributes: [...shared.values()].map(({ attributes }) => attributes),
    owned,
    sizes: files.map(({ entry }) => entry.size ?? 0),
    hashes: Buffer.from(files.map(({ entry }) => entry.hash ?? '').join(''), 'hex').toString('base64'),
    targets: all.flatMap(([, entry]) => (entry.kind === 'symlink' || entry.kind === 'hardlink' ? [entry.target] : [])),
    texts: files.flatMap(({ entry, at }) => (entry.text === undefined ? [] : [[at, entry.text] as const])),
    programs: files.flatMap(({ entry, at }) => (entry.program === undefined ? [] : [[at, entry.program] as const])),
    marked: files.flatMap(({ entry, at }) => (entry.marked === true ? [at] : [])),
    whiteouts,
    opaque,
    ...(fault === undefined ? {} : { fault }),
  };
  return JSON.stringify(columns);
}

function isFile(one: { readonly entry: LayerEntry; readonly at: number }): one is { entry: FileEntry; at: number } {
  return one.entry.kind === 'file';
}

const hashLength = 64;

/** Reads what `encodeListing` wrote; throws where it is something else. */
export function decodeListing(text: string): LayerFiles {
  // The file is this program's own, by its checksum.
  const columns = parseJson(text) as Columns;
  const { paths, kinds, attributes, owned, sizes, targets, whiteouts, opaque, fault } = columns;
  const hashes = Buffer.from(columns.hashes, 'base64').toString('hex');
  const texts = new Map(columns.texts);
  const programs = new Map(columns.programs);
  const marked = new Set(columns.marked);
  if (kinds.length !== paths.length || owned.length !== paths.length) throw new Error('its columns differ in length');
  if (hashes.length !== sizes.length * hashLength) throw new Error('its hashes are not those of its files');
  let [files, links] = [0, 0];
  const entryAt = (at: number): LayerEntry => {
    const shared = { attributes: needed(attributes[owned[at] ?? -1]) };
    switch (kinds[at]) {
      case 'f': {
        const [text, program] = [texts.get(at), programs.get(at)];
        const hash = hashes.slice(files * hashLength, (files + 1) * hashLength);
        const size = needed(sizes[files++]);
        return {
          ...{ kind: 'file', ...shared, hash, size },
          ...(text === undefined ? {} : { text }),
          ...(marked.has(at) ? { marked: true as const } : {}),
          ...(program === undefined ? {} : { program }),
        };
      }
      case 's':
        return { kind: 'symlink', ...shared, target: needed(targets[links++]) };
      case 'h':
        return { kind: 'hardlink', ...shared, target: needed(targets[links++]) };
      case 'd':
        return { kind: 'directory', ...shared };
      case 'v':
        return { kind: 'device', ...shared };
      default:
        throw new Error('it has an entry of no known kind');
    }
  };
  const entries = new Map(paths.map((path, at) => [path, entryAt(at)]));
  return { entries, whiteouts, opaque, ...(fault === undefined ? {} : { fault }) };
}

function needed<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('it ends too early');
  return value;
}
