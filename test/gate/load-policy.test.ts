import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { loadPolicy } from '../../core/gate/load-policy.ts';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { decideGate } from '../../core/gate.ts';
import { parseReference } from '../../core/oci/reference.ts';
import type { ScanReport } from '../../core/scan/finding.ts';
import { createWorld } from '../../core/world.ts';
import { finding } from '../scan/support.ts';

const strict: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };

async function repository(files: Readonly<Record<string, string | Uint8Array>>) {
  const world = createWorld();
  onTestFinished(() => world.close());
  const root = await world.files.temporaryDirectory('policy');
  for (const [path, text] of Object.entries(files)) await world.files.write(`${root}/${path}`, text);
  return { world, root };
}

test('exceptions of every kind of file join those of the configuration, each with where it stands', async () => {
  const openvex = {
    '@context': 'https://openvex.dev/ns',
    statements: [
      { vulnerability: 'CVE-4', products: ['pkg:oci/web?repository_url=ghcr.io/acme/web'], status: 'fixed' },
    ],
  };
  const { world, root } = await repository({
    '.trivyignore': 'CVE-1\n',
    'security/.trivyignore.yaml': 'vulnerabilities: [{id: CVE-2}]\n',
    '.grype.yaml': 'ignore: [{vulnerability: CVE-3}, {vulnerability: CVE-4, match-type: cpe-match}]\n',
    'vex/web.json': JSON.stringify(openvex),
    'vex/torn.json': '{',
  });
  const own = { id: 'CVE-0', reason: 'ours' };
  const asked: GatePolicy = {
    ...strict,
    exceptions: [own],
    ignoreFiles: ['.trivyignore', 'security/.trivyignore.yaml', '.grype.yaml'],
    vexFiles: ['vex/torn.json', 'vex/web.json'],
  };
  const { policy, notes } = await loadPolicy(world, root, asked, [parseReference('ghcr.io/acme/web')]);
  expect(policy.exceptions.map(({ id, source }) => [id, source])).toEqual([
    ['CVE-0', undefined],
    ['CVE-1', '.trivyignore:1'],
    ['CVE-2', 'security/.trivyignore.yaml:1'],
    ['CVE-3', '.grype.yaml:1'],
  ]);
  expect(policy.vex?.map(({ exception }) => [exception?.id, exception?.source])).toEqual([['CVE-4', 'vex/web.json']]);
  expect(notes).toEqual([
    '.grype.yaml:1: match-type is not understood, so the rule accepts nothing',
    'it accepts nothing: vex/torn.json: is not whole JSON; give an OpenVEX, CycloneDX or CSAF document.',
  ]);
  const scanner = { name: 'trivy', version: '1', database: null };
  const findings = ['CVE-1', 'CVE-2', 'CVE-3', 'CVE-4'].map((id) => finding({ id }));
  const scan: ScanReport = { kind: 'scanned', scanner, platforms: [], findings };
  expect(decideGate(policy, scan, undefined, new Date()).kind).toBe('pass');
});

test.each([
  [{ ignoreFiles: ['.trivyignore'] }, '.trivyignore: is named in gate.ignore-files but no such file or folder'],
  [{ knownExploitedFile: 'kev.json' }, 'kev.json: is named in gate.known-exploited-file but no such file or folder'],
  [{ epssFile: 'epss.csv' }, 'epss.csv: is named in gate.epss-file but no such file or folder'],
  [{ vexFiles: ['vex.json'] }, 'vex.json: is named in gate.vex-files but no such file or folder'],
])('%o that is not there is a configuration error', async (changes, sentence) => {
  const { world, root } = await repository({});
  await expect(loadPolicy(world, root, { ...strict, ...changes })).rejects.toThrow(sentence);
});

test('a policy without files is left as it is', async () => {
  const { world, root } = await repository({});
  expect(await loadPolicy(world, root, strict)).toEqual({ policy: strict, notes: [] });
});

