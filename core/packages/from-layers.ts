import { fail } from '../failure.ts';
import { layered } from '../layers/filesystem.ts';
import { listLayer } from '../layers/list-layer.ts';
import type { Manifest } from '../oci/manifest.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { installedIn } from './databases.ts';
import { fingerprints } from './files.ts';
import { byName, type PackageInventory } from './inventory.ts';

/** What all layers of one image may come to: reading them takes as long as pulling it. */
const mostBytes = 2 * 1024 ** 3;

/** The packages in the databases of an image, and its other files; throws where they cannot be read. */
export async function fromLayers(registry: Registry, base: Reference, { layers }: Manifest): Promise<PackageInventory> {
  const bytes = layers.reduce((sum, { size }) => sum + size, 0);
  if (bytes > mostBytes) throw fail('too-large', familiar(base), `has ${bytes} bytes of layers to read packages from`);
  const listed = await Promise.all(layers.map((layer) => listLayer(registry, base, layer)));
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
