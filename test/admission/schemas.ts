/** A schema in the part of OpenAPI 3 that a CustomResourceDefinition takes; what it does not name is refused. */
export interface FieldSchema {
  readonly type: 'object' | 'array' | 'string' | 'boolean' | 'integer';
  readonly properties?: Readonly<Record<string, FieldSchema>>;
  readonly required?: readonly string[];
  readonly items?: FieldSchema;
  readonly enum?: readonly string[];
  readonly additionalProperties?: false;
  readonly minItems?: number;
  readonly oneOf?: readonly { readonly required: readonly string[] }[];
}

/** A kind of object, with the fields that its documentation names. Written by hand of the documentation. */
export interface PolicyKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly spec: FieldSchema;
}

const text: FieldSchema = { type: 'string' };
const flag: FieldSchema = { type: 'boolean' };
const oneOf = (...values: string[]): FieldSchema => ({ type: 'string', enum: values });
const list = (items: FieldSchema): FieldSchema => ({ type: 'array', items, minItems: 1 });
const object = (
  properties: Readonly<Record<string, FieldSchema>>,
  required: readonly string[] = [],
  ...choice: string[]
): FieldSchema => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
  ...(choice.length === 0 ? {} : { oneOf: choice.map((name) => ({ required: [name] })) }),
});

// kyverno.io/docs/policy-types/image-validating-policy, policies.kyverno.io/v1.
const attestor = object(
  {
    name: text,
    cosign: object({
      key: object({ data: text, kms: text, hashAlgorithm: text, expression: text }),
      keyless: object(
        {
          identities: list(object({ issuer: text, subject: text, issuerRegExp: text, subjectRegExp: text })),
          roots: text,
        },
        ['identities'],
      ),
      ctlog: object({ url: text, rekorPubKey: text, insecureIgnoreTlog: flag, insecureIgnoreSCT: flag }),
    }),
    notary: object({ certs: object({ value: text, expression: text }, [], 'value', 'expression') }),
  },
  ['name'],
  'cosign',
  'notary',
);
const kyvernoSpec = object(
  {
    validationActions: list(oneOf('Deny', 'Audit', 'Warn')),
    failurePolicy: oneOf('Ignore', 'Fail'),
    webhookConfiguration: object({ timeoutSeconds: { type: 'integer' } }),
    matchConstraints: object({
      resourceRules: list(
        object({ apiGroups: list(text), apiVersions: list(text), operations: list(text), resources: list(text) }),
      ),
    }),
    matchImageReferences: list(object({ glob: text, expression: text }, [], 'glob', 'expression')),
    validationConfigurations: object({ mutateDigest: flag, verifyDigest: flag, required: flag }),
    attestors: list(attestor),
    attestations: list(
      object({ name: text, intoto: object({ type: text }, ['type']), referrer: object({ type: text }, ['type']) }, [
        'name',
      ]),
    ),
    validations: list(object({ expression: text, message: text }, ['expression'])),
  },
  ['attestors', 'validations'],
);

// docs.sigstore.dev/policy-controller, policy.sigstore.dev/v1beta1.
const authority = object(
  {
    name: text,
    key: object({ data: text, kms: text, hashAlgorithm: oneOf('sha256', 'sha384', 'sha512') }, [], 'data', 'kms'),
    keyless: object({ url: text, identities: list(object({ issuer: text, subject: text })) }, ['identities']),
    ctlog: object({ url: text, trustRootRef: text }),
    signatureFormat: oneOf('legacy', 'bundle'),
    attestations: list(object({ name: text, predicateType: text }, ['name', 'predicateType'])),
  },
  ['name'],
  'key',
  'keyless',
);
const sigstoreSpec = object(
  { mode: oneOf('enforce', 'warn'), images: list(object({ glob: text }, ['glob'])), authorities: list(authority) },
  ['images'],
);

// ratify.dev/docs, config.ratify.deislabs.io/v1beta1.
const providerSpec = object(
  {
    type: oneOf('inline', 'azurekeyvault'),
    parameters: object({ contentType: oneOf('key', 'certificate'), value: text }),
  },
  ['type'],
);
const trustPolicy = object(
  {
    name: text,
    registryScopes: list(text),
    signatureVerification: object({ level: oneOf('strict', 'permissive', 'audit', 'skip') }, ['level']),
    trustStores: list(text),
    trustedIdentities: list(text),
  },
  ['name', 'registryScopes', 'signatureVerification'],
);
const verifierSpec = object(
  {
    name: text,
    artifactTypes: text,
    parameters: object({
      verificationCertStores: object({ ca: object({ certs: list(text) }) }),
      trustPolicyDoc: object({ version: oneOf('1.0'), trustPolicies: list(trustPolicy) }, ['version', 'trustPolicies']),
    }),
  },
  ['name', 'artifactTypes'],
);

// open-policy-agent.github.io/gatekeeper: a template defines the kind of its constraints.
const openSchema = object({
  type: text,
  properties: object({ repositories: object({ type: text, items: object({ type: text }) }) }),
});
const templateSpec = object(
  {
    crd: object({
      spec: object({ names: object({ kind: text }, ['kind']), validation: object({ openAPIV3Schema: openSchema }) }),
    }),
    targets: list(object({ target: text, rego: text }, ['target', 'rego'])),
  },
  ['crd', 'targets'],
);
const constraintSpec = object({
  enforcementAction: oneOf('deny', 'dryrun', 'warn'),
  match: object({ kinds: list(object({ apiGroups: list(text), kinds: list(text) })) }),
  parameters: object({ repositories: list(text) }),
});

/** Every kind of object that is printed. */
export const policyKinds: readonly PolicyKind[] = [
  ['policies.kyverno.io/v1', 'ImageValidatingPolicy', 'imagevalidatingpolicies', kyvernoSpec] as const,
  ['policy.sigstore.dev/v1beta1', 'ClusterImagePolicy', 'clusterimagepolicies', sigstoreSpec] as const,
  ['config.ratify.deislabs.io/v1beta1', 'KeyManagementProvider', 'keymanagementproviders', providerSpec] as const,
  ['config.ratify.deislabs.io/v1beta1', 'Verifier', 'verifiers', verifierSpec] as const,
  ['templates.gatekeeper.sh/v1', 'ConstraintTemplate', 'constrainttemplates', templateSpec] as const,
  ['constraints.gatekeeper.sh/v1beta1', 'BaseImageRefresh', 'baseimagerefresh', constraintSpec] as const,
].map(([apiVersion, kind, plural, spec]) => ({ apiVersion, kind, plural, spec }));
