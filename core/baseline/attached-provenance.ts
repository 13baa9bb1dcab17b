import type { Digest } from '../oci/digest.ts';
import type { Registry } from '../registry/registry.ts';
import { readAttached } from './attached-documents.ts';
import { field, materialsIn, type PlatformProvenance, provenanceType } from './provenance.ts';
import type { PublishedImage } from './published.ts';

/** Provenance that stands beside an image as a referrer and speaks of its digest. */
export async function readAttachedProvenance(
  registry: Registry,
  { reference, manifest }: PublishedImage,
): Promise<readonly PlatformProvenance[]> {
  const { digest } = manifest.descriptor;
  const attached = await readAttached(registry, reference, digest);
  return attached
    .map(({ document }) => document)
    .filter((statement) => speaksOf(statement, digest))
    .map((statement) => ({ subject: digest, materials: materialsIn(statement) }));
}

// in-toto Statement: a copied attestation still names what it was made for.
function speaksOf(statement: unknown, digest: Digest): boolean {
  const [subjects, type] = [field(statement, 'subject'), field(statement, 'predicateType')];
  if (typeof type !== 'string' || !type.startsWith(provenanceType) || !Array.isArray(subjects)) return false;
  const [algorithm = '', hex] = digest.split(':');
  return subjects.some((subject) => field(field(subject, 'digest'), algorithm) === hex);
}
