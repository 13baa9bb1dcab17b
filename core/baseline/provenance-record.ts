import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Digest } from '../oci/digest.ts';
import { type Platform, samePlatform } from '../oci/platform.ts';
import { vouched } from './attested.ts';
import { sameName } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import type { Material } from './provenance.ts';
import { imageEntries } from './published.ts';
import type { Rung } from './rung.ts';

/** The base in SLSA provenance, where that of every platform names it (the digest is that of the index that was resolved). */
export const fromProvenance: Rung = async ({ registry, attested }, image, base) => {
  const { voucher, provenances } = await attested(image);
  if (provenances.length === 0) return undefined;
  const whole = image.manifest.descriptor.digest;
  const entries = (await imageEntries(registry, image)).map(({ platform, descriptor }) => {
    const speaking = provenances.filter(({ subject }) => subject === descriptor.digest || subject === whole);
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
  return recordOfPlatforms(entries, vouched(voucher));
};

// Two digests of one name and platform do not say which of them is below.
function consumed(materials: readonly Material[], base: BaseImage, on: Platform): Digest | undefined {
  const named = materials.filter((material) => sameName(material.reference, base.reference));
  return only(named) ?? only(named.filter(({ platform }) => platform !== undefined && samePlatform(platform, on)));
}

function only(materials: readonly Material[]): Digest | undefined {
  return new Set(materials.map(({ digest }) => digest)).size === 1 ? materials[0]?.digest : undefined;
}
