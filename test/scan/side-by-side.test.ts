import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scanCommand } from '../../core/commands/scan.ts';
import { loadConfig } from '../../core/config.ts';
import { fail } from '../../core/failure.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport } from '../../core/report/json.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { disagreement, joinFindings } from '../../core/scan/agree.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { mergeFindings } from '../../core/scan/merge.ts';
import type { PlatformScan, Scanner, ScanTarget } from '../../core/scan/scanner.ts';
import { sideBySide } from '../../core/scan/side-by-side.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { finding } from './support.ts';

const purl = 'pkg:deb/debian/openssl@3.0.20?arch=amd64&distro=debian-12';

function joined(trivy: readonly Partial<Finding>[], grype: readonly Partial<Finding>[]) {
  const findings = joinFindings([
    { scanner: 'trivy', findings: trivy.map(finding) },
    { scanner: 'grype', findings: grype.map(finding) },
  ]);
  return findings.map((each) => ({
    id: each.id,
    severity: each.severity,
    aliases: each.aliases.join(' '),
    seen: (each.seenBy ?? []).map(({ scanner, severity }) => `${scanner} ${severity}`).join(', '),
  }));
}

describe('one finding of two scanners', () => {
  test.each<readonly [string, Partial<Finding>, Partial<Finding>]>([
    ['the same id and name', {}, {}],
    ['an alias', { id: 'CVE-2026-1' }, { id: 'GHSA-x', aliases: ['CVE-2026-1'] }],
    ['two names for one id', { id: 'GHSA-x', aliases: ['CVE-2026-1'] }, { id: 'DSA-1', aliases: ['CVE-2026-1'] }],
    ['an id in other letters', { id: 'GHSA-abc' }, { id: 'ghsa-ABC' }],
    [
      'a purl that differs in its qualifiers',
      { package: { name: 'openssl', purl } },
      { package: { name: 'libssl', purl: 'pkg:deb/debian/openssl@3.0.20' } },
    ],
    ['a purl of one alone', { package: { name: 'openssl', purl } }, {}],
    [
      'a path written otherwise',
      { package: { name: 'openssl', path: 'app/x' } },
      { package: { name: 'openssl', path: '/app/x' } },
    ],
    ['a path of one alone', { package: { name: 'openssl', path: 'app/x' } }, {}],
  ])('by %s', (_, a, b) => {
    const [only, ...others] = joined([a], [b]);
    expect(others).toEqual([]);
    expect(only?.seen).toBe('trivy high, grype high');
  });

  test.each<readonly [string | null | undefined, Partial<Finding>, Partial<Finding>]>([
    ['2', { fixed: null }, { fixed: '2' }],
    ['2', {}, { fixed: '2' }],
    [undefined, { fixed: null }, {}],
    [undefined, {}, { fixed: null }],
    [null, { fixed: null }, { fixed: null }],
  ])('a scanner that says nothing of a fix leaves it to the other: %s', (fixed, a, b) => {
    const [only] = joinFindings([
      { scanner: 'one', findings: [finding(a)] },
      { scanner: 'other', findings: [finding(b)] },
    ]);
    expect(only?.fixed).toBe(fixed);
  });

  test.each<readonly [string, Partial<Finding>, Partial<Finding>]>([
    ['another vulnerability', {}, { id: 'CVE-2026-2' }],
    ['another package', {}, { package: { name: 'curl' } }],
    ['another version', {}, { installed: '3.0.21' }],
    [
      'another ecosystem',
      { package: { name: 'openssl', purl } },
      { package: { name: 'openssl', purl: 'pkg:npm/openssl@3.0.20' } },
    ],
    ['another place', { package: { name: 'openssl', path: 'a' } }, { package: { name: 'openssl', path: 'b' } }],
  ])('and two by %s', (_, a, b) => {
    expect(joined([a], [b]).map(({ seen }) => seen)).toEqual(['trivy high', 'grype high']);
  });

  test('the same package at two places stays two findings', () => {
    const at = (path: string) => ({ package: { name: 'lodash', path } });
    expect(joined([at('a'), at('b')], [at('b'), at('a')]).map(({ seen }) => seen)).toEqual([
      'trivy high, grype high',
      'trivy high, grype high',
    ]);
  });

  test('counts as the worse of what they say, and keeps all names and facts', () => {
    const [both] = joinFindings([
      { scanner: 'trivy', findings: [finding({ severity: 'medium' })] },
      {
        scanner: 'grype',
        findings: [
          finding({
            id: 'GHSA-x',
            aliases: ['CVE-2026-1'],
            severity: 'critical',
            fixed: '3.0.22',
            owner: 'base',
            epss: 0.4,
          }),
        ],
      },
    ]);
    expect(both).toMatchObject({
      id: 'CVE-2026-1',
      aliases: ['GHSA-x'],
      severity: 'critical',
      fixed: '3.0.22',
      owner: 'base',
      epss: 0.4,
      seenBy: [
        { scanner: 'trivy', severity: 'medium' },
        { scanner: 'grype', severity: 'critical' },
      ],
    });
    expect(disagreement(both as Finding, ['trivy', 'grype'])).toBe('trivy: medium');
  });

  test('on two platforms is said once, with who saw it on any of them', () => {
    const of = (platform: string, scanner: string) =>
      joinFindings([{ scanner, findings: [finding({ platforms: [platform] })] }]);
    const [merged] = mergeFindings([of('linux/amd64', 'trivy'), of('linux/arm64', 'grype')]);
    expect(merged?.seenBy?.map(({ scanner }) => scanner)).toEqual(['trivy', 'grype']);
    expect(merged?.platforms).toEqual(['linux/amd64', 'linux/arm64']);
  });
});

