import picomatch from 'picomatch';
import type { Digest } from '../oci/digest.ts';
import { familiar, type Reference, type Repository } from '../oci/reference.ts';
import { placeToRead } from '../registry/endpoint.ts';
import { cosignVariables, cosignVerify } from './cosign.ts';
import { notationVariables, notationVerify } from './notation.ts';
import type { Signer, TrustRule } from './settings.ts';
import { type SigningContext, withSigner } from './signer-space.ts';

/** A base that nobody who is believed has signed. */
export interface UntrustedBase {
  readonly reference: Reference;
  readonly digest: Digest;
  readonly rule: TrustRule;
  readonly what: 'unsigned' | 'signed-by-another';
}

type Base = Reference & { readonly digest: Digest };

/** The bases that a rule names and that are not signed as it says; throws where that could not be found out. */
export async function untrustedBases(
  context: SigningContext,
  rules: readonly TrustRule[],
  bases: readonly Base[],
): Promise<readonly UntrustedBase[]> {
  const asked = bases.flatMap((base) => {
    const rule = ruleFor(rules, base);
    return rule === undefined ? [] : [{ base, rule }];
  });
  const answers = await Promise.all(
    asked.map(async ({ base, rule }) => ({ base, rule, what: await verify(context, rule.signer, base) })),
  );
  return answers.flatMap(({ base: { digest, ...reference }, rule, what }) =>
    what === 'signed' ? [] : [{ reference, digest, rule, what }],
  );
}

/** The rules that count for none of these bases: their patterns are mistaken, or stand behind a wider one. */
export function idleRules(rules: readonly TrustRule[], bases: readonly Repository[]): readonly TrustRule[] {
  const used = new Set(bases.map((base) => ruleFor(rules, base)));
  return rules.filter((rule) => !used.has(rule));
}

function ruleFor(rules: readonly TrustRule[], { registry, repository }: Repository): TrustRule | undefined {
  return rules.find(({ match }) => picomatch.isMatch(`${registry}/${repository}`, match));
}

function verify(context: SigningContext, signer: Signer, base: Base) {
  const image = whereRead(context, base);
  switch (signer.kind) {
    case 'notation':
      return withSigner(context, { name: 'notation' }, image, notationVariables, (ready) =>
        notationVerify(context, ready, image),
      );
    case 'cosign-key':
      return withSigner(context, { name: 'cosign' }, image, cosignVariables(signer.key), (ready) =>
        cosignVerify(context, ready, signer, image),
      );
    case 'cosign-identity':
      return withSigner(context, { name: 'cosign' }, image, ['SIGSTORE_*'], (ready) =>
        cosignVerify(context, ready, signer, image),
      );
  }
}

// Signatures are looked for where the base is read: a mirror that is asked for the one must have the other.
function whereRead({ config }: SigningContext, { registry, repository, digest }: Base): Base {
  const place = placeToRead(config.registry, { registry, repository });
  const isOwn = place.endpoint.registry === registry;
  return { registry: isOwn ? registry : place.endpoint.registry, repository: place.repository, digest };
}

/** One sentence on a base that is not trusted. */
export function describeUntrusted({ reference, rule, what }: UntrustedBase): string {
  const fact = what === 'unsigned' ? 'carries no signature' : 'is signed, but not by whom policy believes';
  return `${familiar(reference)} ${fact} (verify-base ${rule.match})`;
}
