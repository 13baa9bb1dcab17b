import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { CacheFolder } from '../cache-folder.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { KnownContent } from '../registry/known-content.ts';
import type { Registry } from '../registry/registry.ts';
import { type LayerFiles, type ListedLayer, readLayerFiles, unreadableType } from './layer-files.ts';
import { decodeListing, encodeListing, listingVersion } from './listing.ts';
import { everything, lacksText, longestAsked } from './reading.ts';

/** Characters of names and texts that count as much as a file. */
const charactersOfFile = 300;

const listing = {
  name: 'listing',
  sizeOf: (layer: ListedLayer) =>
    layer.kind === 'listed' ? layer.files.entries.size + Math.floor(charactersIn(layer.files) / charactersOfFile) : 1,
};

/**
 * What a layer holds, read once for all that ask, and never where an earlier run kept it. `asked` are files whose text
 * is needed beside those that everybody needs.
 */
export async function listLayer(
  registry: Registry,
  repository: Repository,
  layer: Descriptor,
  asked: readonly string[] = [],
): Promise<ListedLayer> {
  const refused = unreadableType(layer);
  if (refused !== undefined) return refused;
  const { known } = registry;
  const read = (paths: readonly string[]) => readAndKeep(registry, repository, layer, paths);
  if (known === undefined) return read(asked);
  const found = await known.once(listing, layer.digest, async () => {
    const stored = await storedListing(known.folder, layer);
    return stored === undefined ? read(asked) : ({ kind: 'listed', files: stored } as const);
  });
  if (found.kind === 'unreadable') return found;
  const { entries } = found.files;
  if (!asked.some((path) => lacksText(entries.get(path)))) return found;
  // Texts that others have asked for stay.
  const texts = [...entries].flatMap(([path, entry]) =>
    entry.kind === 'file' && entry.text !== undefined ? path : [],
  );
  const again = read([...asked, ...texts]);
  known.replace(listing, layer.digest, again);
  return again;
}

async function readAndKeep(
  registry: Registry,
  repository: Repository,
  layer: Descriptor,
  asked: readonly string[],
): Promise<ListedLayer> {
  const reading = { ...everything, asked: { paths: new Set(asked), longest: longestAsked } };
  const listed = await readLayerFiles(registry, repository, layer, reading);
  if (listed.kind === 'listed') await keep(registry.known, layer, listed.files);
  return listed;
}

/** Characters of names and texts in a listing, each of which may be written as six: a larger layer is read again each time. */
const longestListing = 64 * 1024 ** 2;
const pack = promisify(gzip);
const unpack = promisify(gunzip);

async function keep(known: KnownContent | undefined, layer: Descriptor, files: LayerFiles): Promise<void> {
  const folder = known?.folder;
  if (folder === undefined || charactersIn(files) > longestListing) return;
  const text = encodeListing(files);
  if (text === undefined) return;
  const body = await pack(text, { level: 4 });
  await folder.write(nameOf(layer), Buffer.concat([Buffer.from(`${headOf(layer, body)}\n`), body]));
}

function charactersIn({ entries }: LayerFiles): number {
  let count = 0;
  for (const [path, entry] of entries) {
    count += path.length;
    if (entry.kind === 'file') count += entry.text?.length ?? 0;
    if (entry.kind === 'symlink' || entry.kind === 'hardlink') count += entry.target.length;
  }
  return count;
}

// What is damaged, of another layer or of another version is absent: the layer is read then.
async function storedListing(folder: CacheFolder | undefined, layer: Descriptor): Promise<LayerFiles | undefined> {
  const bytes = await folder?.read(nameOf(layer));
  if (bytes === undefined) return undefined;
  const end = bytes.indexOf(0x0a);
  const body = bytes.subarray(end + 1);
  if (Buffer.from(bytes.subarray(0, Math.max(end, 0))).toString('latin1') !== headOf(layer, body)) return undefined;
  try {
    return decodeListing((await unpack(body, { maxOutputLength: longestListing * 8 })).toString('utf8'));
  } catch {
    return undefined;
  }
}

function headOf({ digest }: Descriptor, body: Uint8Array): string {
  return `listing ${listingVersion} of ${digest} ${createHash('sha256').update(body).digest('hex')}`;
}

function nameOf({ digest }: Descriptor): string {
  return `${digest.replace(':', '-')}.listing`;
}
