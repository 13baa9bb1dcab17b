import type { CheckedImage } from '../check/checked.ts';
import { acceptedFor } from '../config/per-image.ts';
import { describeContinuity } from '../continuity/describe.ts';
import type { Broken, Continuity } from '../continuity/difference.ts';
import type { StandingSignature } from '../continuity/form.ts';
import { otherIdentities, otherKeys, type SignedSuccession } from '../continuity/other-signers.ts';
import { attempt } from '../failure.ts';
import type { GatePolicy } from '../gate/policy.ts';
import type { BuiltImage } from '../rebuild/engine.ts';
import type { Signature } from '../sign/sign-image.ts';
import { signerDefinitions } from '../sign/signers.ts';
import { given } from '../table.ts';
import type { Run } from './context.ts';
import type { Gated } from './image-result.ts';
import { signCleared, signingContext } from './sign-stage.ts';

/** What signing left: a signature where images are signed, and the continuity with who signed before. */
export interface SignedCandidate {
  readonly signature?: Signature;
  readonly continuity?: Continuity;
}

/**
 * Signs a cleared image as the configuration says, and compares who signs it with who signed the published image; throws
 * where that is not known. What would get another key is not signed.
 */
export async function signAsPublished(
  run: Run,
  gated: Gated,
  built: BuiltImage,
  policy: GatePolicy,
  signatures: readonly StandingSignature[],
): Promise<SignedCandidate> {
  const { image, continuity } = gated;
  const succession = successionOf(run, built, signatures);
  const signing = async () => given('signature', await signCleared(run, gated, built, policy));
  if (succession === undefined || continuity === undefined)
    return { ...(await signing()), ...given('continuity', continuity) };
  const keyed = await compared(run, image, continuity, () => otherKeys(succession));
  if (keyed.broken.length > 0) return { continuity: keyed };
  const signed = await signing();
  return { ...signed, continuity: await compared(run, image, keyed, () => otherIdentities(succession)) };
}

function successionOf(
  run: Run,
  built: BuiltImage,
  signatures: readonly StandingSignature[],
): SignedSuccession | undefined {
  const { config, registry } = run;
  const { sign } = config;
  if (sign === undefined) return undefined;
  return {
    registry,
    tool: sign.tool,
    signatures,
    candidate: built.reference,
    countOwn: (images) => signerDefinitions[sign.tool].countOwn(signingContext(run), sign, images),
  };
}

// What is accepted is shown where it can be found out, and holds nothing.
async function compared(
  { config, host }: Run,
  { build }: CheckedImage,
  continuity: Continuity,
  comparing: () => Promise<readonly Broken[]>,
): Promise<Continuity> {
  if (acceptedFor(config, build).includes('signature')) {
    const outcome = await attempt(build.name, comparing);
    const accepted = (outcome.kind === 'done' ? outcome.value : []).map(
      ({ remedy: _, ...difference }) => ({ ...difference, because: 'accepted' }) as const,
    );
    return { ...continuity, explained: [...continuity.explained, ...accepted] };
  }
  const broken = await comparing();
  const whole = { ...continuity, broken: [...continuity.broken, ...broken] };
  if (broken.length > 0) host.log('error', `${build.name}: ${describeContinuity(whole)}`);
  return whole;
}