const target: ScanTarget = {
  reference: { registry: 'r.example', repository: 'app', digest: digestOf('app') },
  platform: { os: 'linux', architecture: 'amd64' },
  baseLayers: [],
};

function scanner(name: string, answer: () => Promise<Partial<PlatformScan>>): Scanner {
  return {
    name,
    scan: async () => ({ scanner: { name, version: '1', database: null }, findings: [], ...(await answer()) }),
  };
}

describe('two scanners', () => {
  test('are one, of both names and the older database', async () => {
    const of = (name: string, database: string, packages: number) =>
      scanner(name, async () => ({ scanner: { name, version: '1', database }, inventory: { packages } }));
    const both = sideBySide([of('trivy', '2026-11-20T00:00:00Z', 0), of('grype', '2026-11-19T00:00:00Z', 7)]);
    const scan = await both.scan(target);
    expect(scan.scanner).toEqual({ name: 'trivy + grype', version: '1 + 1', database: '2026-11-19T00:00:00Z' });
    expect(scan.scanners?.map(({ name }) => name)).toEqual(['trivy', 'grype']);
    expect(scan.inventory).toEqual({ packages: 7 });
  });

  test('fail where one fails, once the other has ended', async () => {
    let ended = false;
    const slow = scanner('trivy', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      ended = true;
      return {};
    });
    const broken = scanner('grype', async () => {
      throw fail('scan-failed', 'grype', 'has no database');
    });
    await expect(sideBySide([slow, broken]).scan(target)).rejects.toThrow('grype: has no database.');
    expect(ended).toBe(true);
  });
});

const sarif = (name: string, results: readonly object[]) =>
  JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name, version: '1', rules: [] } }, results }] });
const result = (id: string, severity: string) => ({
  ruleId: id,
  message: { text: `Package: openssl\nInstalled Version: 3.0.20\nSeverity: ${severity}` },
});

