import type { InputDefinition } from '../settings/input.ts';
import { admissionControllers } from './settings.ts';

/** Inputs that say which policy `admission` prints. */
export const admissionInputs = [
  {
    name: 'admission-controller',
    kind: { choice: admissionControllers },
    default: 'kyverno',
    from: 'run',
    help: "Whose policy is printed: Kyverno, sigstore's policy-controller, or Ratify with Gatekeeper.",
    commands: ['admission'],
    isFirst: true,
  },
  {
    name: 'admission-key',
    kind: 'path',
    placeholder: 'FILE',
    from: 'run',
    help: 'Public key of cosign, or certificate of notation, that the policy trusts (PEM); without it, the signer that verify-attestations names, the KMS key of sign-key, or the .pub file beside it.',
    commands: ['admission'],
    isFirst: true,
  },
] as const satisfies readonly InputDefinition[];
