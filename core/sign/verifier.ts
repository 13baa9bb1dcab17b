import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import { placeToRead } from '../registry/transport/endpoint.ts';
import { cosignVariables, cosignVerify } from './cosign.ts';
import { notationVariables, notationVerify } from './notation.ts';
import type { Signer } from './settings.ts';
import { type ReadySigner, type SigningContext, withSigner } from './signer-space.ts';

export type Exact = Reference & { readonly digest: Digest };

/** Whether an image carries a signature of whom a rule believes; throws `sign-failed` where that could not be found out. */
export function verifySignature(context: SigningContext, signer: Signer, image: Exact) {
  const place = whereRead(context, image);
  return withVerifier(context, signer, place, (ready) =>
    signer.kind === 'notation' ? notationVerify(context, ready, place) : cosignVerify(context, ready, signer, place),
  );
}

/** Runs work with the program that verifies what a signer has signed. */
export function withVerifier<T>(
  context: SigningContext,
  signer: Signer,
  place: Reference,
  work: (ready: ReadySigner) => Promise<T>,
): Promise<T> {
  const name = signer.kind === 'notation' ? 'notation' : 'cosign';
  return withSigner(context, { name }, place, variablesFor(signer), work);
}

function variablesFor(signer: Signer): readonly string[] {
  switch (signer.kind) {
    case 'notation':
      return notationVariables;
    case 'cosign-key':
      return cosignVariables(signer.key);
    case 'cosign-identity':
      return ['SIGSTORE_*'];
  }
}

/** Where an image's signatures are looked for: where it is read, for a mirror that is asked for the one must have the other. */
export function whereRead({ config }: SigningContext, { registry, repository, digest }: Exact): Exact {
  const place = placeToRead(config.registry, { registry, repository });
  const isOwn = place.endpoint.registry === registry;
  return { registry: isOwn ? registry : place.endpoint.registry, repository: place.repository, digest };
}
