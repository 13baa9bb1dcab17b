import { describe, expect, test } from 'vitest';
import { bundleSigner, certificateSigner, envelopeSigner } from '../../core/sign/certificate.ts';
import { issued, own, person, workflow } from './certificates.ts';

const identities = {
  workflow:
    'URI:https://github.com/acme/web/.github/workflows/release.yml@refs/heads/main, by https://token.actions.githubusercontent.com',
  person: 'email:ci@acme.example, by https://accounts.google.com',
  issued: 'C=US, O=Acme, CN=release, by O=sigstore.dev, CN=sigstore-intermediate',
  own: 'O=Acme, CN=self, SHA-256 AA:2A:0D:AE:CA:16:57:0F:B7:9E:F8:28:85:37:D8:F3:F0:4E:B7:F6:2E:1A:62:25:FC:B8:1E:A4:62:AE:ED:04',
};
const by = (identity: string) => ({ kind: 'certificate', identity });

describe('whom a signature is by', () => {
  test.each([
    ['a workflow, to Fulcio', workflow, identities.workflow],
    ['a person, to Fulcio of old', person, identities.person],
    ['a name that an authority vouches for', issued, identities.issued],
    ['a key that vouches for itself', own, identities.own],
  ])('%s', (_, certificate, identity) => {
    expect(certificateSigner(Buffer.from(certificate, 'base64'))).toEqual(by(identity));
    expect(certificateSigner(`-----BEGIN CERTIFICATE-----\n${certificate}\n-----END CERTIFICATE-----\n`)).toEqual(
      by(identity),
    );
  });

  test.each([
    ['one certificate', { certificate: { rawBytes: workflow } }, by(identities.workflow)],
    ['a chain', { x509CertificateChain: { certificates: [{ rawBytes: workflow }] } }, by(identities.workflow)],
    ['a key', { publicKey: { hint: 'a' } }, { kind: 'key' }],
    ['nothing', {}, { kind: 'unknown' }],
    ['another thing', { certificate: { rawBytes: 'AAAA' } }, { kind: 'unknown' }],
  ])('a bundle with %s', (_, verificationMaterial, expected) => {
    expect(bundleSigner(JSON.stringify({ verificationMaterial }))).toEqual(expected);
  });
  test('a bundle that is no JSON', () => expect(bundleSigner('{')).toEqual({ kind: 'unknown' }));

  const der = Buffer.from(issued, 'base64');
  const text = Buffer.concat([Buffer.from([0x59, der.length >> 8, der.length & 0xff]), der]);
  // COSE_Sign1 without its payload: [{1: -7}, {33: certificates}, …].
  const cose = (...chain: readonly Buffer[]) =>
    Buffer.concat([Buffer.from([0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x18, 0x21]), ...chain]);
  test.each([
    ['JWS', Buffer.from(JSON.stringify({ header: { x5c: [issued, own] } })), by(identities.issued)],
    ['COSE with one certificate', cose(text), by(identities.issued)],
    ['COSE with a chain', cose(Buffer.from([0x82]), text, text), by(identities.issued)],
    ['COSE that ends early', cose(Buffer.from([0x82, 0x59])), { kind: 'unknown' }],
    ['nothing', Buffer.alloc(0), { kind: 'unknown' }],
  ])('an envelope of notation in %s', (_, bytes, expected) => expect(envelopeSigner(bytes)).toEqual(expected));
});
