import { type AdmissionController, type PolicyObject, policyName, publicSigstore } from './controller.ts';
import type { AdmissionRule, RequiredAttestation, TrustedSigner } from './rule.ts';
import { spellings } from './spellings.ts';

/** Kyverno's ImageValidatingPolicy (policies.kyverno.io/v1); ClusterPolicy is deprecated and reads no bundles of cosign 3. */
export const kyverno: AdmissionController = {
  notes: [
    'Needs Kyverno 1.17 or later, and 1.18.1 or later for what cosign 3 signs (sigstore bundles).',
    'Images of other repositories, and images that are mounted as volumes, are not checked.',
  ],
  policies: (rules) => rules.map((rule, at) => policyOf(rule, policyName(at))),
};

function policyOf({ repositories, signer, attestations }: AdmissionRule, name: string): PolicyObject {
  return {
    apiVersion: 'policies.kyverno.io/v1',
    kind: 'ImageValidatingPolicy',
    metadata: { name },
    spec: {
      validationActions: ['Deny'],
      failurePolicy: 'Fail',
      webhookConfiguration: { timeoutSeconds: 30 },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['pods', 'pods/ephemeralcontainers'],
          },
        ],
      },
      // An asterisk of these stands for slashes too, so that what follows the name is written out.
      matchImageReferences: repositories
        .flatMap(spellings)
        .flatMap((spelled) => [spelled, `${spelled}:*`, `${spelled}@*`].map((glob) => ({ glob }))),
      validationConfigurations: { mutateDigest: true, verifyDigest: true, required: true },
      attestors: [{ name: 'signer', ...attestorOf(signer) }],
      ...(attestations.length === 0
        ? {}
        : { attestations: attestations.map(({ name, type }) => ({ name, intoto: { type } })) }),
      validations: validationsOf(attestations),
    },
  };
}

function attestorOf(signer: TrustedSigner): object {
  switch (signer.kind) {
    case 'key':
      return { cosign: { key: { data: signer.pem }, ctlog: logOf(signer.transparencyLog) } };
    case 'kms':
      return { cosign: { key: { kms: signer.key }, ctlog: logOf(signer.transparencyLog) } };
    case 'identity': {
      const identities = [{ issuer: signer.issuer, subject: signer.identity }];
      return { cosign: { keyless: { identities }, ctlog: logOf(true) } };
    }
    case 'certificate':
      return { notary: { certs: { value: signer.certificates.join('') } } };
  }
}

function logOf(transparencyLog: boolean): object {
  return transparencyLog ? { url: publicSigstore.log } : { insecureIgnoreTlog: true, insecureIgnoreSCT: true };
}

const containers = ['containers', 'initContainers', 'ephemeralContainers'] as const;

// Every list holds only the images that a pattern fits; without one that is signed, `all` fails.
function validationsOf(attestations: readonly RequiredAttestation[]): readonly object[] {
  return containers.flatMap((list) => [
    {
      expression: `images.${list}.map(image, verifyImageSignatures(image, [attestors.signer])).all(count, count > 0)`,
      message: `an image of ${list} is not signed as base-image-refresh signs it`,
    },
    ...attestations.map(({ name }) => ({
      expression: `images.${list}.map(image, verifyAttestationSignatures(image, attestations.${name}, [attestors.signer])).all(count, count > 0)`,
      message: `an image of ${list} has no ${name} that base-image-refresh attests`,
    })),
  ]);
}
