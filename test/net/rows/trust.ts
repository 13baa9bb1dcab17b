import { expect } from 'vitest';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

const verifyBase = (site: Site) => ({
  'verify-base': [{ match: site.name('debian'), key: 'cosign.pub', 'transparency-log': false }],
});
const promoted = { web: 'stale promoted', api: 'stale promoted' };
const asked = { program: 'cosign', to: '^verify .*/debian@' };

/** Who has signed the base that images are about to be put on. */
export const verifyBaseRows: readonly Row[] = [
  { name: 'yes', settings: verifyBase, programs: ['cosign'], host: 'github', exit: 0, images: promoted },
  {
    name: 'no',
    settings: verifyBase,
    programs: ['cosign'],
    rules: [{ ...asked, code: 10, stderr: 'Error: no signatures found\n' }],
    exit: 1,
    images: { web: 'stale fail', api: 'stale fail' },
    says: /debian:12 carries no signature \(verify-base .*debian\)/,
  },
  {
    name: 'no, by another',
    settings: verifyBase,
    programs: ['cosign'],
    rules: [{ ...asked, code: 12, stderr: 'Error: no matching signatures\n' }],
    host: 'github',
    exit: 1,
    images: { web: 'stale fail', api: 'stale fail' },
  },
  {
    name: 'no, of the base of a build stage',
    settings: (site) => ({ 'verify-base': [{ match: site.name('*'), key: 'cosign.pub', 'transparency-log': false }] }),
    programs: ['cosign'],
    rules: [{ program: 'cosign', to: '^verify .*/tools@', code: 10, stderr: 'Error: no signatures found\n' }],
    exit: 1,
    images: { web: 'stale fail', api: 'stale fail' },
    says: /tools:1 carries no signature/,
  },
  {
    name: 'fails with 403',
    settings: verifyBase,
    programs: ['cosign'],
    rules: [{ ...asked, code: 1, stderr: 'Error: GET /v2/: 403 Forbidden\n' }],
    exit: 3,
    images: { web: 'stale not gated sign-failed', api: 'stale not gated sign-failed' },
    says: /cosign could not verify it: .*403 Forbidden/,
  },
  {
    name: 'late',
    settings: verifyBase,
    programs: ['cosign'],
    rules: [{ ...asked, late: 700 }],
    exit: 0,
    images: promoted,
  },
  {
    name: 'late, and no',
    settings: verifyBase,
    programs: ['cosign'],
    rules: [{ ...asked, late: 700, code: 10, stderr: 'Error: no signatures found\n' }],
    exit: 1,
    images: { web: 'stale fail', api: 'stale fail' },
  },
];

const verifyAttestations = (site: Site) => ({
  'verify-attestations': [{ match: site.name('*'), key: 'cosign.pub', 'transparency-log': false }],
});
const beside = { by: 'statement beside' } as const;
const ofWeb = { program: 'cosign', to: '^verify-attestation .*/web@' };
const signed = {
  published: beside,
  settings: verifyAttestations,
  programs: ['cosign'],
} as const;
const unknown = ['tools unknown none none none', 'debian unknown none none none'];
const others = ['tools unrecorded none v1 none', 'debian unrecorded none v2 none'];

/** Who has signed what stands beside the published images and says what they were built on. */
export const verifyAttestationRows: readonly Row[] = [
  {
    name: 'yes',
    ...signed,
    host: 'github',
    exit: 0,
    images: promoted,
    and: ({ images }) => {
      const verified = Object.values(images).flatMap(({ bases }) => bases.map((base) => base.verified));
      expect(verified).toEqual([true, true, true, true]);
    },
  },
  {
    name: 'no, of one image',
    ...signed,
    command: 'check',
    rules: [{ ...ofWeb, code: 1, stderr: 'Error: no matching attestations: key is not right\n' }],
    exit: 0,
    images: { web: 'stale not gated', api: 'stale not gated' },
    bases: { web: others },
    says: /web:1: 1 of 1 attestations beside it is not signed by a signer that verify-attestations/,
  },
  {
    name: 'fails with 403 at the signer',
    ...signed,
    rules: [{ ...ofWeb, code: 1, stderr: 'Error: GET /v2/: unexpected status code 403 Forbidden\n' }],
    exit: 3,
    images: { web: 'unknown not gated sign-failed', api: 'stale promoted' },
    bases: { web: unknown },
  },
  {
    name: 'fails with 403 at the registry, which then has no statements to show',
    ...signed,
    command: 'check',
    faults: (site) => [{ path: referrers(site, 'web'), effect: { kind: 'status', status: 403 } }],
    exit: 0,
    images: { web: 'stale not gated', api: 'stale not gated' },
    bases: { web: others },
  },
  {
    name: 'fails with 500 at the registry',
    ...signed,
    faults: (site) => [{ path: referrers(site, 'web'), effect: { kind: 'status', status: 500 } }],
    exit: 3,
    images: { web: 'unknown not gated unreachable', api: 'stale promoted' },
    bases: { web: unknown },
  },
  { name: 'late', ...signed, rules: [{ ...ofWeb, late: 700 }], exit: 0, images: promoted },
];

function referrers({ repository }: Site, name: string): RegExp {
  return new RegExp(`^/v2/${repository(name)}/referrers/`);
}
