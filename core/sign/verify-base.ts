import type { Digest } from '../oci/digest.ts';
import { familiar, type Reference } from '../oci/reference.ts';
import { ruleFor } from './rules.ts';
import type { Exact, TrustRule } from './settings.ts';
import type { SigningContext } from './signer-space.ts';
import { verifySignature } from './verifier.ts';

/** A base without a signature that policy asks for. */
export interface UntrustedBase {
  readonly reference: Reference;
  readonly digest: Digest;
  readonly rule: TrustRule;
  readonly what: 'unsigned' | 'signed-by-another';
}

/** The bases that a rule names and that are not signed as it says; throws where that could not be found out. */
export async function untrustedBases(
  context: SigningContext,
  rules: readonly TrustRule[],
  bases: readonly Exact[],
): Promise<readonly UntrustedBase[]> {
  const asked = bases.flatMap((base) => {
    const rule = ruleFor(rules, base);
    return rule === undefined ? [] : [{ base, rule }];
  });
  const answers = await Promise.all(
    asked.map(async ({ base, rule }) => ({ base, rule, what: await verifySignature(context, rule.signer, base) })),
  );
  return answers.flatMap(({ base: { digest, ...reference }, rule, what }) =>
    what === 'signed' ? [] : [{ reference, digest, rule, what }],
  );
}

/** One sentence on a base that is not trusted. */
export function describeUntrusted({ reference, rule, what }: UntrustedBase): string {
  const fact = what === 'unsigned' ? 'carries no signature' : 'is signed, but not by a signer that policy trusts';
  return `${familiar(reference)} ${fact} (verify-base ${rule.match})`;
}
