import type { Digest } from '../oci/digest.ts';
import type { Registry } from '../registry/registry.ts';
import { readAttached } from './attached-documents.ts';
import { field, materialsIn, type PlatformProvenance, provenanceType, readProvenance } from './provenance.ts';
import type { PublishedImage } from './published.ts';

/** What is attested of an image. */
export interface Attested {
  /** Of its platforms, or of the whole. */
  readonly provenances: readonly PlatformProvenance[];
  /** Statements of every kind beside it; none where its provenance is in the index, for they are not read then. */
  readonly statements: readonly unknown[];
}

/** Reads what is attested of an image. */
export type ReadAttested = (image: PublishedImage) => Promise<Attested>;

/** A reader that reads each image once, however many bases are looked for in it. */
export function attestedReader(registry: Registry): ReadAttested {
  const known = new Map<Digest, Promise<Attested>>();
  return (image) => {
    const { digest } = image.manifest.descriptor;
    const read = known.get(digest) ?? readAttested(registry, image);
    known.set(digest, read);
    return read;
  };
}

async function readAttested(registry: Registry, image: PublishedImage): Promise<Attested> {
  const inline = await readProvenance(registry, image);
  if (inline.length > 0) return { provenances: inline, statements: [] };
  const { digest } = image.manifest.descriptor;
  const { documents: attached } = await readAttached(registry, image.reference, digest);
  const statements = attached.map(({ document }) => document).filter((statement) => speaksOf(statement, digest));
  const provenances = statements
    .filter((statement) => String(field(statement, 'predicateType')).startsWith(provenanceType))
    .map((statement) => ({ subject: digest, materials: materialsIn(statement) }));
  return { provenances, statements };
}

// in-toto Statement: a copied attestation still names what it was made for.
function speaksOf(statement: unknown, digest: Digest): boolean {
  const subjects = field(statement, 'subject');
  const [algorithm = '', hex] = digest.split(':');
  return Array.isArray(subjects) && subjects.some((subject) => field(field(subject, 'digest'), algorithm) === hex);
}
