import { fail } from '../failure.ts';
import type { Descriptor } from '../oci/manifest.ts';
import { familiar, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { BuildOrder } from './engine.ts';
import { allParts, type PlatformParts } from './rebase/parts.ts';

/** A built image whose lowest layers are shown to be those of its pinned base. */
export interface ProvenImage {
  readonly image: PlatformParts;
  /** Absent where the image stands on nothing. */
  readonly base?: PlatformParts;
  /** The image's layers, those of its base as the base itself has them. */
  readonly layers: readonly Descriptor[];
}

/** Throws unless the image's layers begin with those of its pinned runtime base, by the digests of their contents. */
export async function proveLayers(registry: Registry, order: BuildOrder, image: PlatformParts): Promise<ProvenImage> {
  const { layers } = image.manifest;
  const runtime = order.pins.find(({ base }) => base.runtime);
  if (runtime === undefined) return { image, layers };
  const reference = withDigest(runtime.source, runtime.digest);
  const candidates = await allParts(registry, { reference, manifest: await registry.manifest(reference) });
  const base = candidates.find(({ config }) => config.diffIds.every((id, at) => image.config.diffIds[at] === id));
  if (base === undefined) {
    const name = familiar(runtime.base.reference);
    throw fail(
      'build-failed',
      order.build.name,
      `its layers do not begin with those of ${name} at ${runtime.digest}, which it was to be built on`,
      'nothing was promoted',
    );
  }
  return { image, base, layers: [...base.manifest.layers, ...layers.slice(base.manifest.layers.length)] };
}
