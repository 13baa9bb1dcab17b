import pLimit from 'p-limit';
import type { VerifyAttached } from '../baseline/attested.ts';
import type { CheckedImage } from '../check/checked.ts';
import type { Build } from '../discover/build.ts';
import { fail } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import { digestOfPolicy } from '../gate/policy-digest.ts';
import type { Breach, Verdict } from '../gate/verdict.ts';
import { familiar, withDigest } from '../oci/reference.ts';
import type { BuildOrder, BuiltImage } from '../rebuild/engine.ts';
import type { Finding } from '../scan/finding.ts';
import { idleWarnings, ruleFor } from '../sign/rules.ts';
import { sbomsOf } from '../sign/sbom.ts';
import { type Signature, signImage } from '../sign/sign-image.ts';
import type { SigningContext } from '../sign/signer-space.ts';
import { signedStatements } from '../sign/verifier.ts';
import { describeUntrusted, type UntrustedBase, untrustedBases } from '../sign/verify-base.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import type { Gated } from './image-result.ts';
import { runtimeOf } from './scan-stage.ts';
import { expiryOf, idleVerdicts, scannedWith } from './standing-verdict.ts';

/** Signs a cleared image as the configuration says, before any release tag names it; undefined where images are not signed. */
export async function signCleared(
  run: Run,
  { image, scan, verdict }: Gated,
  built: BuiltImage,
  policy: GatePolicy,
): Promise<Signature | undefined> {
  const { config, registry, startedAt, world } = run;
  if (config.sign === undefined) return undefined;
  const { name } = image.build;
  if (scan.after.kind !== 'scanned' || verdict.kind !== 'pass')
    throw fail('internal', name, 'is to be signed without a verdict');
  const { severityThreshold, onlyFixable, newOnly } = policy;
  const subject = {
    releases: image.build.releases,
    built,
    scan: scan.after,
    policy: { severityThreshold, onlyFixable, newOnly },
    policyDigest: digestOfPolicy(policy),
    scanned: scannedWith(config, runtimeOf(built)),
    ...given('expires', expiryOf(config, scan.after.scanner)),
    exceptions: verdict.exceptionsUsed,
    startedAt,
    finishedAt: world.now(),
  };
  const signature = await signImage({ ...signingContext(run), registry }, config.sign, subject, () =>
    sbomsOf({ ...signingContext(run), registry, config }, built.reference),
  );
  run.host.log('info', `${name}: signed with ${signature.tool}`);
  return signature;
}

/** The verdict on an image whose bases are not signed as policy asks; undefined where they are. */
export async function verifyBases(run: Run, { pins }: BuildOrder): Promise<Verdict | undefined> {
  const { trust } = run.config;
  if (trust.length === 0) return undefined;
  // The candidate of a parent passed the gate, and perhaps was signed, in this run.
  const upstream = pins.filter(({ base, source }) => base.reachable && source.tag === base.reference.tag);
  const bases = upstream.map(({ source, digest }) => ({ ...source, digest }));
  const untrusted = await untrustedBases(signingContext(run), trust, bases);
  if (untrusted.length === 0) return undefined;
  return { kind: 'fail', breaches: untrusted.map(breachOf), exceptionsUsed: [], exceptionsUnused: [] };
}

/** Warns of each rule of `verify-base` that counts for no base of the run: it applies to nothing. */
export function warnOfIdleRules({ config, host }: Run, images: readonly CheckedImage[]): void {
  // The bases of an image that could not be checked are not known, and may be the ones meant.
  if (images.some(({ bases, failure }) => failure !== undefined && bases.length === 0)) return;
  const bases = images.flatMap((image) => image.bases.map(({ base }) => base.reference));
  for (const warning of idleWarnings('verify-base', config.trust, bases)) host.log('warning', warning);
}

/** What signing and verifying work with in a run. */
export function signingContext({ config, host, world }: Run): SigningContext {
  return {
    world,
    config,
    log: (line) => host.log('debug', line),
    secret: (value) => host.secret(value),
  };
}

// A finding like any other, so that reports need not know of it.
function breachOf(base: UntrustedBase): Breach {
  const finding: Finding = {
    id: 'UNSIGNED-BASE',
    aliases: [],
    title: describeUntrusted(base),
    package: { name: familiar(base.reference) },
    installed: base.digest,
    severity: 'critical',
    owner: 'base',
    platforms: [],
  };
  const advice = `${describeUntrusted(base)}: choose a base that is signed, or change who is believed.`;
  return { rule: 'unsigned-base', finding, advice };
}

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
      const fact = `${others} of ${documents.length} attestations beside it ${others === 1 ? 'is' : 'are'} not signed by a signer that`;
      host.log('warning', `${familiar(reference)}: ${fact} verify-attestations ${rule.match} trusts, and not counted`);
    }
    return signed;
  };
}

/** Warns of each rule of `verify-attestations` that counts for no image of the run. */
export function warnOfIdleAttestationRules({ config, host }: Run, published: readonly Pick<Build, 'releases'>[]): void {
  const images = published.flatMap(({ releases }) => releases);
  for (const warning of idleWarnings('verify-attestations', config.trustAttested, images)) host.log('warning', warning);
  const idle = idleVerdicts(config, images);
  if (idle !== undefined) host.log('warning', idle);
}
