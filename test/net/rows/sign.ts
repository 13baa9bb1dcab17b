import { expect } from 'vitest';
import type { Fault } from '../../../testing/registry.ts';
import { attach } from '../publish.ts';
import type { Row, Rule } from '../row.ts';
import type { Seen } from '../seen.ts';
import type { Site } from '../site.ts';

const promoted = { web: 'stale promoted', api: 'stale promoted' };
const unsigned = { web: 'stale pass sign-failed', api: 'stale promoted' };
const forbidden = 'Error: PUT manifest: unexpected status code 403 Forbidden\n';

const cosign = (attest: string) => ({
  sign: { tool: 'cosign', key: 'cosign.key', 'transparency-log': false, attest: [attest] },
});
const signing = { settings: cosign('none'), programs: ['cosign'] } as const;

function both(...referrers: readonly string[]) {
  return { web: referrers, api: referrers };
}

function ofWeb(to: string, answer: Partial<Rule>, program = 'cosign'): readonly Rule[] {
  return [{ program, to: `${to} .*/web@`, ...answer }];
}

// What is put into web's repository as attached to something.
function attaching(effect: Fault['effect']) {
  return ({ repository }: Site): readonly Fault[] => [
    {
      method: 'PUT',
      path: new RegExp(`^/v2/${repository('web')}/manifests/`),
      when: ({ body }) => body.includes('"subject"'),
      effect,
    },
  ];
}

/** The signature of what is about to be promoted. */
export const signRows: readonly Row[] = [
  { name: 'yes', ...signing, host: 'github', exit: 0, images: promoted, referrers: both('signature') },
  {
    name: 'no',
    settings: { sign: { tool: 'none' } },
    programs: ['cosign'],
    exit: 0,
    images: promoted,
    and: ({ calls }) => expect(calls).toEqual([]),
  },
  {
    name: 'fails with 403',
    ...signing,
    faults: attaching({ kind: 'status', status: 403 }),
    exit: 3,
    images: unsigned,
    referrers: { api: ['signature'] },
    says: /cosign could not sign it: .*status code 403/,
  },
  {
    name: 'fails with 500',
    ...signing,
    faults: attaching({ kind: 'status', status: 500 }),
    exit: 3,
    images: unsigned,
    referrers: { api: ['signature'] },
    says: /cosign could not sign it: .*status code 500/,
  },
  {
    name: 'late',
    ...signing,
    rules: ofWeb('^sign', { late: 700 }),
    exit: 0,
    images: promoted,
    referrers: both('signature'),
  },
];

// Web is signed with a bare key before the run, which the signature does not name.
const signed = (site: Site) => {
  const document = { verificationMaterial: { publicKey: { hint: 'a' } }, messageSignature: {} };
  attach(site, 'web', '1', 'application/vnd.dev.sigstore.bundle.v0.3+json', document);
};
const another = { code: 1, stderr: 'Error: no matching attestations: failed to verify signature\n' };
const unsignedWeb = ({ calls }: Seen) =>
  expect(calls.filter(({ line }) => /^sign .*\/web@/.test(line))).toHaveLength(0);

