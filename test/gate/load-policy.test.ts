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
    vulnerabilities: [{ cveID: 'CVE-2024-3094', product: 'xz', dueDate: '2024-04-19' }, { cveID: 'cve-2021-44228' }],
  });
  const kevCsv = 'cveID,vendorProject,product\n"CVE-2024-3094","XZ","Utils, of \'x\'"\nCVE-2021-44228,Apache,Log4j2\n';
  const epss =
    '#model_version:v2025.03.14,score_date:2026-11-20\ncve,epss,percentile\nCVE-1999-0001,0.01141,0.77\nCVE-2021-44228,0.94358,1.0\nCVE-2020-1,1e-05,0.1\n';

  async function known(changes: Partial<GatePolicy>, files: Readonly<Record<string, string | Uint8Array>>) {
    const { world, root } = await repository(files);
    return (await loadPolicy(world, root, { ...strict, ...changes })).policy.known;
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

  test.each<readonly [Partial<GatePolicy>, string | Uint8Array, string]>([
    [{ knownExploitedFile: 'f' }, '{"vulnerabilities": 1}', 'f: is not a catalogue of known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '{', 'f: is not a catalogue of known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '{"vulnerabilities": []}', 'f: lists no known exploited vulnerabilities'],
    [{ knownExploitedFile: 'f' }, '<html>', 'f: lists no known exploited vulnerabilities'],
    [{ epssFile: 'f' }, '<html>', 'f: holds no EPSS scores'],
    [{ epssFile: 'f' }, 'CVE-2020-1,7,0.1\n', 'f: holds no EPSS scores'],
    [{ epssFile: 'f' }, gzipSync(epss).subarray(0, 40), 'f: is named in gate.epss-file but is a torn gzip file'],
  ])('%o with %j is a configuration error', async (changes, text, sentence) => {
    await expect(known(changes, { f: text })).rejects.toThrow(sentence);
  });
});
