import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { bytesOf } from '../bytes.ts';
import { FailureError } from '../failure.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { unpack } from './decompress.ts';
import { type FileProgram, headBytes, isElf, largestProgram, programIn } from './program.ts';

/** Who may do what with a file, where the reader asked for it. */
export interface Attributes {
  /** Permission bits, those of setuid, setgid and the sticky bit included. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Present where whoever runs it has more capabilities than it was given (capabilities(7)). */
  readonly capable?: true;
  /** Extended attributes, where it has any. */
  readonly xattrs?: Readonly<Record<string, string>>;
}

interface Attributed {
  readonly attributes?: Attributes;
}

export type LayerEntry = Attributed &
  (
    | {
        readonly kind: 'file';
        readonly text?: string;
        /** SHA-256 of the content, where the reader asked for it. */
        readonly hash?: string;
        /** Its content is what the reader looks for. */
        readonly marked?: true;
        readonly size?: number;
        /** Where the reader asked for it and it is one. */
        readonly program?: FileProgram;
      }
    | { readonly kind: 'directory' }
    | { readonly kind: 'symlink'; readonly target: string }
    | { readonly kind: 'hardlink'; readonly target: string }
    | { readonly kind: 'device' }
  );

/** What of a layer is kept beside the names of its files. */
export interface LayerReading {
  readonly attributes: boolean;
  /** Paths of files whose text is kept. */
  readonly texts: ReadonlySet<string>;
  /** Folders of whose files the text is kept too. */
  readonly textsBelow?: readonly string[];
  /** Bytes; a longer file has no text. */
  readonly longestText: number;
  /** Whether the content of every file is hashed. */
  readonly hashes?: true;
  /** What is looked for in the text of every file of no more than so many bytes. */
  readonly marks?: { readonly longest: number; readonly in: (text: string) => boolean };
  /** Names of files whose text is kept wherever they are. */
  readonly textsNamed?: ReadonlySet<string>;
  /** Bytes; a longer file of such a name has no text. */
  readonly longestNamed?: number;
  /** Files that somebody asks for by name. */
  readonly asked?: { readonly paths: ReadonlySet<string>; readonly longest: number };
  /** Whether extended attributes are read with the others. */
  readonly xattrs?: true;
  /** Whether it is said what each file is run with. */
  readonly programs?: true;
}

/** What a layer does to the file system below it (OCI image-spec, layer.md); paths have no leading or trailing slash. */
export interface LayerFiles {
  readonly entries: ReadonlyMap<string, LayerEntry>;
  /** Paths that it deletes. */
  readonly whiteouts: readonly string[];
  /** Folders that it empties. */
  readonly opaque: readonly string[];
  /** Why engines cannot unpack it: the order of its entries. */
  readonly fault?: string;
}

// As tar writes extended attributes (pax).
const fileCapabilities = 'SCHILY.xattr.security.capability';

type TarEntry = AsyncIterable<unknown> & { readonly header: Header; resume(): unknown };

const mostEntries = 1_000_000;
/** Characters of all texts of a layer: databases of the largest images have some ten million. */
const mostText = 128 * 1024 ** 2;
/** Characters of a name, as Linux has it (PATH_MAX). */
const longestName = 4096;

export type ListedLayer =
  | { readonly kind: 'listed'; readonly files: LayerFiles }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Why a layer cannot be read by its type alone; undefined where nothing speaks against it. */
export function unreadableType(layer: Descriptor): ListedLayer | undefined {
  if (!/encrypted|foreign|nondistributable/.test(layer.mediaType)) return undefined;
  return unreadable(layer, `it is ${layer.mediaType}`);
}

