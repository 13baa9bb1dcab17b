import { field } from '../json.ts';
import type { Registry } from '../registry/registry.ts';
import { type AttachedDocument, readAttached } from './attached-documents.ts';
import { type PlatformProvenance, provenanceType, readProvenance, readStatement, speaksOf } from './provenance.ts';
import type { PublishedImage } from './published.ts';
import { type Found, recordType } from './record.ts';

/**
 * Who vouches for what is attested: `image`, it is part of what the image's digest names; `signer`, it stands beside the
 * image and is signed as the user asks; `unverified`, it stands beside the image, where anybody who may push to the
 * repository can put it without touching the image.
 */
export type Voucher = 'image' | 'signer' | 'unverified';

/** What is attested of an image. */
export interface Attested {
  readonly voucher: Voucher;
  /** Of its platforms, or of the whole. */
  readonly provenances: readonly PlatformProvenance[];
  /** Statements beside it; none where its provenance is in the index, for they are not read then. */
  readonly statements: readonly unknown[];
}

/** Reads what is attested of an image. */
export type ReadAttested = (image: PublishedImage) => Promise<Attested>;

/** Those of the documents that are signed as the user asks; undefined where the user asks nothing of this image. */
export type VerifyAttached = (
  image: PublishedImage,
  documents: readonly AttachedDocument[],
) => Promise<readonly AttachedDocument[] | undefined>;

/** A reader that reads each image once, however many bases are looked for in it. */
export function attestedReader(registry: Registry, verify: VerifyAttached = async () => undefined): ReadAttested {
  const known = new Map<string, Promise<Attested>>();
  return (image) => {
    // What is attached to the same image elsewhere was attached by others.
    const { registry: host, repository } = image.reference;
    const key = `${host}/${repository}@${image.manifest.descriptor.digest}`;
    const read = known.get(key) ?? readAttested(registry, image, verify);
    known.set(key, read);
    return read;
  };
}

async function readAttested(registry: Registry, image: PublishedImage, verify: VerifyAttached): Promise<Attested> {
  const inline = await readProvenance(registry, image);
  if (inline.length > 0) return { voucher: 'image', provenances: inline, statements: [] };
  const { digest } = image.manifest.descriptor;
  const { documents } = await readAttached(registry, image.reference, digest);
  const ofUse = documents.filter(({ document }) => isOfUse(document) && speaksOf(document, digest));
  const signed = ofUse.length === 0 ? undefined : await verify(image, ofUse);
  const statements = (signed ?? ofUse).map(({ document }) => document);
  const provenances = statements
    .filter(isProvenance)
    .map((statement) => ({ subject: digest, ...readStatement(statement) }));
  return { voucher: signed === undefined ? 'unverified' : 'signer', provenances, statements };
}

function isOfUse(statement: unknown): boolean {
  return field(statement, 'predicateType') === recordType || isProvenance(statement);
}

function isProvenance(statement: unknown): boolean {
  return String(field(statement, 'predicateType')).startsWith(provenanceType);
}

/** How far a record that is attested can be relied on, by who vouches for it. */
export function vouched(voucher: Voucher): Pick<Found, 'confidence' | 'verified'> {
  switch (voucher) {
    case 'image':
      return {};
    case 'signer':
      return { verified: true };
    case 'unverified':
      return { confidence: 'low', verified: false };
  }
}
