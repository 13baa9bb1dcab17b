import type { AttachedDocument } from '../baseline/attached-documents.ts';
import { field, parsed } from '../json.ts';
import { withDigest } from '../oci/reference.ts';
import { cosignAttested } from './cosign.ts';
import { notationVerify } from './notation.ts';
import type { CosignSigner, Signer } from './settings.ts';
import type { SigningContext } from './signer-space.ts';
import { type Exact, whereRead, withVerifier } from './verifier.ts';

/**
 * Those of the statements beside an image that whom a rule believes has signed; throws `sign-failed` where that could not
 * be found out.
 */
export async function signedStatements(
  context: SigningContext,
  signer: Signer,
  image: Exact,
  documents: readonly AttachedDocument[],
): Promise<readonly AttachedDocument[]> {
  const place = whereRead(context, image);
  return signer.kind === 'notation'
    ? signedByNotation(context, place, documents)
    : signedByCosign(context, signer, place, documents);
}

// notation signs the manifest that carries a statement, and thereby the statement.
function signedByNotation(context: SigningContext, place: Exact, documents: readonly AttachedDocument[]) {
  return withVerifier(context, { kind: 'notation' }, place, async (ready) => {
    const signed: AttachedDocument[] = [];
    for (const document of documents) {
      const answer = await notationVerify(context, ready, withDigest(place, document.referrer));
      if (answer === 'signed') signed.push(document);
    }
    return signed;
  });
}

// cosign prints the envelopes that it believes: a statement counts where it is the very one in an envelope.
function signedByCosign(
  context: SigningContext,
  signer: CosignSigner,
  place: Exact,
  documents: readonly AttachedDocument[],
) {
  return withVerifier(context, signer, place, async (ready) => {
    const types = new Set(documents.map(({ document }) => String(field(document, 'predicateType'))));
    const believed = new Set<string>();
    for (const type of types) {
      for (const statement of await cosignAttested(context, ready, signer, place, type)) {
        believed.add(JSON.stringify(parsed(statement)));
      }
    }
    return documents.filter(({ document }) => believed.has(JSON.stringify(document)));
  });
}
