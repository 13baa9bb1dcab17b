import type { BuildOrder } from '../rebuild/engine.ts';
import type { Registry } from '../registry/registry.ts';
import { type Compression, compressionOf, ownLayers } from './compression.ts';
import { readForm } from './form.ts';
import { readBases } from './read-bases.ts';

type Wanted = NonNullable<BuildOrder['compression']>;

// What every builder does by itself is not asked for.
const names: Readonly<Record<Compression, Wanted['type'] | undefined>> = {
  zstd: 'zstd',
  eStargz: 'estargz',
  uncompressed: 'uncompressed',
  gzip: undefined,
  'zstd:chunked': undefined,
  unknown: undefined,
};

/** How a builder is to compress what it builds, so that it is as the published image; undefined where that goes without saying. */
export async function wantedCompression(registry: Registry, order: BuildOrder): Promise<Wanted | undefined> {
  if (order.published === undefined) return undefined;
  const form = await readForm(registry, order.published, false);
  const [first] = form.platforms;
  if (first === undefined) return undefined;
  const bases = await readBases(registry, order.pins, form);
  const top = ownLayers(first, bases.get(first.platform)?.before?.diffIds).at(-1);
  if (top === undefined) return undefined;
  const compression = compressionOf(top);
  const type = names[compression];
  if (type === undefined) return undefined;
  const everyLayer = first.layers.every((layer) => compressionOf(layer) === compression);
  return { type, everyLayer };
}
