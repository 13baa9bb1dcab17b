import type { Digest } from '../oci/digest.ts';
import type { Rung } from './baseline.ts';
import { sameName } from './names-base.ts';
import { readProvenance } from './provenance.ts';
import { platformDescriptors } from './published.ts';

/** The base in BuildKit's SLSA provenance, where that of every platform names the same one digest (the index that was resolved). */
export const fromProvenance: Rung = async ({ registry }, image, base) => {
  const provenances = await readProvenance(registry, image);
  const digests = new Set<Digest | undefined>();
  for (const entry of platformDescriptors(image.manifest)) {
    const materials = provenances.find(({ subject }) => subject === entry.digest)?.materials ?? [];
    const named = materials.filter((material) => sameName(material.reference, base.reference));
    if (named.length === 0) digests.add(undefined);
    for (const material of named) digests.add(material.digest);
  }
  const [digest] = digests;
  if (digests.size !== 1 || digest === undefined) return undefined;
  return { digest, evidence: 'buildkit-provenance', confidence: 'high' };
};
