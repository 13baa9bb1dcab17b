import { fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import { type AdmissionController, type PolicyObject, policyName } from './controller.ts';
import type { AdmissionRule } from './rule.ts';
import { spellings } from './spellings.ts';

/** Ratify 1 with Gatekeeper (config.ratify.deislabs.io/v1beta1). */
export const ratify: AdmissionController = {
  notes: [
    'Needs Gatekeeper with external data, and Ratify 1.2 to 1.4; Ratify 2 has other resources.',
    'Images of other repositories are not checked. No other Verifier may take signatures of notation: Ratify asks one alone.',
  ],
  policies: (rules) => {
    const [rule, ...others] = rules;
    if (rule === undefined) return [];
    // One file of certificates is given for all.
    if (others.length > 0 || rule.signer.kind !== 'certificate') throw unread(rule);
    const [certificate, ...chain] = rule.signer.certificates;
    if (certificate === undefined || chain.length > 0) {
      const remedy = 'give the one that the trust store of notation holds';
      throw fail('config', '--admission-key', 'holds several certificates, and Ratify takes one inline', remedy);
    }
    return [...verification(rule, certificate), template, constraint(rule)];
  },
};

function unread({ repositories }: AdmissionRule) {
  const detail = 'is signed by cosign, and Ratify reads no signature that cosign 3 writes';
  return fail('config', formatReference(repositories[0]), detail, 'print a policy for kyverno, or sign with notation');
}

const name = policyName(0);
const group = 'config.ratify.deislabs.io/v1beta1';

function verification({ repositories }: AdmissionRule, certificate: string): readonly PolicyObject[] {
  const trustPolicies = [
    {
      name,
      registryScopes: repositories.map(({ registry, repository }) => `${registry}/${repository}`),
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:certs'],
      trustedIdentities: ['*'],
    },
  ];
  return [
    {
      apiVersion: group,
      kind: 'KeyManagementProvider',
      metadata: { name },
      spec: { type: 'inline', parameters: { contentType: 'certificate', value: certificate } },
    },
    {
      apiVersion: group,
      kind: 'Verifier',
      metadata: { name },
      spec: {
        name: 'notation',
        artifactTypes: 'application/vnd.cncf.notary.signature',
        parameters: {
          verificationCertStores: { ca: { certs: [name] } },
          trustPolicyDoc: { version: '1.0', trustPolicies },
        },
      },
    },
  ];
}

// Refuses whatever is not said to be verified: what Ratify's own policy makes of other artifacts does not count.
const rego = `package baseimagerefresh

lists := {"containers", "initContainers", "ephemeralContainers"}

images := {image |
  image := input.review.object.spec[lists[_]][_].image
  named(image, input.parameters.repositories[_])
}

named(image, repository) { image == repository }
named(image, repository) { startswith(image, concat("", [repository, ":"])) }
named(image, repository) { startswith(image, concat("", [repository, "@"])) }

response := external_data({"provider": "ratify-provider", "keys": [image | images[image]]})

verified(image) {
  answer := response.responses[_]
  answer[0] == image
  answer[1].isSuccess == true
  report := answer[1].verifierReports[_]
  report.isSuccess == true
  by_us(report)
}

by_us(report) { report.name == "${name}" }
by_us(report) { report.verifierName == "${name}" }

violation[{"msg": msg}] {
  images[image]
  not verified(image)
  msg := sprintf("%v is not signed as base-image-refresh signs it", [image])
}
`;

const template: PolicyObject = {
  apiVersion: 'templates.gatekeeper.sh/v1',
  kind: 'ConstraintTemplate',
  metadata: { name: 'baseimagerefresh' },
  spec: {
    crd: {
      spec: {
        names: { kind: 'BaseImageRefresh' },
        validation: {
          openAPIV3Schema: {
            type: 'object',
            properties: { repositories: { type: 'array', items: { type: 'string' } } },
          },
        },
      },
    },
    targets: [{ target: 'admission.k8s.gatekeeper.sh', rego }],
  },
};

function constraint({ repositories }: AdmissionRule): PolicyObject {
  return {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind: 'BaseImageRefresh',
    metadata: { name },
    spec: {
      enforcementAction: 'deny',
      match: { kinds: [{ apiGroups: [''], kinds: ['Pod'] }] },
      parameters: { repositories: repositories.flatMap(spellings) },
    },
  };
}
