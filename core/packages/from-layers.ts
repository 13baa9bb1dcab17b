import { fail } from '../failure.ts';
import { layered } from '../layers/filesystem.ts';
import { type LayerReading, type ListedLayer, readLayerFiles } from '../layers/layer-files.ts';
import type { Digest } from '../oci/digest.ts';
import type { Descriptor, Manifest } from '../oci/manifest.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { databaseFiles, databaseFolders, installedIn } from './databases.ts';
import { datedFiles, fingerprints } from './files.ts';
import { byName, type PackageInventory } from './inventory.ts';

/** What all layers of one image may come to: reading them takes as long as pulling it. */
const mostBytes = 2 * 1024 ** 3;

const reading: LayerReading = {
  attributes: true,
  hashes: true,
  texts: new Set([...databaseFiles, ...datedFiles]),
  textsBelow: databaseFolders,
  longestText: 64 * 1024 ** 2,
};

/** Reads each layer once, whichever images have it. */
export type ReadLayerOnce = (layer: Descriptor) => Promise<ListedLayer>;

/** A reader of the layers of one repository. */
export function layerReader(registry: Registry, base: Reference): ReadLayerOnce {
  const known = new Map<Digest, Promise<ListedLayer>>();
  return (layer) => {
    const listed = known.get(layer.digest) ?? readLayerFiles(registry, base, layer, reading);
    known.set(layer.digest, listed);
    return listed;
  };
}

/** The packages in the databases of an image, and its other files; throws where they cannot be read. */
export async function fromLayers(
  read: ReadLayerOnce,
  base: Reference,
  { layers }: Manifest,
): Promise<PackageInventory> {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  if (bytes > mostBytes) throw fail('too-large', familiar(base), `has ${bytes} bytes of layers to read packages from`);
  const listed = await Promise.all(layers.map(read));
  const files = layered(
    listed.map((layer) => {
      if (layer.kind === 'listed') return layer.files;
      throw fail('malformed', familiar(base), layer.why);
    }),
  );
  if (files.fault !== undefined) throw fail('malformed', familiar(base), `no engine can unpack it: ${files.fault}`);
  const installed = installedIn(files);
  if (installed.kind === 'unread') throw fail('malformed', familiar(base), installed.why);
  return { by: 'its package database', packages: byName(installed.packages), files: fingerprints(files) };
}