/** The key with which the published image was signed. */
export const signerRows: readonly Row[] = [
  {
    name: 'the same',
    ...signing,
    before: signed,
    rules: ofWeb('^verify', { code: 0, stdout: '[{}]' }),
    exit: 0,
    images: promoted,
    referrers: both('signature'),
    and: ({ images, calls }) => {
      expect(images.web.continuity?.broken).toEqual([]);
      const [made, verified] = calls.filter(({ line }) => /^(?:public-key|verify) /.test(line));
      expect(made?.line).toMatch(/^public-key --key .*cosign\.key --outfile .*own\.pub$/);
      expect(verified?.line).toMatch(/^verify --key .*own\.pub .*\/web@sha256:/);
    },
  },
  {
    name: 'another',
    ...signing,
    host: 'github',
    before: signed,
    rules: ofWeb('^verify', another),
    exit: 1,
    images: { web: 'stale pass', api: 'stale promoted' },
    referrers: { api: ['signature'] },
    says: /signature by cosign from "another key" to "the key of this run"; sign with the key or identity that signed it/,
    and: (seen) => {
      unsignedWeb(seen);
      expect(seen.images.web.held).toEqual({
        because: 'continuity',
        remedy: 'sign with the key or identity that signed it, or accept signature',
      });
    },
  },
  {
    name: 'another beside the same',
    ...signing,
    before: (site) => {
      signed(site);
      attach(site, 'web', '1', 'application/vnd.dev.sigstore.bundle.v0.3+json', {
        messageSignature: { by: 'another' },
        verificationMaterial: { publicKey: {} },
      });
    },
    rules: ofWeb('^verify', { code: 0, stdout: '[{}]' }),
    exit: 1,
    images: { web: 'stale pass', api: 'stale promoted' },
    referrers: { api: ['signature'] },
    and: unsignedWeb,
  },
  {
    name: 'another, which is accepted',
    ...signing,
    before: signed,
    inputs: { 'continuity-accept': 'signature' },
    rules: ofWeb('^verify', another),
    exit: 0,
    images: promoted,
    referrers: both('signature'),
    and: ({ images }) =>
      expect(images.web.continuity?.explained).toContainEqual({
        aspect: 'signature',
        what: 'signature by cosign',
        from: 'another key',
        to: 'the key of this run',
        because: 'accepted',
      }),
  },
  {
    name: 'not to be found out',
    ...signing,
    before: signed,
    rules: ofWeb('^verify', { code: 1, stderr: 'Error: dial tcp: connect: connection refused\n' }),
    exit: 3,
    images: unsigned,
    referrers: { api: ['signature'] },
    says: /cosign could not verify it: .*connection refused/,
    and: unsignedWeb,
  },
  {
    name: 'not at hand',
    ...signing,
    before: signed,
    rules: [{ program: 'cosign', to: '^public-key', code: 1, stderr: 'Error: decrypt: wrong password\n' }],
    exit: 3,
    images: unsigned,
    referrers: { api: ['signature'] },
    says: /cosign could not read the key that is to sign: .*wrong password/,
    and: unsignedWeb,
  },
];

const all = ['https://cosign.sigstore.dev/attestation/vuln/v1', 'signature', 'urn:base-image-refresh:refresh:v1'];
// cosign knows a type by its short name and writes the long one; the stand-in writes what it is given.
const attested = ['signature', 'urn:base-image-refresh:refresh:v1', 'vuln'];
const attesting = { settings: cosign('record,scan'), programs: ['cosign'] } as const;
const withBill = { settings: cosign('record,sbom'), programs: ['cosign', 'trivy'] } as const;
const notation = { settings: { sign: { tool: 'notation', attest: ['record,scan'] } }, programs: ['notation'] } as const;

/** What is attested beside the signature. */
export const attestRows: readonly Row[] = [
  { name: 'yes', ...attesting, host: 'github', exit: 0, images: promoted, referrers: both(...attested) },
  { name: 'yes, by notation', ...notation, exit: 0, images: promoted, referrers: both(...all) },
  {
    name: 'yes, with a bill of materials of each platform',
    ...withBill,
    exit: 0,
    images: promoted,
    referrers: both('signature', 'urn:base-image-refresh:refresh:v1'),
    and: ({ calls }) => {
      const bills = calls.filter(({ line }) => /^attest .*--type cyclonedx .*@sha256/.test(line));
      expect(new Set(bills.map(({ line }) => line.split('@')[1])).size).toBe(4);
    },
  },
  {
    name: 'fails with 403 after the signature',
    ...attesting,
    rules: ofWeb('^attest .*--type vuln', { code: 1, stderr: forbidden }),
    exit: 3,
    images: unsigned,
    referrers: { api: attested },
  },
  {
    name: 'fails with 403 at the registry, by notation',
    ...notation,
    faults: attaching({ kind: 'status', status: 403 }),
    exit: 3,
    images: { web: 'stale pass forbidden', api: 'stale promoted' },
    referrers: { api: all },
  },
  {
    name: 'fails with 500 at the registry, by notation',
    ...notation,
    faults: attaching({ kind: 'status', status: 500 }),
    exit: 3,
    images: { web: 'stale pass unreachable', api: 'stale promoted' },
    referrers: { api: all },
  },
  {
    name: 'no bill of materials',
    ...withBill,
    rules: [{ program: 'trivy', to: '/web@', code: 1, stderr: 'FATAL GET: 403 Forbidden\n' }],
    exit: 3,
    images: unsigned,
    referrers: { api: ['signature', 'urn:base-image-refresh:refresh:v1'] },
    says: /Trivy made no bill of materials: .*403 Forbidden/,
  },
  {
    name: 'late',
    ...attesting,
    rules: ofWeb('^attest', { late: 500 }),
    exit: 0,
    images: promoted,
    referrers: both(...attested),
  },
];
