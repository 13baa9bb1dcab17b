import type { Digest } from '../oci/digest.ts';
import type { Rung } from './baseline.ts';
import { sameName } from './names-base.ts';
import { recordOfPlatforms } from './per-platform.ts';
import { readProvenance } from './provenance.ts';
import { platformDescriptors, platformOfEntry } from './published.ts';

/** The base in BuildKit's SLSA provenance, where that of every platform names it (the digest is that of the index that was resolved). */
export const fromProvenance: Rung = async ({ registry }, image, base) => {
  const provenances = await readProvenance(registry, image);
  const entries = platformDescriptors(image.manifest).map((entry) => {
    const materials = provenances.find(({ subject }) => subject === entry.digest)?.materials ?? [];
    const named = materials.filter((material) => sameName(material.reference, base.reference));
    return {
      platform: base.platform ?? platformOfEntry(image, entry),
      digest: only(named.map(({ digest }) => digest)),
    };
  });
  return recordOfPlatforms(entries, { evidence: 'buildkit-provenance', confidence: 'high' });
};

// Two digests of one name in one build do not say which of them is below.
function only(digests: readonly Digest[]): Digest | undefined {
  return new Set(digests).size === 1 ? digests[0] : undefined;
}
