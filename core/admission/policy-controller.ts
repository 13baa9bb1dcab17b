import { fail } from '../failure.ts';
import { formatReference, type Repository } from '../oci/reference.ts';
import { type AdmissionController, type PolicyObject, policyName, publicSigstore } from './controller.ts';
import type { AdmissionRule, TrustedSigner } from './rule.ts';

/** sigstore's policy-controller (policy.sigstore.dev/v1beta1). */
export const policyController: AdmissionController = {
  notes: [
    'Needs policy-controller 0.13 or later, and the label policy.sigstore.dev/include=true on each namespace that it is to check.',
    'The attestations are checked and no signature beside them: they are signed too, and this program reads no signature of cosign 3.',
    'An asterisk also stands for the end of a name, so that repositories whose names begin alike are checked too; other repositories are not.',
  ],
  policies: (rules) => {
    refuseOverlap(rules);
    return rules.map((rule, at) => policyOf(rule, policyName(at)));
  },
};

function policyOf(rule: AdmissionRule, name: string): PolicyObject {
  const subject = formatReference(rule.repositories[0]);
  const attestations = rule.attestations.map((one) => ({ name: one.name, predicateType: one.type }));
  const trust = authorityOf(rule.signer, subject);
  if (rule.attestations.length === 0) {
    const detail = 'is signed and not attested, and policy-controller reads no signature that cosign 3 writes';
    throw fail('config', subject, detail, 'attest record, or print a policy for kyverno');
  }
  return {
    apiVersion: 'policy.sigstore.dev/v1beta1',
    kind: 'ClusterImagePolicy',
    metadata: { name },
    spec: {
      mode: 'enforce',
      images: rule.repositories.map((repository) => ({ glob: `${resolvedName(repository)}*` })),
      // One of them is enough; both ask for the same of the same signer, in the form of cosign 3 and of cosign 2.
      authorities: [
        { name: 'bundles', ...trust, signatureFormat: 'bundle', attestations },
        { name: 'tags', ...trust, attestations },
      ],
    },
  };
}

function authorityOf(signer: TrustedSigner, subject: string): object {
  switch (signer.kind) {
    case 'key':
      return { key: { data: signer.pem, hashAlgorithm: 'sha256' }, ctlog: logOf(signer.transparencyLog) };
    case 'kms':
      refuseShortName(signer.key, subject);
      return { key: { kms: signer.key, hashAlgorithm: 'sha256' }, ctlog: logOf(signer.transparencyLog) };
    case 'identity': {
      const identities = [{ issuer: signer.issuer, subject: signer.identity }];
      return { keyless: { url: publicSigstore.authority, identities }, ctlog: logOf(true) };
    }
    case 'certificate': {
      const detail = 'is signed by notation, which policy-controller does not read';
      throw fail('config', subject, detail, 'print a policy for kyverno or ratify');
    }
  }
}

// An empty object turns the log off; one that is not there is filled in with the public log.
function logOf(transparencyLog: boolean): object {
  return transparencyLog ? { url: publicSigstore.log } : {};
}

// policy-controller, ValidateAWSKMS: awskms://[ENDPOINT]/ARN and nothing else.
function refuseShortName(key: string, subject: string): void {
  if (!key.startsWith('awskms://') || /^awskms:\/\/[^/]*\/arn:/.test(key)) return;
  const detail = 'is signed with a key of AWS KMS that is not named by its ARN, which policy-controller refuses';
  throw fail('config', subject, detail, 'name it as awskms:///arn:…, or give the public key with --admission-key');
}

// As go-containerregistry spells it out, which patterns are matched with.
function resolvedName({ registry, repository }: Repository): string {
  return `${registry === 'docker.io' ? 'index.docker.io' : registry}/${repository}`;
}

// Patterns cannot hold an @, so that the one of a name fits longer names too; of two policies that fit, both must hold.
function refuseOverlap(rules: readonly AdmissionRule[]): void {
  for (const [at, { repositories }] of rules.entries()) {
    const others = rules.flatMap((rule, index) => (index === at ? [] : rule.repositories)).map(resolvedName);
    for (const repository of repositories) {
      const name = resolvedName(repository);
      const caught = others.find((other) => other.startsWith(name) && !other.slice(name.length).includes('/'));
      if (caught === undefined) continue;
      const detail = `has another signer than ${caught}, whose name begins with its own, and patterns of policy-controller cannot tell them apart`;
      throw fail('config', formatReference(repository), detail, 'sign both alike, or print a policy for kyverno');
    }
  }
}
