import type { AttachedDocument } from '../baseline/attached-documents.ts';
import { placeToRead } from '../registry/transport/endpoint.ts';
import { cosign, cosignVariables, cosignVerify } from './cosign.ts';
import { notation, notationVariables, notationVerify } from './notation.ts';
import type { CosignSigner, Exact, Signer } from './settings.ts';
import { type SignerProgram, type SigningContext, withSigner } from './signer-space.ts';
import { signedByCosign, signedByNotation } from './verify-attached.ts';

/** What verifies the signatures of one signer. */
export interface Verifier {
  readonly program: SignerProgram;
  /** What of the environment the program needs for it. */
  readonly variables: readonly string[];
  /** Whether an image carries a signature that is believed. */
  readonly verify: typeof notationVerify;
  /** Those of the statements beside an image that are signed. */
  readonly signed: typeof signedByNotation;
}

/** What verifies the signatures of a signer. */
export function verifierOf(signer: Signer): Verifier {
  switch (signer.kind) {
    case 'notation':
      return { program: notation, variables: notationVariables, verify: notationVerify, signed: signedByNotation };
    case 'cosign-key':
      return cosignVerifier(signer, cosignVariables(signer.key));
    case 'cosign-identity':
      return cosignVerifier(signer, ['SIGSTORE_*']);
  }
}

function cosignVerifier(signer: CosignSigner, variables: readonly string[]): Verifier {
  return {
    program: cosign,
    variables,
    verify: (context, ready, image) => cosignVerify(context, ready, signer, image),
    signed: (context, ready, image, documents) => signedByCosign(context, ready, signer, image, documents),
  };
}

/** Whether an image carries a signature of whom a rule believes; throws `sign-failed` where that could not be found out. */
export function verifySignature(context: SigningContext, signer: Signer, image: Exact) {
  const place = whereRead(context, image);
  const { program, variables, verify } = verifierOf(signer);
  return withSigner(context, program, place, variables, (ready) => verify(context, ready, place));
}

/**
 * Those of the statements beside an image that whom a rule believes has signed; throws `sign-failed` where that could not
 * be found out.
 */
export function signedStatements(
  context: SigningContext,
  signer: Signer,
  image: Exact,
  documents: readonly AttachedDocument[],
): Promise<readonly AttachedDocument[]> {
  const place = whereRead(context, image);
  const { program, variables, signed } = verifierOf(signer);
  return withSigner(context, program, place, variables, (ready) => signed(context, ready, place, documents));
}

/** Where an image's signatures are looked for: where it is read, for a mirror that is asked for the one must have the other. */
function whereRead({ config }: SigningContext, { registry, repository, digest }: Exact): Exact {
  const place = placeToRead(config.registry, { registry, repository });
  const isOwn = place.endpoint.registry === registry;
  return { registry: isOwn ? registry : place.endpoint.registry, repository: place.repository, digest };
}