/** `scan` with a command and Docker Scout side by side; each writes what it is told to. */
async function scanBoth(mine: string, scouts: string | null, inputs: Readonly<Record<string, string>> = {}) {
  const server = await startRegistry();
  onTestFinished(() => server.close());
  await pushImage(server.store, 'acme/web', makeImage({ layers: [await makeLayer({ app: 'web' })] }), '1');
  const bin = mkdtempSync(join(tmpdir(), 'beside-'));
  onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
  writeFileSync(join(bin, 'mine.sarif'), mine);
  writeFileSync(join(bin, 'scout.sarif'), scouts ?? '');
  const script = `#!/bin/sh\n[ "$2" = version ] && exit 0\nwhile [ "$1" != --output ]; do shift; done\n${scouts === null ? 'exit 1' : `cp '${bin}/scout.sarif' "$2"`}\n`;
  writeFileSync(join(bin, 'docker'), script, { mode: 0o755 });
  const root = repository({});
  const yaml = `scanners: [command, scout]\nscanner: { command: [cat, '${bin}/mine.sarif'], format: sarif, tool: command }\n`;
  writeFileSync(join(root, '.base-image-refresh.yml'), yaml);
  const real = createWorld({ cwd: root });
  onTestFinished(() => real.close());
  const hub = { DOCKER_SCOUT_HUB_USER: 'u', DOCKER_SCOUT_HUB_PASSWORD: 'p' };
  const world = { ...real, env: { PATH: `${bin}:/usr/bin:/bin`, HOME: root, ...hub } };
  const image = `${server.host}/acme/web:1`;
  const host = recordingHost({
    command: 'scan',
    image,
    'insecure-registry': server.host,
    allow: 'scanner-command',
    ...inputs,
  });
  const conclusion = await scanCommand(await loadConfig(host, world), host, world);
  const text = await world.files.readText(join(root, '.base-image-refresh/report.json'));
  return { conclusion, report: parseReport(text, 'report.json') };
}

describe('scan with two scanners', () => {
  const mine = sarif('mine', [result('CVE-2026-1', 'HIGH'), result('CVE-2026-2', 'LOW')]);
  const scouts = sarif('docker scout', [result('CVE-2026-1', 'CRITICAL'), result('CVE-2026-3', 'MEDIUM')]);

  test('gates on what any of them finds, and shows where they disagree', async () => {
    const { conclusion, report } = await scanBoth(mine, scouts, { 'severity-threshold': 'critical' });
    expect(conclusion).toBe('policy-failed');
    const [image] = report.images;
    expect(image?.gate?.breaches.map(({ finding: { id } }) => id)).toEqual(['CVE-2026-1']);
    expect(image?.scan?.scanners?.map(({ name }) => name)).toEqual(['mine', 'docker scout']);
    const seen = image?.scan?.findings.map(({ id, seenBy }) => [
      id,
      seenBy?.map((by) => `${by.scanner} ${by.severity}`),
    ]);
    expect(seen).toEqual([
      ['CVE-2026-1', ['mine high', 'docker scout critical']],
      ['CVE-2026-3', ['docker scout medium']],
      ['CVE-2026-2', ['mine low']],
    ]);
    const markdown = renderMarkdown(report);
    expect(markdown).toMatch(
      /they agree on 0 of 3 findings \(1 found by mine alone, 1 found by docker scout alone, 1 of different severity\)/,
    );
    expect(markdown).toContain('critical (mine: high)');
    expect(markdown).toContain('low (only mine)');
    const html = renderHtml(report);
    expect(html).toContain('<span class="soft">mine: high</span>');
    expect(html).toContain('<span class="soft">only docker scout</span>');
  });

  test('is inconclusive where one of them fails, whatever the other says', async () => {
    const { conclusion, report } = await scanBoth(sarif('mine', []), null, { 'severity-threshold': 'none' });
    expect(conclusion).toBe('incomplete');
    expect(report.images[0]?.gate?.failure?.detail).toContain('Docker Scout made no report: it ended with exit code 1');
  });
});

