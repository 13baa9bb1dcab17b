import { expect } from 'vitest';
import type { Fault } from '../../../testing/registry.ts';
import type { Row, Rule } from '../row.ts';
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
