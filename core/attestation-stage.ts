import pLimit from 'p-limit';
import type { VerifyAttached } from './baseline/attested.ts';
import type { Run } from './context.ts';
import type { Build } from './discover/build.ts';
import { familiar, withDigest } from './oci/reference.ts';
import { idleRules, ruleFor } from './sign/rules.ts';
import type { SigningContext } from './sign/signer-space.ts';
import { signedStatements } from './sign/verify-attached.ts';

/** Verifies what is attested beside published images as `verify-attestations` says, and warns of what is not signed so. */
export function attestationVerifier({ config, host, world }: Run): VerifyAttached {
  const rules = config.trustAttested;
  const context: SigningContext = {
    world,
    config,
    log: (line) => host.log('debug', line),
    secret: (value) => host.secret(value),
  };
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
  for (const { match } of idleRules(config.trustAttested, images)) {
    const advice = 'check its pattern, and those before it';
    host.log('warning', `verify-attestations ${match}: counts for no image of this run; ${advice}`);
  }
}
