import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { FailureError } from '../failure.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { decoderFor, peek } from './decompress.ts';

export type Entry =
  | { readonly kind: 'file'; readonly text?: string }
  | { readonly kind: 'directory' }
  | { readonly kind: 'symlink'; readonly target: string }
  | { readonly kind: 'hardlink'; readonly target: string }
  | { readonly kind: 'device' };

/** What a layer does to the file system below it (OCI image-spec, layer.md); paths have no leading or trailing slash. */
export interface LayerFiles {
  readonly entries: ReadonlyMap<string, Entry>;
  /** Paths that it deletes. */
  readonly whiteouts: readonly string[];
  /** Folders that it empties. */
  readonly opaque: readonly string[];
}

type TarEntry = AsyncIterable<unknown> & { readonly header: Header; resume(): unknown };

/** Files whose text decisions need; everything else is only listed. */
const readTexts: ReadonlySet<string> = new Set(['etc/os-release', 'usr/lib/os-release']);
const longestText = 64 * 1024;
const mostEntries = 5_000_000;

export type ListedLayer =
  | { readonly kind: 'listed'; readonly files: LayerFiles }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Lists a layer from its tar headers, streamed: no content is kept. */
export async function readLayerFiles(
  registry: Registry,
  repository: Repository,
  layer: Descriptor,
): Promise<ListedLayer> {
  if (/encrypted|foreign|nondistributable/.test(layer.mediaType)) return unreadable(layer, `it is ${layer.mediaType}`);
  try {
    const { first, all } = await peek(registry.blobStream(repository, layer));
    const archive = extract();
    const listed = list(archive);
    await Promise.all([pipeline(Readable.from(all), decoderFor(first), archive), listed]);
    return { kind: 'listed', files: await listed };
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    return unreadable(layer, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

async function list(archive: AsyncIterable<TarEntry>): Promise<LayerFiles> {
  const entries = new Map<string, Entry>();
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  for await (const entry of archive) {
    const path = relativePath(entry.header.name);
    const { dir, base } = posix.parse(path);
    if (base === '.wh..wh..opq') opaque.push(dir);
    // Other names of this kind are AUFS's notes to itself.
    else if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.'))
      whiteouts.push(relativePath(`${dir}/${base.slice(4)}`));
    else if (path !== '' && !base.startsWith('.wh.')) entries.set(path, await entryOf(entry, path));
    entry.resume();
    if (entries.size > mostEntries) throw new Error(`it has more than ${mostEntries} files`);
  }
  return { entries, whiteouts, opaque };
}

async function entryOf(entry: TarEntry, path: string): Promise<Entry> {
  const { type, linkname, size } = entry.header;
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
      return readTexts.has(path) && size <= longestText
        ? { kind: 'file', text: await textOf(entry) }
        : { kind: 'file' };
  }
}

async function textOf(entry: TarEntry): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of entry) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}

function relativePath(name: string): string {
  const path = posix.normalize(`/${name}`).replace(/\/+$/, '').slice(1);
  if (name.split('/').includes('..')) throw new Error(`it names ${JSON.stringify(name.slice(0, 200))}`);
  return path;
}

function unreadable({ digest }: Descriptor, reason: string): ListedLayer {
  return { kind: 'unreadable', why: `layer ${digest} cannot be read (${reason})` };
}