describe('several scanners are configured', () => {
  async function settingsOf(inputs: Readonly<Record<string, string>>, file = '') {
    const root = repository({ '.base-image-refresh.yml': file === '' ? 'fail-on: never\n' : file });
    const world = createWorld({ cwd: root });
    onTestFinished(() => world.close());
    const host = recordingHost({
      command: 'scan',
      image: 'r.example/app:1',
      allow: 'scanner-command, scanner-download-url, database-repository',
      ...inputs,
    });
    return loadConfig(host, { ...world, env: {} }).then(
      ({ scanner: read }) => ({ read, message: '' }),
      (error: Error) => ({ read: undefined, message: error.message }),
    );
  }

  test('each with its own version, place and database', async () => {
    const { read } = await settingsOf({
      scanners: 'trivy,grype',
      'scanner-install': 'true',
      'scanner-version': 'trivy=0.69.3,grype=0.111.0',
      'database-repository': 'trivy=db.example/a:2,db.example/b:2\ngrype=https://db.example/listing',
    });
    expect(read).toMatchObject({
      tool: 'trivy',
      version: '0.69.3',
      databaseRepository: 'db.example/a:2,db.example/b:2',
    });
    expect(read?.beside).toMatchObject([
      { tool: 'grype', version: '0.111.0', databaseRepository: 'https://db.example/listing', install: true },
    ]);
  });

  test('in the file too, over which the host names one', async () => {
    expect((await settingsOf({}, 'scanners: [grype, snyk]\n')).read).toMatchObject({
      tool: 'grype',
      beside: [{ tool: 'snyk' }],
    });
    const { read } = await settingsOf({ scanner: 'snyk' }, 'scanners: [grype, trivy]\n');
    expect(read?.tool).toBe('snyk');
    expect(read?.beside).toBeUndefined();
  });

  test.each([
    [
      'a name that is none',
      { scanners: 'trivy,gripe' },
      'scanners: "gripe" is not valid; the nearest valid value is grype',
    ],
    ['a name twice', { scanners: 'trivy,trivy' }, 'scanners: names trivy twice'],
    [
      'a value of nobody knows whom',
      { scanners: 'trivy,grype', 'scanner-path': '/x' },
      'scanner-path: does not say which scanner "/x" is for; write trivy=/x',
    ],
    [
      'a version without a checksum',
      { 'scanner-install': 'true', 'scanner-version': '0.60.0' },
      'scanner-version: no checksum of trivy 0.60.0 is built in, so it cannot be installed; give one of 0.69.3, 0.74.0',
    ],
    [
      'a compromised version',
      { 'scanner-install': 'true', 'scanner-version': 'v0.69.5' },
      'scanner-version: Trivy 0.69.5 is a compromised release that steals credentials',
    ],
    ['a version without an installation', { 'scanner-version': '0.69.3' }, 'scanner-version: has nothing to install'],
    [
      'a scanner that cannot be installed',
      { scanner: 'snyk', 'scanner-install': 'true' },
      'scanner-install: cannot install snyk',
    ],
    [
      'a mirror in the open',
      { 'scanner-install': 'true', 'scanner-download-url': 'http://mirror.example' },
      'scanner-download-url: "http://mirror.example" is not valid; give an https:// address',
    ],
  ])('%s is refused', async (_, inputs, words) => {
    expect((await settingsOf(inputs as unknown as Record<string, string>)).message).toContain(words);
  });
});

const many = Array.from({ length: 2000 }, (_, at) => `app/${at}/openssl.jar`);
const nowhere = many.map(() => undefined);
test.each<readonly [string, readonly (string | undefined)[], readonly (string | undefined)[], number]>([
  ['at the same paths', many, many, 2000],
  ['at other paths', many, many.map((path) => `other/${path}`), 4000],
  ['at paths and without', many, nowhere, 2000],
  ['without paths and at some', nowhere, many, 2000],
  ['without paths', nowhere, nowhere, 2000],
])('one package %s of two scanners is looked at a few times at each', (_, first, second, count) => {
  let looked = 0;
  const at = (path: string | undefined) => {
    const of: Finding['package'] = {
      name: 'openssl',
      get path() {
        looked += 1;
        return path;
      },
    } as Finding['package'];
    return finding({ package: of });
  };
  const found = joinFindings([
    { scanner: 'trivy', findings: first.map(at) },
    { scanner: 'grype', findings: second.map(at) },
  ]);
  expect(found).toHaveLength(count);
  expect(looked).toBeLessThan(2 * many.length * 12);
});