describe('what is known of exploitation', () => {
  const kevJson = JSON.stringify({
    title: 'CISA Catalog',
    dateReleased: '2026-11-20T12:00:00.0000Z',
    vulnerabilities: [{ cveID: 'CVE-2024-3094', product: 'xz', dueDate: '2024-04-19' }, { cveID: 'cve-2021-44228' }],
  });
  const kevCsv =
    'cveID,vendorProject,product,vulnerabilityName,dateAdded\n"CVE-2024-3094","XZ","Utils, of \'x\'","n","2026-11-20","d"\nCVE-2021-44228,Apache,Log4j2,n,2021-12-10,d\n';
  const epss =
    '#model_version:v2025.03.14,score_date:2026-11-20\ncve,epss,percentile\nCVE-1999-0001,0.01141,0.77\nCVE-2021-44228,0.94358,1.0\nCVE-2020-1,1e-05,0.1\n';

  async function known(changes: Partial<GatePolicy>, files: Readonly<Record<string, string | Uint8Array>>) {
    const { world, root } = await repository(files);
    const now = () => new Date('2026-11-21T12:00:00Z');
    return (await loadPolicy({ ...world, now }, root, { ...strict, ...changes })).policy.known;
  }

  test('is read from the catalogue as JSON and as CSV', async () => {
    const changes = { knownExploitedFile: 'kev' };
    const exploited = new Set(['CVE-2024-3094', 'CVE-2021-44228']);
    const due = new Map([['CVE-2024-3094', '2024-04-19']]);
    expect(await known(changes, { kev: kevJson })).toEqual({ exploited, due });
    expect(await known(changes, { kev: kevCsv })).toEqual({ exploited, due: new Map() });
  });

  test('is read from scores, zipped or not', async () => {
    const probabilities = new Map([
      ['CVE-1999-0001', 0.01141],
      ['CVE-2021-44228', 0.94358],
      ['CVE-2020-1', 0.00001],
    ]);
    expect(await known({ epssFile: 'epss.csv' }, { 'epss.csv': epss })).toEqual({ probabilities });
    expect(await known({ epssFile: 'epss.csv.gz' }, { 'epss.csv.gz': gzipSync(epss) })).toEqual({ probabilities });
  });

  const kevOf = (more: object, entry: object = {}) =>
    JSON.stringify({ ...more, vulnerabilities: [{ cveID: 'CVE-1', ...entry }, { cveID: 'CVE-2' }] });
  const row = 'CVE-2020-1,0.5,0.5';
  const [kev, scores] = [{ knownExploitedFile: 'f' }, { epssFile: 'f' }];
  const older = (date: string, days: number, key: string) =>
    `f is of ${date}, older than the ${days} days that ${key} allows`;
  const ofKev = 'known-exploited-max-age';
  const undated = (key: string) => `f does not say of when it is, which ${key} needs to know`;
  test.each<readonly [string, Partial<GatePolicy>, string, string | undefined]>([
    ['by its release', kev, kevOf({ dateReleased: '2026-10-22T12:00:00.0000Z' }), undefined],
    ['by its release', kev, kevOf({ dateReleased: '2026-10-22T11:59:59Z' }), older('2026-10-22', 30, ofKev)],
    ['by its version', kev, kevOf({ catalogVersion: '2026.11.01' }), undefined],
    ['by its version', kev, kevOf({ catalogVersion: '2026.10.01' }), older('2026-10-01', 30, ofKev)],
    ['by its release first', kev, kevOf({ dateReleased: '2026-11-20', catalogVersion: '2020.01.01' }), undefined],
    ['by what was added', kev, kevOf({ dateReleased: 'soon' }, { dateAdded: '2026-11-20' }), undefined],
    ['by what was added', kev, kevOf({}, { dateAdded: '2021-12-10' }), older('2021-12-10', 30, ofKev)],
    ['by nothing', kev, kevOf({ dateReleased: 7 }, { dateAdded: 'x' }), undated(ofKev)],
    [
      'by what was added',
      kev,
      'CVE-2020-1,a,b,c,2021-12-10,d\nCVE-2020-2,a,b,c,2021-12-11,d\n',
      older('2021-12-11', 30, ofKev),
    ],
    ['by nothing', kev, 'CVE-2020-1,a\n', undated(ofKev)],
    ['by a setting', { ...kev, knownExploitedMaxAge: 3650 }, kevOf({ catalogVersion: '2021.01.01' }), undefined],
    ['by its comment', scores, `#model_version:v,score_date:2026-11-08T12:00:00+0000\n${row}\n`, undefined],
    ['by its comment', scores, `#score_date:2026-11-07\n${row}\n`, older('2026-11-07', 14, 'epss-max-age')],
    ['by its rows', scores, `${row},2026-11-20\n${row},2026-11-19\n`, undefined],
    ['by the oldest row', scores, `${row},2026-11-20\n${row},2026-11-01\n`, older('2026-11-01', 14, 'epss-max-age')],
    ['by nothing', scores, `#score_date:tomorrow\n${row}\n`, undated('epss-max-age')],
    ['by a setting', { ...scores, epssMaxAge: 0 }, epss, older('2026-11-20', 0, 'epss-max-age')],
  ])('is dated %s: %o with %j', async (_, changes, text, why) => {
    const { outdated, exploited, probabilities } = (await known(changes, { f: text })) ?? {};
    expect(outdated?.map((one) => one.why)).toEqual(why === undefined ? undefined : [why]);
    expect([exploited ?? probabilities].map((data) => data === undefined)).toEqual([why !== undefined]);
  });

  test('of one file that is too old says nothing of the other', async () => {
    const changes = { knownExploitedFile: 'kev', epssFile: 'epss' };
    const found = await known(changes, { kev: kevOf({ catalogVersion: '2020.01.01' }), epss });
    expect(found).toMatchObject({ probabilities: expect.any(Map), outdated: [{ facts: ['kev', 'kevDue'] }] });
    expect(found).not.toHaveProperty('exploited');
    expect(found).not.toHaveProperty('due');
  });

  test.each<readonly [Partial<GatePolicy>, string | Uint8Array, string]>([
    [{ knownExploitedFile: 'f' }, '{"vulnerabilities": 1}', 'f: is not a catalogue of known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '{', 'f: is not a catalogue of known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '{"vulnerabilities": []}', 'f: lists no known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '<html>', 'f: lists no known exploited vulnerabilities'],
    [{ epssFile: 'f' }, '<html>', 'f: has no EPSS score in line 1'],
    [{ epssFile: 'f' }, 'cve,epss,percentile\n', 'f: holds no EPSS scores'],
    [{ epssFile: 'f' }, 'cve,percentile,epss\nCVE-2020-1,0.9,0.1\n', 'f: has other columns in line 1'],
    // One that is passed over would count as a vulnerability that nobody exploits.
    ...['CVE-2020-1,7,0.1', 'CVE-2020-1, 0.9, 0.9', 'CVE-2020-1;0.9;0.9', 'CVE-2020-1,high,0.9', 'CVE-2020-1,0'].map(
      (line) => [{ epssFile: 'f' }, `${epss}${line}\n`, 'f: has no EPSS score in line 6'] as const,
    ),
    [
      { knownExploitedFile: 'f' },
      '{"count": 2, "vulnerabilities": [{"cveID": "CVE-1"}]}',
      'f: counts 2 vulnerabilities',
    ],
    [{ epssFile: 'f' }, gzipSync(epss).subarray(0, 40), 'f: is named in gate.epss-file but is a torn gzip file'],
  ])('%o with %j is a configuration error', async (changes, text, sentence) => {
    await expect(known(changes, { f: text })).rejects.toThrow(sentence);
  });
});