/** Lists a layer from its tar headers, streamed: no content is kept but the texts that are asked for. */
export async function readLayerFiles(
  registry: Registry,
  repository: Repository,
  layer: Descriptor,
  reading: LayerReading,
): Promise<ListedLayer> {
  const refused = unreadableType(layer);
  if (refused !== undefined) return refused;
  try {
    const archive = extract();
    const listed = list(archive, reading);
    const unpacked = unpack(registry.blobStream(repository, layer));
    await Promise.all([pipeline(Readable.from(unpacked), archive), listed]);
    return { kind: 'listed', files: await listed };
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    return unreadable(layer, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function list(archive: AsyncIterable<TarEntry>, reading: LayerReading): Promise<LayerFiles> {
  const entries = new Map<string, LayerEntry>();
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  let fault: string | undefined;
  let texts = 0;
  for await (const entry of archive) {
    const path = relativePath(entry.header.name);
    const { dir, base } = posix.parse(path);
    if (base === '.wh..wh..opq') opaque.push(dir);
    // Other names of this kind are AUFS's notes to itself.
    else if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) {
      const deleted = relativePath(`${dir}/${base.slice(4)}`);
      whiteouts.push(deleted);
      if (entries.has(deleted)) fault ??= `it deletes ${deleted}, which it brings before`;
    } else if (path !== '' && !base.startsWith('.wh.')) {
      // What is listed again comes anew: a file takes away what was in a folder of its name.
      entries.delete(path);
      const made = await entryOf(entry, path, reading);
      entries.set(path, made);
      texts += made.kind === 'file' ? (made.text?.length ?? 0) : 0;
      if (texts > mostText) throw new Error(`it has databases and other texts of more than ${mostText} characters`);
    }
    entry.resume();
    if (entries.size + whiteouts.length + opaque.length > mostEntries) {
      throw new Error(`it has more than ${mostEntries} files`);
    }
  }
  return { entries, whiteouts, opaque, ...(fault === undefined ? {} : { fault }) };
}

async function entryOf(entry: TarEntry, path: string, reading: LayerReading): Promise<LayerEntry> {
  if (!reading.attributes) return plainEntry(entry, path, reading);
  const { mode = 0o644, uid = 0, gid = 0, pax } = entry.header;
  const more = typeof pax === 'object' && pax !== null ? pax : {};
  const attributes = {
    ...{ mode: mode & 0o7777, uid, gid },
    ...(fileCapabilities in more ? { capable: true as const } : {}),
    ...(reading.xattrs === true ? extendedAttributes(more) : {}),
  };
  return { ...(await plainEntry(entry, path, reading)), attributes };
}

// As tar writes them (pax).
function extendedAttributes(pax: object): Pick<Attributes, 'xattrs'> {
  const all = Object.entries(pax).map(([key, value]) => [key, String(value)] as const);
  const found = all.filter(([key]) => key.startsWith('SCHILY.xattr.'));
  return found.length === 0 ? {} : { xattrs: Object.fromEntries(found) };
}

async function plainEntry(entry: TarEntry, path: string, reading: LayerReading): Promise<LayerEntry> {
  const { type, linkname } = entry.header;
  switch (type) {
    case 'directory':
      return { kind: 'directory' };
    case 'symlink':
      return { kind: 'symlink', target: linkname };
    case 'link':
      return { kind: 'hardlink', target: relativePath(linkname) };
    case 'character-device':
    case 'block-device':
    case 'fifo':
      return { kind: 'device' };
    default:
      return fileEntry(entry, path, reading);
  }
}

async function fileEntry(entry: TarEntry, path: string, reading: LayerReading): Promise<LayerEntry> {
  const { hashes, programs, marks } = reading;
  const { size = 0 } = entry.header;
  const keepsText = size <= longestOf(path, reading);
  const looks = marks !== undefined && size > 0 && size <= marks.longest;
  if (!keepsText && !looks && hashes !== true && programs !== true) return { kind: 'file' };
  const hash = createHash('sha256');
  const chunks: Uint8Array[] = [];
  let keeps = keepsText || looks || programs === true;
  let [held, isDecided] = [0, keepsText || looks];
  for await (const chunk of entry) {
    const bytes = bytesOf(chunk);
    if (hashes === true) hash.update(bytes);
    if (!keeps) continue;
    chunks.push(bytes);
    held += bytes.length;
    if (isDecided || held < headBytes) continue;
    isDecided = true;
    keeps = size <= largestProgram && isElf(Buffer.concat(chunks));
  }
  const content = Buffer.concat(chunks);
  const text = keepsText || looks ? content.toString('utf8') : '';
  const program = programs === true && size > 0 ? programIn(content) : undefined;
  return {
    kind: 'file',
    ...(keepsText ? { text } : {}),
    ...(looks && marks.in(text) ? { marked: true as const } : {}),
    ...(hashes === true ? { hash: hash.digest('hex'), size } : {}),
    ...(program === undefined ? {} : { program }),
  };
}

// Bytes up to which the text of a file is kept; fewer than none where it is not wanted.
function longestOf(path: string, reading: LayerReading): number {
  const { texts, textsBelow = [], textsNamed, longestText, longestNamed = longestText, asked } = reading;
  const isWanted = texts.has(path) || textsBelow.some((folder) => path.startsWith(`${folder}/`));
  return Math.max(
    isWanted ? longestText : -1,
    textsNamed?.has(posix.basename(path)) === true ? longestNamed : -1,
    asked?.paths.has(path) === true ? asked.longest : -1,
  );
}

function relativePath(name: string): string {
  if (name.length > longestName) throw new Error(`it has a name of more than ${longestName} characters`);
  const path = posix.normalize(`/${name}`).replace(/\/+$/, '').slice(1);
  if (name.split('/').includes('..')) throw new Error(`it names ${JSON.stringify(name.slice(0, 200))}`);
  return path;
}

function unreadable({ digest }: Descriptor, reason: string): ListedLayer {
  return { kind: 'unreadable', why: `layer ${digest} cannot be read (${reason})` };
}
