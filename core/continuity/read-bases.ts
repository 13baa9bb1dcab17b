import { chosenFor, type PublishedImage } from '../baseline/published.ts';
import { attempt, FailureError, isAbsent } from '../failure.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import { annotationKeys, type ImageConfig } from '../oci/manifest.ts';
import { normalisePlatform } from '../oci/platform.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Pin } from '../rebuild/engine.ts';
import { partsFor } from '../rebuild/rebase/parts.ts';
import type { Registry } from '../registry/registry.ts';
import type { PlatformBases } from './assessed.ts';
import { beginsWithLayers } from './compression.ts';
import type { ImageForm } from './form.ts';

/** The image whose old base is sought: it may stand on any base that is named, and does on the one that its layers begin with. */
export interface ImageOnBase {
  readonly published: PublishedImage;
  readonly form: ImageForm;
}

/** The configurations of the old base and the new one for each platform; what the registry no longer has is not known. */
export async function readBases(
  registry: Registry,
  pins: readonly Pin[],
  candidate: ImageForm,
  standing?: ImageOnBase,
): Promise<ReadonlyMap<string, PlatformBases>> {
  const pin = pins.find(({ base }) => base.runtime && base.reachable);
  if (pin === undefined) return new Map();
  const entries = await Promise.all(
    candidate.platforms.map(async ({ platform, config }) => {
      const read = (place: Reference, digest: Digest) => configAt(registry, place, digest, pin.base.platform ?? config);
      const recorded = pin.from === undefined ? undefined : await read(pin.base.reference, pin.from);
      const before =
        standing === undefined
          ? recorded
          : await proved(standing, platform, namedIn(standing, pin), (digest) => read(pin.base.reference, digest));
      const after = await read(pin.source, pin.digest);
      return [
        platform,
        { ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) },
      ] as const;
    }),
  );
  return new Map(entries);
}

function namedIn({ published, form }: ImageOnBase, { from, digest }: Pin): readonly Digest[] {
  const texts = [published.manifest.document, ...form.platforms].map(({ annotations }) => annotations);
  const named = texts.flatMap((annotations) => asDigest(annotations[annotationKeys.baseDigest] ?? '') ?? []);
  return [...new Set([...(from === undefined ? [] : [from]), digest, ...named])];
}

async function proved(
  { form }: ImageOnBase,
  platform: string,
  digests: readonly Digest[],
  read: (digest: Digest) => Promise<ImageConfig | undefined>,
): Promise<ImageConfig | undefined> {
  const diffIds = form.platforms.find((one) => one.platform === platform)?.diffIds ?? [];
  for (const digest of digests) {
    const config = await read(digest);
    const isBelow = config !== undefined && config.diffIds.length > 0 && beginsWithLayers(diffIds, config.diffIds);
    if (isBelow) return config;
  }
  return undefined;
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
