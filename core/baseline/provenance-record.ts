import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Digest } from '../oci/digest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import type { Registry } from '../registry/registry.ts';
import { vouched } from './attested.ts';
import { sameName } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import type { Material } from './provenance.ts';
import { type PublishedImage, platformDescriptors, platformOfEntry, platformsOf } from './published.ts';
import type { Rung } from './rung.ts';

/** The base in SLSA provenance, where that of every platform names it (the digest is that of the index that was resolved). */
export const fromProvenance: Rung = async ({ registry, attested }, image, base) => {
  const { voucher, provenances } = await attested(image);
  if (provenances.length === 0) return undefined;
  const whole = image.manifest.descriptor.digest;
  const entries = (await shipped(registry, image)).map(({ platform, digest }) => {
    const speaking = provenances.filter(({ subject }) => subject === digest || subject === whole);
    const on = base.platform ?? platform;
    return {
      platform: on,
      digest: consumed(
        speaking.flatMap(({ materials }) => materials),
        base,
        on,
      ),
    };
  });
  return recordOfPlatforms(entries, { evidence: 'buildkit-provenance', ...vouched(voucher) });
};

async function shipped(
  registry: Registry,
  image: PublishedImage,
): Promise<readonly { readonly platform: Platform; readonly digest: Digest }[]> {
  const { document, descriptor } = image.manifest;
  if (document.kind === 'index') {
    return platformDescriptors(image.manifest).map((entry) => ({
      platform: platformOfEntry(image, entry),
      digest: entry.digest,
    }));
  }
  return (await platformsOf(registry, image)).map((platform) => ({ platform, digest: descriptor.digest }));
}

// Two digests of one name and platform do not say which of them is below.
function consumed(materials: readonly Material[], base: BaseImage, on: Platform): Digest | undefined {
  const named = materials.filter((material) => sameName(material.reference, base.reference));
  return only(named) ?? only(named.filter(({ platform }) => platform !== undefined && samePlatform(platform, on)));
}

function only(materials: readonly Material[]): Digest | undefined {
  return new Set(materials.map(({ digest }) => digest)).size === 1 ? materials[0]?.digest : undefined;
}
