import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header } from 'tar-stream';
import { FailureError, fail } from '../../failure.ts';
import type { Descriptor } from '../../oci/manifest.ts';
import type { Repository } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
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

/** Lists a layer from its tar headers, streamed: no content is kept. Throws `unsafe-rebase` where it cannot be read. */
export async function readLayerFiles(
  registry: Registry,
  repository: Repository,
  layer: Descriptor,
): Promise<LayerFiles> {
  const subject = `${repository.registry}/${repository.repository}`;
  if (/encrypted|foreign|nondistributable/.test(layer.mediaType)) {
    throw unreadable(subject, layer, `it is ${layer.mediaType}`);
  }
  try {
    const { first, all } = await peek(registry.blobStream(repository, layer));
    const archive = extract();
    const listed = list(archive);
    await Promise.all([pipeline(Readable.from(all), decoderFor(first), archive), listed]);
    return await listed;
  } catch (thrown) {
    if (thrown instanceof FailureError) throw thrown;
    throw unreadable(subject, layer, thrown instanceof Error ? thrown.message : String(thrown));
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
    else if (base.startsWith('.wh.') && !base.startsWith('.wh..wh.')) whiteouts.push(posix.join(dir, base.slice(4)));
    else if (path !== '') entries.set(path, await entryOf(entry, path));
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

function unreadable(subject: string, { digest }: Descriptor, reason: string): FailureError {
  return fail('unsafe-rebase', subject, `layer ${digest} cannot be read (${reason})`);
}
