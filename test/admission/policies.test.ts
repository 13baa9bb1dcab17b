import { Ajv } from 'ajv';
import { loadAll } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { policyKinds } from './schemas.ts';
import { admission, certificate, newPublicKey } from './support.ts';

// biome-ignore lint/suspicious/noExplicitAny: every kind of object has another form, which its schema is asked for.
type Policy = any;

const ajv = new Ajv({ allErrors: true });
const key = newPublicKey();
const identity = 'https://github.com/acme/web/.github/workflows/refresh.yml@refs/heads/main';
const issuer = 'https://token.actions.githubusercontent.com';
const config = (object: object) => ({ '.base-image-refresh.yml': JSON.stringify(object) });
const believing = (rule: object) => config({ 'verify-attestations': [{ match: '**', ...rule }] });
const kms = 'azurekms://vault.example/images';

/** The objects that are printed, each with the fields that its kind has. */
async function printed(
  inputs: Readonly<Record<string, string>>,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly Policy[]> {
  const { conclusion, text, words } = await admission(inputs, files);
  expect(conclusion, words).toBe('succeeded');
  const objects: readonly Policy[] = loadAll(text) as readonly Policy[];
  for (const one of objects) {
    const kind = policyKinds.find(({ apiVersion, kind: name }) => apiVersion === one.apiVersion && name === one.kind);
    const isRight = ajv.validate(kind?.spec ?? {}, one.spec);
    expect(isRight ? [] : ajv.errors).toEqual([]);
    expect(Object.keys(one)).toEqual(['apiVersion', 'kind', 'metadata', 'spec']);
    expect(kind).toBeDefined();
  }
  return objects;
}

describe('a policy for Kyverno', () => {
  test('demands signature, record and scan of the key beside sign-key, in every list of containers', async () => {
    const files = { 'team.pub': key, ...config({ sign: { tool: 'cosign', key: 'team.key' } }) };
    const [policy, ...others] = await printed({ allow: 'sign-key' }, files);
    expect(others).toEqual([]);
    expect(policy).toMatchObject({
      apiVersion: 'policies.kyverno.io/v1',
      kind: 'ImageValidatingPolicy',
      spec: { validationActions: ['Deny'], failurePolicy: 'Fail' },
    });
    expect(policy.spec.attestors).toEqual([
      { name: 'signer', cosign: { key: { data: key }, ctlog: { url: 'https://rekor.sigstore.dev' } } },
    ]);
    expect(policy.spec.matchImageReferences).toEqual([
      { glob: 'ghcr.io/acme/web' },
      { glob: 'ghcr.io/acme/web:*' },
      { glob: 'ghcr.io/acme/web@*' },
    ]);
    expect(policy.spec.attestations).toEqual([
      { name: 'record', intoto: { type: 'urn:base-image-refresh:refresh:v1' } },
      { name: 'scan', intoto: { type: 'https://cosign.sigstore.dev/attestation/vuln/v1' } },
    ]);
    const asked = policy.spec.validations.map(({ expression }: Policy) => expression);
    for (const containers of ['containers', 'initContainers', 'ephemeralContainers']) {
      expect(asked).toContain(
        `images.${containers}.map(image, verifyImageSignatures(image, [attestors.signer])).all(count, count > 0)`,
      );
      for (const name of ['record', 'scan']) {
        expect(asked).toContain(
          `images.${containers}.map(image, verifyAttestationSignatures(image, attestations.${name}, [attestors.signer])).all(count, count > 0)`,
        );
      }
    }
    expect(asked).toHaveLength(9);
  });

  test.each([
    ['a KMS key', { 'sign-key': kms }, {}, { key: { kms }, ctlog: { url: 'https://rekor.sigstore.dev' } }],
    [
      'a key without the log',
      { 'sign-key': kms, 'transparency-log': 'false' },
      {},
      { key: { kms }, ctlog: { insecureIgnoreTlog: true, insecureIgnoreSCT: true } },
    ],
    [
      'the key that verify-attestations believes',
      { 'sign-key': kms },
      { ...believing({ key: 'keys/team.pub' }), 'keys/team.pub': key },
      { key: { data: key }, ctlog: { url: 'https://rekor.sigstore.dev' } },
    ],
    [
      'a job',
      {},
      believing({ identity, issuer }),
      { keyless: { identities: [{ issuer, subject: identity }] }, ctlog: { url: 'https://rekor.sigstore.dev' } },
    ],
  ])('trusts %s', async (_, inputs, files, cosign) => {
    const [policy] = await printed({ sign: 'cosign', ...inputs }, files);
    expect(policy.spec.attestors).toEqual([{ name: 'signer', cosign }]);
  });

  test('trusts a certificate of notation, for the signature alone', async () => {
    const inputs = { sign: 'notation', 'admission-key': 'ca.crt', attest: 'none' };
    const [policy] = await printed(inputs, { 'ca.crt': certificate });
    expect(policy.spec.attestors).toEqual([{ name: 'signer', notary: { certs: { value: certificate } } }]);
    expect(policy.spec).not.toHaveProperty('attestations');
    expect(policy.spec.validations).toHaveLength(3);
  });

  test('names images of Docker Hub in every way that a pod may', async () => {
    const [policy] = await printed({ sign: 'cosign', 'sign-key': kms, image: 'docker.io/library/web:1' });
    const globs: readonly string[] = policy.spec.matchImageReferences.map(({ glob }: Policy) => glob);
    expect(globs.filter((glob) => glob.endsWith('@*'))).toEqual([
      'library/web@*',
      'docker.io/library/web@*',
      'index.docker.io/library/web@*',
      'web@*',
      'docker.io/web@*',
      'index.docker.io/web@*',
    ]);
  });

  test('is one for each signer, with all repositories that it signs', async () => {
    const images = ['web', 'api', 'db'].map((name) => ({
      name,
      dockerfile: `${name}/Dockerfile`,
      image: `ghcr.io/acme/${name}:1`,
    }));
    const rules = [
      { match: 'ghcr.io/acme/db', identity: `${identity}-db`, issuer },
      { match: '**', identity, issuer },
    ];
    const files = {
      ...Object.fromEntries(images.map(({ dockerfile }) => [dockerfile, 'FROM debian:12\n'])),
      ...config({ images, exclude: ['Dockerfile'], 'verify-attestations': rules }),
    };
    const policies = await printed({ sign: 'cosign', image: '' }, files);
    const found = policies.map(({ metadata, spec }) => [
      metadata.name,
      spec.matchImageReferences.length,
      spec.matchImageReferences[0].glob,
    ]);
    expect(found).toEqual([
      ['base-image-refresh', 6, 'ghcr.io/acme/api'],
      ['base-image-refresh-2', 3, 'ghcr.io/acme/db'],
    ]);
  });

  test('writes whatever an identity holds as text of YAML, and of JSON', async () => {
    const odd = 'a: &b\n---\nkind: Secret # "\'\u0085\u2028{{x}}';
    const files = believing({ identity: odd, issuer: 'yes' });
    const [policy, ...others] = await printed({ sign: 'cosign' }, files);
    expect(others).toEqual([]);
    expect(policy.spec.attestors[0].cosign.keyless.identities).toEqual([{ issuer: 'yes', subject: odd }]);
    const { text } = await admission({ sign: 'cosign', format: 'json' }, files);
    expect(JSON.parse(text)).toEqual({ apiVersion: 'v1', kind: 'List', items: [policy] });
  });
});

describe('a policy for policy-controller', () => {
  const inputs = { sign: 'cosign', 'admission-controller': 'policy-controller' };

  test('demands the attestations of one signer, as cosign 3 or cosign 2 writes them', async () => {
    const [policy] = await printed({ ...inputs, 'sign-key': kms, 'transparency-log': 'false', image: 'acme/web:1' });
    const attestations = [
      { name: 'record', predicateType: 'urn:base-image-refresh:refresh:v1' },
      { name: 'scan', predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' },
    ];
    const trust = { key: { kms, hashAlgorithm: 'sha256' }, ctlog: {}, attestations };
    expect(policy.spec).toEqual({
      mode: 'enforce',
      images: [{ glob: 'index.docker.io/acme/web*' }],
      authorities: [
        { name: 'bundles', ...trust, signatureFormat: 'bundle' },
        { name: 'tags', ...trust },
      ],
    });
  });

  test('trusts the job that signs', async () => {
    const [policy] = await printed(inputs, believing({ identity, issuer }));
    expect(policy.spec.authorities[0]).toMatchObject({
      keyless: { url: 'https://fulcio.sigstore.dev', identities: [{ issuer, subject: identity }] },
      ctlog: { url: 'https://rekor.sigstore.dev' },
    });
  });
});

describe('a policy for Ratify', () => {
  test('demands a signature of notation of the images of these repositories alone', async () => {
    const inputs = { sign: 'notation', attest: 'none', 'admission-controller': 'ratify', 'admission-key': 'ca.crt' };
    const objects = await printed(inputs, { 'ca.crt': certificate });
    const [provider, verifier, template, constraint] = objects;
    expect(objects).toHaveLength(4);
    expect(provider.spec.parameters).toEqual({ contentType: 'certificate', value: certificate });
    const [trust] = verifier.spec.parameters.trustPolicyDoc.trustPolicies;
    expect(trust).toMatchObject({
      registryScopes: ['ghcr.io/acme/web'],
      signatureVerification: { level: 'strict' },
      trustStores: ['ca:certs'],
    });
    expect(verifier.spec.parameters.verificationCertStores).toEqual({ ca: { certs: [provider.metadata.name] } });
    expect(template.spec.targets[0].rego).toContain(`report.name == "${verifier.metadata.name}"`);
    expect(constraint.kind).toBe(template.spec.crd.spec.names.kind);
    expect(constraint.spec.parameters).toEqual({ repositories: ['ghcr.io/acme/web'] });
  });
});
