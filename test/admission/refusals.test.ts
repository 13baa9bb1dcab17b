import { generateKeyPairSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { admission, certificate } from './support.ts';

const config = (object: object) => ({ '.base-image-refresh.yml': JSON.stringify(object) });
const believing = (rule: object) => config({ 'verify-attestations': [{ match: '**', ...rule }] });
const identity = { identity: 'https://github.com/acme/web', issuer: 'https://issuer.example' };
const kms = { sign: 'cosign', 'sign-key': 'azurekms://vault.example/images' };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const secret = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
const notation = { sign: 'notation', attest: 'none' };
const by = (controller: string) => ({ 'admission-controller': controller });
const several = {
  ...config({
    exclude: ['Dockerfile'],
    images: ['web', 'web-admin'].map((name) => ({
      name,
      dockerfile: `${name}/Dockerfile`,
      image: `ghcr.io/acme/${name}:1`,
    })),
    'verify-attestations': [
      { match: 'ghcr.io/acme/web', ...identity },
      { match: '**', ...identity, identity: 'another' },
    ],
  }),
  'web/Dockerfile': 'FROM debian:12\n',
  'web-admin/Dockerfile': 'FROM debian:12\n',
};

test.each<[string, Readonly<Record<string, string>>, Readonly<Record<string, string>>, string]>([
  ['nothing is signed', {}, {}, 'sign: is none, so that a policy would admit nothing; set sign to cosign or notation.'],
  [
    'nothing says who signs keyless',
    { sign: 'cosign' },
    {},
    'ghcr.io/acme/web: is signed keyless, and nothing says by whom; add a verify-attestations rule with the identity and issuer of the job that signs.',
  ],
  [
    'a key is believed of what is signed keyless',
    { sign: 'cosign' },
    believing({ key: 'a.pub' }),
    'ghcr.io/acme/web: is signed keyless, and verify-attestations believes no identity; make sign and verify-attestations name the same signer.',
  ],
  [
    'a job is believed of what is signed with a key',
    kms,
    believing(identity),
    'ghcr.io/acme/web: is signed with a key, and verify-attestations believes no key; make sign and verify-attestations name the same signer.',
  ],
  [
    'a keyless signature is in no log',
    { sign: 'cosign', 'transparency-log': 'false' },
    believing(identity),
    '--transparency-log: is off, and without it no policy can check a keyless signature once its certificate has expired; turn it on, or sign with a key.',
  ],
  [
    'bills of materials are on other digests',
    { ...kms, attest: 'record,sbom' },
    {},
    'attest: sbom: is attested on the digest of each platform, and a pod names the index, of which a policy would find none; leave it out of the policy with --attest record,scan.',
  ],
  [
    'notation attests',
    { sign: 'notation', 'admission-key': 'ca.crt' },
    { 'ca.crt': certificate },
    'ask for the signature alone with --attest none.',
  ],
  [
    'no certificate is known',
    notation,
    {},
    'ghcr.io/acme/web: nothing says which certificate notation signs it with; give it with --admission-key.',
  ],
  [
    'a file holds a private key',
    { ...kms, 'admission-key': 'team.key' },
    { 'team.key': secret },
    'ROOT/team.key: does not hold one public key; give what cosign public-key prints, a PUBLIC KEY in PEM.',
  ],
  [
    'a certificate is broken',
    { ...notation, 'admission-key': 'ca.crt' },
    { 'ca.crt': certificate.replace('MII', 'AAA') },
    'ROOT/ca.crt: holds no certificate that can be read; give the one in the trust store of notation, in PEM.',
  ],
  [
    'the public key is missing',
    { allow: 'sign-key' },
    config({ sign: { tool: 'cosign', key: 'keys/team.key' } }),
    'give the public key or certificate with --admission-key.',
  ],
  [
    'the key is in a token',
    { sign: 'cosign', 'sign-key': 'k8s://ns/name' },
    {},
    'ghcr.io/acme/web: is signed with "k8s://ns/name", which a cluster cannot ask for its public key; give the public key with --admission-key.',
  ],
  [
    'policy-controller reads no signature of cosign 3',
    { ...kms, ...by('policy-controller'), attest: 'none' },
    {},
    'ghcr.io/acme/web: is signed and not attested, and policy-controller reads no signature that cosign 3 writes; attest record, or print a policy for kyverno.',
  ],
  [
    'policy-controller reads nothing of notation',
    { ...notation, ...by('policy-controller'), 'admission-key': 'ca.crt' },
    { 'ca.crt': certificate },
    'ghcr.io/acme/web: is signed by notation, which policy-controller does not read; print a policy for kyverno or ratify.',
  ],
  [
    'policy-controller wants the ARN of a key',
    { sign: 'cosign', 'sign-key': 'awskms:///alias/images', ...by('policy-controller') },
    {},
    'name it as awskms:///arn:…, or give the public key with --admission-key.',
  ],
  [
    'patterns of policy-controller cannot tell names apart',
    { sign: 'cosign', image: '', ...by('policy-controller') },
    several,
    'ghcr.io/acme/web: has another signer than ghcr.io/acme/web-admin, whose name begins with its own, and patterns of policy-controller cannot tell them apart; sign both alike, or print a policy for kyverno.',
  ],
  [
    'Ratify reads nothing of cosign 3',
    { ...kms, ...by('ratify') },
    {},
    'ghcr.io/acme/web: is signed by cosign, and Ratify reads no signature that cosign 3 writes; print a policy for kyverno, or sign with notation.',
  ],
  [
    'Ratify takes one certificate',
    { ...notation, ...by('ratify'), 'admission-key': 'ca.crt' },
    { 'ca.crt': certificate + certificate },
    '--admission-key: holds several certificates, and Ratify takes one inline; give the one that the trust store of notation holds.',
  ],
  [
    'no host has a name',
    { ...kms, image: '[::1]:5000/acme/web:1' },
    {},
    'names its registry by an IPv6 address, which no pattern of a policy can name; publish it under the name of a host.',
  ],
])('nothing is printed where %s', async (_, inputs, files, sentence) => {
  const { conclusion, text, words } = await admission(inputs, files);
  expect(words).toContain(sentence);
  expect([conclusion, text]).toEqual(['usage-error', '']);
});

test('an image that nothing says a name of is left out, and said', async () => {
  const files = { 'other/Dockerfile': 'FROM debian:12\n' };
  const ran = await admission({ ...kms, image: 'other=ghcr.io/acme/other:1' }, files);
  expect(ran.conclusion).toBe('succeeded');
  expect(ran.words).toMatch(
    /warning: \S+: nothing says where it is published, so that no policy is about it; name it with --image \S+=REFERENCE\./,
  );
  expect(ran.text).toContain('glob: ghcr.io/acme/other@*');
});

test('nothing is printed of a repository that could not be read whole', async () => {
  const { conclusion, text, words } = await admission(kms, {
    'compose.yaml': 'include: [compose.yaml]\nservices: {}\n',
  });
  expect(words).toMatch(/^error: .*compose\.yaml/m);
  expect([conclusion, text]).toEqual(['incomplete', '']);
});
