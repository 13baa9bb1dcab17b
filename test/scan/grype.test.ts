import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { readGrypeReport } from '../../core/scan/grype/report.ts';
import { grypeScanner } from '../../core/scan/grype.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistryOptions } from '../../testing/registry.ts';
import { changed, config, fixture, grypeFixture, type Path, targetOf } from './support.ts';

const target = targetOf(fixture('debian'));
const grype = fileURLToPath(new URL('bin/grype', import.meta.url));

describe("Grype's report", () => {
  test('gives findings with fixes, aliases, scores and what is known of their exploitation', () => {
    const { findings, version, database, inventory } = readGrypeReport(grypeFixture(), target);
    expect([version, database, inventory]).toEqual(['0.104.1', '2026-11-20T06:14:55Z', { distribution: 'debian 12' }]);
    expect(findings[0]).toEqual({
      id: 'CVE-2026-75803',
      aliases: [],
      title: 'libssl3 flaw',
      url: 'https://security-tracker.debian.org/tracker/CVE-2026-75803',
      package: { name: 'libssl3', purl: 'pkg:deb/debian/libssl3@3.0.20-1~deb12u2?arch=amd64&distro=debian-12' },
      installed: '3.0.20-1~deb12u2',
      fixed: '3.0.22-1~deb12u1',
      severity: 'critical',
      namespace: 'debian:distro:debian:12',
      fixState: 'fixed',
      score: 9.8,
      vector: 'CVSS:3.1/AV:N',
      layer: JSON.parse(fixture('debian')).Metadata.DiffIDs[0],
      owner: 'unknown',
      epss: 0.42,
      knownExploited: true,
      platforms: ['linux/amd64'],
    });
    expect(
      findings.map(({ id, severity, fixed, aliases, package: { path } }) => [id, severity, fixed, aliases, path]),
    ).toEqual([
      ['CVE-2026-75803', 'critical', '3.0.22-1~deb12u1', [], undefined],
      ['CVE-2011-4116', 'negligible', undefined, [], undefined],
      ['CVE-2023-45853', 'unknown', undefined, [], undefined],
      ['GHSA-35jh-r3h4-6jhm', 'high', '4.17.21', ['CVE-2021-23337'], '/app/node_modules/lodash/package.json'],
    ]);
  });

  test("calls a distribution's package the base's only where the base wrote the package database last", () => {
    const layer = JSON.parse(fixture('debian')).Metadata.DiffIDs[0] as Digest;
    const owners = (baseLayers: readonly Digest[]) =>
      readGrypeReport(grypeFixture(), { ...target, baseLayers }).findings.map(({ owner }) => owner);
    expect(owners([layer])).toEqual(['base', 'base', 'base', 'base']);
    expect(owners([`sha256:${'1'.repeat(64)}` as Digest])).toEqual(['unknown', 'unknown', 'unknown', 'app']);
    expect(owners([])).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
  });

  const report = grypeFixture();

  test('gives weaknesses, the vector of the score that counts, and when the fix was published', () => {
    const document = JSON.parse(report);
    const { vulnerability } = document.matches[0];
    const vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H';
    vulnerability.cvss = [{ version: '3.1', vector, metrics: { baseScore: 9.8 } }];
    vulnerability.cwes = [{ cve: 'CVE-2026-75803', cwe: 'CWE-787', source: 'nvd', type: 'Primary' }];
    vulnerability.fix.available = [{ version: '3.0.22-1~deb12u1', date: '2026-10-02', kind: 'advisory' }];
    const [finding] = readGrypeReport(JSON.stringify(document), target).findings;
    expect(finding).toMatchObject({ score: 9.8, vector, cwes: ['CWE-787'], fixPublished: '2026-10-02' });
  });

  test('reads the date of the database where releases before the sixth schema had it', () => {
    const older = changed(report, ['descriptor', 'db'], { built: '2024-01-01T00:00:00Z', schemaVersion: 5 });
    expect(readGrypeReport(older, target).database).toBe('2024-01-01T00:00:00Z');
  });

  test('recognises nothing in an image without a distribution and without findings', () => {
    const bare = changed(changed(report, ['matches'], []), ['distro'], { name: '', version: '', idLike: null });
    expect(readGrypeReport(bare, target).inventory).toEqual({ packages: 0 });
    const app = changed(report, ['distro'], { name: '', version: '', idLike: null });
    expect(readGrypeReport(app, target).inventory).toEqual({});
  });

  const first: Path = ['matches', 0];
  const other = { manifestDigest: 'sha256:1', repoDigests: [], layers: [] };
  test.each<readonly [string, string]>([
    ['torn', report.slice(0, 2000)],
    ['empty', ''],
    ['of Trivy', fixture('debian')],
    ['without matches', changed(report, ['matches'], undefined)],
    ['with matches that are null', changed(report, ['matches'], null)],
    ['of another digest', changed(report, ['source', 'target'], other)],
    ['of a folder', changed(report, ['source', 'type'], 'directory')],
    ['of another tool', changed(report, ['descriptor', 'name'], 'syft')],
    ['without an id', changed(report, [...first, 'vulnerability', 'id'], undefined)],
    ['without a package', changed(report, [...first, 'artifact'], undefined)],
  ])('a report %s is a failure', (_, broken) => {
    expect(() => readGrypeReport(broken, target)).toThrow(/Grype's report (is|names)/);
  });
});

describe("what Grype's report leaves out or says in words of its own", () => {
  const report = grypeFixture();
  const target = targetOf(fixture('debian'));
  const first: Path = ['matches', 0];
  const one = (changes: string) => readGrypeReport(changes, target).findings[0];
  test('a severity that is not there or not known is that of the score, and unknown without one', () => {
    const said = (value: unknown) => changed(report, [...first, 'vulnerability', 'severity'], value);
    for (const value of ['Severe', undefined, null]) {
      expect(one(said(value))?.severity).toBe('critical');
      expect(one(changed(said(value), [...first, 'vulnerability', 'cvss'], []))?.severity).toBe('unknown');
    }
    expect(one(said('Unknown'))?.severity).toBe('unknown');
  });

  test.each([
    [{ state: 'soon', versions: [] }, 'a newer version'],
    [{ state: 'fixed', versions: [] }, 'a newer version'],
    [{ state: 'fixed', versions: ['2', '3'] }, '2, 3'],
    [{ state: 'wont-fix', versions: ['2'] }, undefined],
    [{ state: 'not-fixed', versions: [] }, undefined],
    [{ state: 'unknown', versions: [] }, null],
    [{ state: '', versions: null }, null],
    [{ state: '', versions: ['2'] }, '2'],
    [null, null],
  ])('a fix %j is %s', (fix, fixed) => {
    expect(one(changed(report, [...first, 'vulnerability', 'fix'], fix))?.fixed).toBe(fixed);
  });

  test('no distribution is none that is judged, and none that is not', () => {
    for (const value of [null, undefined, { name: '', version: '' }]) {
      expect(readGrypeReport(changed(report, ['distro'], value), target).unproven).toEqual([]);
    }
    const clean = changed(changed(report, ['distro'], null), ['matches'], []);
    expect(readGrypeReport(clean, target).inventory).toEqual({ packages: 0 });
  });

  test('a distribution without advisories is not judged', () => {
    const scan = readGrypeReport(changed(report, ['distro'], { name: 'fedora', version: '41' }), target);
    expect(scan.unproven).toEqual([
      { proof: 'distribution', detail: 'Grype has no data on vulnerabilities of the packages of fedora 41' },
    ]);
  });

  test('alerts say what is at its end, and what is not judged', () => {
    const alerts = (type: string) => [
      { package: { name: 'x' }, alerts: [{ type, message: 'm', metadata: { name: 'debian', version: '8' } }] },
    ];
    const ended = readGrypeReport(changed(report, ['alertsByPackage'], alerts('distro-eol')), target);
    expect([ended.inventory.endOfLife, ended.unproven]).toEqual([true, []]);
    const disabled = readGrypeReport(changed(report, ['alertsByPackage'], alerts('distro-disabled')), target);
    expect(disabled.unproven[0]?.detail).toBe('Grype has no data on vulnerabilities of the packages of debian 8');
  });

  test('a bill of materials, or nothing, names no image', () => {
    for (const source of [null, { type: 'sbom-file', target: 'sbom.json' }, { type: 'image', target: 'app:1' }]) {
      expect(readGrypeReport(changed(report, ['source'], source), target).unproven).toMatchObject([{ proof: 'image' }]);
    }
  });
});

describe('Grype as a process', () => {
  let folder: string;
  let world: ReturnType<typeof createWorld>;
  beforeEach(async () => {
    world = createWorld();
    onTestFinished(() => world.close());
    folder = await world.files.temporaryDirectory('grype-test');
  });

  async function published(options: TestRegistryOptions = {}) {
    const registry = await startRegistry(options);
    onTestFinished(() => registry.close());
    const image = makeImage({ layers: [await makeLayer({ hello: 'world' })] });
    const { digest } = await pushImage(registry.store, 'team/app', image, '1');
    const reference = { registry: registry.host, repository: 'team/app', digest };
    return { registry, target: { reference, platform: { os: 'linux', architecture: 'amd64' }, baseLayers: [] } };
  }

  async function withDatabase(matches: unknown = JSON.parse(grypeFixture()).matches): Promise<string> {
    await mkdir(join(folder, 'db'), { recursive: true });
    await writeFile(join(folder, 'db/matches.json'), JSON.stringify(matches));
    return join(folder, 'db');
  }

  test('scans one platform by digest straight from the registry, with the login of that registry', async () => {
    const { registry, target } = await published({ authentication: { kind: 'basic', users: { reader: 'p' } } });
    const cacheDirectory = await withDatabase();
    const credentials = { [registry.host]: { username: 'reader', password: 'p' } };
    const settings = config({ path: grype, cacheDirectory }, { credentials });
    const scan = await grypeScanner(world, settings).scan(target);
    expect(scan.findings).toHaveLength(4);
    expect(scan.scanner).toEqual({
      name: 'grype',
      version: '0.104.1',
      database: '2026-11-20T06:14:55Z',
      binary: expect.stringMatching(/^sha256:/),
    });
    const manifest = `/v2/team/app/manifests/${target.reference.digest}`;
    expect(registry.requests.map(({ method, path }) => [method, path])).toEqual([
      // What the registry asks for, and the program with it.
      ['HEAD', manifest],
      ['GET', manifest],
    ]);
  });

  test('fetches its database once from where it is configured', async () => {
    const { registry, target } = await published();
    const database = registry.store.putBlob('db/grype', JSON.stringify([]));
    const url = `${registry.url}/v2/db/grype/blobs/${database.digest}`;
    const changes = {
      path: grype,
      cacheDirectory: join(folder, 'new'),
      skipDatabaseUpdate: false,
      databaseRepository: url,
    };
    const scanner = grypeScanner(world, config(changes));
    expect(await Promise.all([scanner.scan(target), scanner.scan(target)])).toMatchObject([
      { findings: [] },
      { findings: [] },
    ]);
    expect(registry.requests.filter(({ path }) => path.includes('/blobs/'))).toHaveLength(1);
  });

  test.each([
    [
      'a database that cannot be fetched',
      { skipDatabaseUpdate: false },
      'grype: Grype could not fetch its vulnerability database: it ended with exit code 1: [0000] ERROR unable to update vulnerability database: no route to host; name a mirror',
    ],
    [
      'no database',
      {},
      'Grype made no report: it ended with exit code 1: [0000] ERROR failed to load vulnerability db: database does not exist; check that',
    ],
    ['no program', { path: '/nowhere/grype' }, '/nowhere/grype: there is no such program; install Grype'],
  ])('%s is a failure with what to do', async (_, changes, sentence) => {
    const { target } = await published();
    const settings = config({ path: grype, cacheDirectory: join(folder, 'empty'), ...changes });
    await expect(grypeScanner(world, settings).scan(target)).rejects.toThrow(sentence);
  });

  test('a registry that refuses is a failure', async () => {
    const { target } = await published({ authentication: { kind: 'basic', users: { reader: 'p' } } });
    const settings = config({ path: grype, cacheDirectory: await withDatabase() });
    await expect(grypeScanner(world, settings).scan(target)).rejects.toThrow('unexpected status code 401');
  });
});
