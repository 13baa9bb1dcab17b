import pLimit from 'p-limit';
import type { VerifyAttached } from '../baseline/attested.ts';
import type { Build } from '../discover/build.ts';
import { familiar, withDigest } from '../oci/reference.ts';
import { idleWarnings, ruleFor } from '../sign/rules.ts';
import { signedStatements } from '../sign/verify-attached.ts';
import type { Run } from './context.ts';
import { signingContext } from './sign-stage.ts';

/** Verifies what is attested beside published images as `verify-attestations` says, and warns of what is not signed so. */
export function attestationVerifier(run: Run): VerifyAttached {
  const { config, host } = run;
  const rules = config.trustAttested;
  const context = signingContext(run);
  const limit = pLimit(config.concurrency);
  return async ({ reference, manifest }, documents) => {
    const rule = ruleFor(rules, reference);
    if (rule === undefined) return undefined;
    const { tag: _, ...repository } = reference;
    const image = withDigest(repository, manifest.descriptor.digest);
    const signed = await limit(() => signedStatements(context, rule.signer, image, documents));
    const others = documents.length - signed.length;
    if (others > 0) {
      const fact = `${others} of ${documents.length} attestations beside it ${others === 1 ? 'is' : 'are'} not signed by whom`;
      host.log(
        'warning',
        `${familiar(reference)}: ${fact} verify-attestations ${rule.match} believes, and not counted`,
      );
    }
    return signed;
  };
}

/** Warns of each rule of `verify-attestations` that counts for no image of the run. */
export function warnOfIdleAttestationRules({ config, host }: Run, builds: readonly Build[]): void {
  const images = builds.flatMap(({ releases }) => releases);
  for (const warning of idleWarnings('verify-attestations', config.trustAttested, images)) host.log('warning', warning);
}
