import type { AttachedDocument } from '../baseline/attached-documents.ts';
import { field, parsed } from '../json.ts';
import { withDigest } from '../oci/reference.ts';
import { cosignAttested } from './cosign.ts';
import { notationVerify } from './notation.ts';
import type { CosignSigner, Exact } from './settings.ts';
import type { ReadySigner, SigningContext } from './signer-space.ts';

/** Those of the statements that notation believes: it signs the manifest that carries a statement, and thereby the statement. */
export async function signedByNotation(
  context: SigningContext,
  ready: ReadySigner,
  place: Exact,
  documents: readonly AttachedDocument[],
): Promise<readonly AttachedDocument[]> {
  const signed: AttachedDocument[] = [];
  for (const document of documents) {
    const answer = await notationVerify(context, ready, withDigest(place, document.referrer));
    if (answer === 'signed') signed.push(document);
  }
  return signed;
}

/** Those of the statements that cosign believes: it prints their envelopes, and a statement counts where it is in one of them. */
export async function signedByCosign(
  context: SigningContext,
  ready: ReadySigner,
  signer: CosignSigner,
  place: Exact,
  documents: readonly AttachedDocument[],
): Promise<readonly AttachedDocument[]> {
  const types = new Set(documents.map(({ document }) => String(field(document, 'predicateType'))));
  const believed = new Set<string>();
  for (const type of types) {
    for (const statement of await cosignAttested(context, ready, signer, place, type)) {
      believed.add(JSON.stringify(parsed(statement)));
    }
  }
  return documents.filter(({ document }) => believed.has(JSON.stringify(document)));
}
