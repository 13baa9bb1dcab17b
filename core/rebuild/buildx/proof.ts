import { readProvenance } from '../../baseline/provenance.ts';
import { platformDescriptors } from '../../baseline/published.ts';
import { fail } from '../../failure.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Descriptor, StoredManifest } from '../../oci/manifest.ts';
import { formatPlatform } from '../../oci/platform.ts';
import { familiar, formatReference, type Reference, withDigest } from '../../oci/reference.ts';
import type { Registry } from '../../registry/registry.ts';
import type { BuildOrder } from '../engine.ts';

/** Throws unless BuildKit's provenance of every platform names images of the pinned digests only, and all of these. */
export async function provePins(
  registry: Registry,
  order: BuildOrder,
  built: { readonly reference: Reference; readonly manifest: StoredManifest },
): Promise<void> {
  const subject = order.build.name;
  const provenances = await readProvenance(registry, built);
  const images = platformDescriptors(built.manifest);
  if (images.length === 0) throw refuted(subject, 'BuildKit wrote no index with provenance');
  const used = new Set<Digest>();
  const pinned = new Set(order.pins.map(({ digest }) => digest));
  for (const image of images) {
    const provenance = provenances.find((candidate) => candidate.subject === image.digest);
    if (provenance === undefined) throw refuted(subject, `${nameOf(image)} has no provenance`);
    for (const { reference, digest } of provenance.materials) {
      if (!pinned.has(digest)) {
        throw refuted(
          subject,
          `it was built on ${formatReference(withDigest(reference, digest))}, which is not pinned`,
        );
      }
      used.add(digest);
    }
  }
  const missing = order.pins.find(({ base, digest }) => base.reachable && base.via !== 'syntax' && !used.has(digest));
  if (missing === undefined) return;
  throw refuted(subject, `${familiar(missing.base.reference)} at ${missing.digest} was not used`);
}

function nameOf({ platform, digest }: Descriptor): string {
  return platform === undefined ? digest : formatPlatform(platform);
}

function refuted(subject: string, fact: string) {
  return fail(
    'build-failed',
    subject,
    `provenance does not prove the pinned bases: ${fact}`,
    'nothing was promoted; name every image that the build uses in its Dockerfile',
  );
}
