import { chosenFor } from '../baseline/published.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import type { ImageConfig } from '../oci/manifest.ts';
import { normalisePlatform } from '../oci/platform.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Pin } from '../rebuild/engine.ts';
import { partsFor } from '../rebuild/rebase/parts.ts';
import type { Registry } from '../registry/registry.ts';
import type { PlatformBases } from './assessed.ts';
import type { ImageForm } from './form.ts';

/** The configurations of the old base and the new one for each platform; what the registry no longer has is not known. */
export async function readBases(
  registry: Registry,
  pins: readonly Pin[],
  candidate: ImageForm,
): Promise<ReadonlyMap<string, PlatformBases>> {
  const pin = pins.find(({ base }) => base.runtime && base.reachable);
  if (pin === undefined) return new Map();
  const entries = await Promise.all(
    candidate.platforms.map(async ({ platform, config }) => {
      const read = (place: Reference, digest: Digest) => configAt(registry, place, digest, pin.base.platform ?? config);
      const before = pin.from === undefined ? undefined : await read(pin.base.reference, pin.from);
      const after = await read(pin.source, pin.digest);
      return [
        platform,
        { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
      ] as const;
    }),
  );
  return new Map(entries);
}

async function configAt(
  registry: Registry,
  { tag: _, ...place }: Reference,
  digest: Digest,
  platform: { readonly os: string; readonly architecture: string; readonly variant?: string },
): Promise<ImageConfig | undefined> {
  const reference = withDigest(place, digest);
  const read = await attempt(digest, async () => {
    const image = { reference, manifest: await registry.manifest(reference) };
    // A base of one platform is all there is, whatever it says of itself.
    if (image.manifest.document.kind === 'manifest') return registry.config(reference, image.manifest);
    const wanted = normalisePlatform(platform);
    return (await chosenFor(registry, image, wanted)) === undefined
      ? undefined
      : (await partsFor(registry, image, wanted))?.config;
  });
  if (read.kind === 'done') return read.value;
  if (isAbsent(read.failure)) return undefined;
  throw new FailureError(read.failure);
}
