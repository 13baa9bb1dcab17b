import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { decideGate } from '../../core/gate.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { createRegistry } from '../../core/registry/client.ts';
import { renderOpenVex } from '../../core/report/openvex.ts';
import type { Finding, ScanReport } from '../../core/scan/finding.ts';
import { type ScanOptions, scanImage } from '../../core/scan/scan-image.ts';
import { countBySeverity } from '../../core/scan/severity.ts';
import { trivyScanner } from '../../core/scan/trivy.ts';
import { createWorld } from '../../core/world.ts';
import { attest } from '../../testing/attestation.ts';
import { debianBase } from '../../testing/debian.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { makeTrivyDatabase, packTrivyDatabase } from '../../testing/trivy-db.ts';
import { config } from '../scan/support.ts';
import { sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';
import { publishBase } from './setup/base-pair.ts';
import { startDistribution } from './setup/distribution.ts';
import { describeWith, program } from './setup/parts.ts';
import { must } from './setup/run.ts';

const strict: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };
const today = new Date('2026-11-21T00:00:00Z');

let folder: string;
let world: ReturnType<typeof createWorld>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'scan-e2e-'));
  world = createWorld({ cwd: folder });
  for (const [name, content] of Object.entries(makeTrivyDatabase())) await writeInto(`cache/db/${name}`, content);
});
afterAll(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

async function writeInto(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(join(folder, path)), { recursive: true });
  await writeFile(join(folder, path), content);
}

interface Setup {
  readonly scanner?: Parameters<typeof config>[0];
  readonly registry?: Parameters<typeof config>[1];
  readonly options?: ScanOptions;
}

/** Scans as a run does, with the real Trivy and a real registry client. */
async function scan(host: string, repository: string, digest: Digest, setup: Setup = {}): Promise<ScanReport> {
  const scanner = { path: program('trivy', 'trivy'), cacheDirectory: join(folder, 'cache'), ...setup.scanner };
  const settings = config(scanner, setup.registry);
  const reference = { registry: host, repository, digest };
  return scanImage(createRegistry(world, settings.registry), trivyScanner(world, settings), reference, setup.options);
}

function findingsOf(report: ScanReport) {
  if (report.kind === 'failed') throw new Error(report.failure.detail);
  return report.findings;
}

interface TrivyJson {
  readonly Results?: readonly { readonly Vulnerabilities?: readonly { readonly Severity: string }[] }[];
}

/** What Trivy says of one platform when it is run by hand, with none of our code. */
async function byHand(
  host: string,
  repository: string,
  digest: Digest,
  platform: string,
  more: readonly string[] = [],
): Promise<readonly string[]> {
  const output = join(folder, `by-hand-${digest.slice(7, 19)}.json`);
  const args = ['--quiet', '--cache-dir', join(folder, 'cache'), 'image', '--image-src', 'remote', '--skip-db-update'];
  const image = ['--platform', platform, '--format', 'json', '--output', output, `${host}/${repository}@${digest}`];
  // Alone, it leaves an empty folder for temporary files.
  await must(program('trivy', 'trivy'), [...args, ...more, '--scanners', 'vuln', ...image], {
    env: { TMPDIR: folder },
  });
  const { Results = [] }: TrivyJson = JSON.parse(await readFile(output, 'utf8'));
  return Results.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities.map(({ Severity }) => Severity.toLowerCase()));
}

/** The export of a report in which an exception accepts one vulnerability of an image. */
function openVexOf(image: string, digest: Digest, findings: readonly Finding[], id: string): string {
  const scan = { ...sampleScan({ findings, fixed: [], introduced: [] }), digest };
  const exceptions = { exceptionsUsed: [{ id, reason: 'nothing calls it' }], exceptionsUnused: [] };
  const gate = { verdict: 'pass', breaches: [], ...exceptions, failure: null } as const;
  return renderOpenVex(sampleReport({ images: [sampleImage({ image, scan, gate })] }));
}

async function alpineWithNode(): Promise<{ readonly base: Image; readonly app: Image }> {
  const files = {
    'etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.4\n',
    'etc/alpine-release': '3.18.4\n',
    'lib/apk/db/installed': 'P:busybox\nV:1.36.1-r2\nA:aarch64\no:busybox\n\n',
  };
  const modules = {
    'app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
    'app/node_modules/minimist/package.json': '{"name":"minimist","version":"1.2.5"}',
  };
  const base = makeImage({ layers: [await makeLayer(files)], platform: { os: 'linux', architecture: 'arm64' } });
  return { base, app: makeImage({ base, layers: [await makeLayer(modules)] }) };
}

describeWith(['trivy'], 'a scan by real Trivy', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry.close());

  async function push(repository: string, image: Image | ImageIndex): Promise<Digest> {
    return (await pushImage(registry.store, repository, image, '1')).digest;
  }

  test('sees every platform of an image, whose each count is that of Trivy run by hand', async () => {
    const debian = await debianBase('v1');
    const { base, app } = await alpineWithNode();
    const attested = attest(registry.store, 'team/app', debian, { _type: 'https://in-toto.io/Statement/v1' });
    const digest = await push('team/app', makeIndex([debian, app], { others: [attested] }));
    const baseLayers: ScanOptions['baseLayers'] = ({ architecture }) =>
      (architecture === 'arm64' ? base : debian).config.document.rootfs.diff_ids;
    const report = await scan(registry.host, 'team/app', digest, { options: { baseLayers } });
    const findings = findingsOf(report);
    expect(report).toMatchObject({
      scanner: { name: 'trivy', version: 'dev', database: '2026-11-20T00:00:00Z' },
      platforms: [{ architecture: 'amd64' }, { architecture: 'arm64' }],
      endOfLife: [{ distribution: 'alpine 3.18.4', platforms: ['linux/arm64'] }],
    });
    for (const child of [debian, app]) {
      const platform = formatPlatform(child.config.document);
      const words = await byHand(registry.host, 'team/app', child.descriptor.digest, platform);
      const ours = findings.filter(({ platforms }) => platforms.includes(platform)).map(({ severity }) => severity);
      expect([...ours].sort()).toEqual([...words].sort());
    }
    const owners = findings.flatMap(({ package: { name }, owner, platforms }) =>
      platforms.includes('linux/arm64') ? [[name, owner]] : [],
    );
    expect(owners.sort()).toEqual([
      ['busybox', 'base'],
      ['lodash', 'app'],
      ['minimist', 'app'],
    ]);
    expect(decideGate(strict, report, undefined, today).kind).toBe('fail');
    const [accepted, ...rest] = findings.filter(({ platforms }) => platforms.includes('linux/amd64'));
    await writeInto('openvex.json', openVexOf(`${registry.host}/team/app:1`, digest, findings, accepted?.id ?? ''));
    const vex = ['--vex', join(folder, 'openvex.json')];
    const left = await byHand(registry.host, 'team/app', digest, 'linux/amd64', vex);
    expect(left.toSorted()).toEqual(
      rest.flatMap(({ id, severity }) => (id === accepted?.id ? [] : [severity])).toSorted(),
    );
  });

  test('reads the layers of a base once for all images on it, and in no later run, with the same findings', async () => {
    const { base } = await alpineWithNode();
    const images = ['one', 'two', 'three'].map(async (name) => {
      const own = await makeLayer({
        'app/node_modules/lodash/package.json': '{"name":"lodash","version":"4.17.20"}',
        name,
      });
      return makeImage({ base, layers: [own] });
    });
    const digests = await Promise.all((await Promise.all(images)).map((image) => push('team/shared', image)));
    const scanner = { cacheDirectory: join(folder, 'shared') };
    for (const [name, content] of Object.entries(makeTrivyDatabase())) await writeInto(`shared/db/${name}`, content);
    const layer = base.layers[0]?.descriptor.digest ?? '';
    const reads = () =>
      registry.requests.filter(({ method, path }) => method === 'GET' && path.endsWith(`/blobs/${layer}`)).length;
    const scanAll = async () => {
      registry.forgetRequests();
      const settings = config({ path: program('trivy', 'trivy'), ...scanner });
      const [client, trivy] = [createRegistry(world, settings.registry), trivyScanner(world, settings)];
      const options: ScanOptions = { baseLayers: () => base.config.document.rootfs.diff_ids };
      const reports = await Promise.all(
        digests.map((digest) =>
          scanImage(client, trivy, { registry: registry.host, repository: 'team/shared', digest }, options),
        ),
      );
      return reports.map(findingsOf);
    };
    const first = await scanAll();
    expect(reads()).toBe(1);
    expect(await scanAll()).toEqual(first);
    expect(reads()).toBe(0);
    expect(first[0]?.map(({ package: { name } }) => name)).toContain('lodash');
    for (const digest of digests)
      expect(await byHand(registry.host, 'team/shared', digest, 'linux/arm64')).toHaveLength(first[0]?.length ?? 0);
  });

  test('scans with a cache of its own while another process has that on disk', async () => {
    const { app } = await alpineWithNode();
    const digest = await push('team/locked', app);
    for (const [name, content] of Object.entries(makeTrivyDatabase())) await writeInto(`locked/db/${name}`, content);
    await writeInto('locked/fanal/fanal.db', '');
    const script =
      'import fcntl,sys; f=open(sys.argv[1],"r+b"); fcntl.flock(f,fcntl.LOCK_EX); print("held",flush=True); sys.stdin.read()';
    const holder = spawn('python3', ['-c', script, join(folder, 'locked/fanal/fanal.db')]);
    try {
      await once(holder.stdout, 'data');
      const report = await scan(registry.host, 'team/locked', digest, {
        scanner: { cacheDirectory: join(folder, 'locked') },
      });
      expect(findingsOf(report).length).toBeGreaterThan(0);
    } finally {
      holder.stdin.end();
    }
  });

  test('sees an image that names no platform and calls itself an attestation, as containerd runs it', async () => {
    const { app } = await alpineWithNode();
    const { platform: _, ...entry } = (await debianBase('v1')).descriptor;
    await push('team/disguised', await debianBase('v1'));
    const annotations = {
      'vnd.docker.reference.type': 'attestation-manifest',
      'vnd.docker.reference.digest': app.descriptor.digest,
    };
    const digest = await push('team/disguised', makeIndex([app], { others: [{ ...entry, annotations }] }));
    const report = await scan(registry.host, 'team/disguised', digest);
    expect(report).toMatchObject({ platforms: [{ architecture: 'arm64' }, { architecture: 'amd64' }] });
    expect(findingsOf(report).some(({ platforms }) => platforms.includes('linux/amd64'))).toBe(true);
    expect(decideGate(strict, report, undefined, today).kind).toBe('fail');
  });

  test('fetches its database once from the repository that is configured, with the logins of each registry', async () => {
    const users = { reader: 'p:ss' };
    const guarded = await startRegistry({
      authentication: { kind: 'token', users, access: { '*': { reader: ['pull'] } } },
    });
    onTestFinished(() => guarded.close());
    const image = await debianBase('v2');
    await pushImage(guarded.store, 'team/api', image, '1');
    const archive = await packTrivyDatabase();
    const layer = guarded.store.putBlob('db/trivy-db', archive, 'application/vnd.aquasec.trivy.db.layer.v1.tar+gzip');
    const settings = guarded.store.putBlob(
      'db/trivy-db',
      Buffer.from('{}'),
      'application/vnd.aquasec.trivy.config.v1+json',
    );
    const mediaType = mediaTypes.ociManifest;
    // Trivy takes the archive by its title.
    const titled = { ...layer, annotations: { 'org.opencontainers.image.title': 'db.tar.gz' } };
    const manifest = { schemaVersion: 2, mediaType, config: settings, layers: [titled] };
    guarded.store.putManifest('db/trivy-db', Buffer.from(JSON.stringify(manifest)), { mediaType, tag: '2' });
    const scanner = {
      cacheDirectory: join(folder, 'fresh'),
      skipDatabaseUpdate: false,
      databaseRepository: `${guarded.host}/db/trivy-db:2`,
    };
    const credentials = { [guarded.host]: { username: 'reader', password: 'p:ss' } };
    const report = await scan(guarded.host, 'team/api', image.descriptor.digest, {
      scanner,
      registry: { credentials },
    });
    expect(findingsOf(report).map(({ id, package: { name } }) => `${id} ${name}`)).toContain('CVE-2026-34743 xz-utils');
    expect(guarded.writes()).toEqual([]);
    expect(guarded.requests.filter(({ path }) => path.endsWith(`blobs/${layer.digest}`))).toHaveLength(1);
    // Trivy has a token to pull with, and neither the password nor a way to another token.
    const theirs = guarded.requests.filter(
      ({ headers }) => !`${headers['user-agent']}`.startsWith('base-image-refresh/'),
    );
    expect(theirs.length).toBeGreaterThan(3);
    expect(
      theirs.filter(({ path, headers }) => path === '/token' || /^Basic/i.test(headers.authorization ?? '')),
    ).toEqual([]);

    const refused = await scan(guarded.host, 'team/api', image.descriptor.digest, {
      registry: { credentials: { [guarded.host]: { username: 'reader', password: 'wrong' } } },
    });
    expect(refused).toMatchObject({ kind: 'failed', failure: { code: 'unauthorised' } });
  });

  test('obeys no ignore file and no settings of the folder that it is started in', async () => {
    await writeInto('.trivyignore', 'CVE-2026-75803\n');
    await writeInto('trivy.yaml', 'severity: [LOW]\n');
    const digest = await push('team/ignored', await debianBase('v1'));
    const ids = findingsOf(await scan(registry.host, 'team/ignored', digest)).map(({ id }) => id);
    expect(ids).toContain('CVE-2026-75803');
  });

  test('leaves nothing behind in the folder for temporary files', async () => {
    const before = await readdir(tmpdir());
    await scan(registry.host, 'team/left', await push('team/left', await debianBase('v1')));
    expect(await readdir(tmpdir())).toEqual(before);
  });

  describe('that cannot be believed never passes', () => {
    const inconclusive = (report: ScanReport) =>
      decideGate({ ...strict, severityThreshold: 'none' }, report, [], today);

    test('an image without anything that Trivy recognises', async () => {
      const digest = await push('team/scratch', makeImage({ layers: [await makeLayer({ hello: 'a static binary' })] }));
      const report = await scan(registry.host, 'team/scratch', digest);
      expect(report).toMatchObject({ kind: 'scanned', findings: [], unrecognised: ['linux/amd64'] });
      expect(inconclusive(report).kind).toBe('inconclusive');
      expect(decideGate({ ...strict, allowUnrecognised: true }, report, [], today).kind).toBe('pass');
    });

    test('a distribution whose package database was removed', async () => {
      const files = { 'etc/os-release': 'ID=debian\nVERSION_ID=12\n', 'etc/debian_version': '12.5\n' };
      const digest = await push('team/stripped', makeImage({ layers: [await makeLayer(files)] }));
      expect(inconclusive(await scan(registry.host, 'team/stripped', digest)).kind).toBe('inconclusive');
    });

    test('a distribution that Trivy has no advisories of', async () => {
      const files = {
        'etc/os-release': 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=38\n',
        'etc/fedora-release': 'Fedora release 38 (Thirty Eight)\n',
        'etc/redhat-release': 'Fedora release 38 (Thirty Eight)\n',
      };
      const digest = await push('team/fedora', makeImage({ layers: [await makeLayer(files)] }));
      const report = await scan(registry.host, 'team/fedora', digest);
      const detail = 'Trivy does not support the packages of fedora 38';
      expect(report).toMatchObject({ kind: 'scanned', unproven: [{ proof: 'distribution', detail }] });
      expect(inconclusive(report).kind).toBe('inconclusive');
    });

    test('a version of a distribution that its database does not know', async () => {
      const files = {
        'etc/os-release': 'ID=debian\nVERSION_ID="99"\n',
        'etc/debian_version': '99.1\n',
        'var/lib/dpkg/status':
          'Package: libssl3\nStatus: install ok installed\nVersion: 3.0.11-1\nSource: openssl\nArchitecture: amd64\n\n',
      };
      const digest = await push('team/future', makeImage({ layers: [await makeLayer(files)] }));
      const report = await scan(registry.host, 'team/future', digest);
      const detail = 'Trivy has no advisories for the packages of debian 99';
      expect(report).toMatchObject({ findings: [], unproven: [{ proof: 'distribution', detail }] });
      expect(inconclusive(report).kind).toBe('inconclusive');
    });

    test('a layer that the registry sends torn, or not at all', async () => {
      // What Trivy has looked into before it does not fetch again.
      const files = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'srv/torn': 'in no other image' };
      const image = makeImage({ layers: [await makeLayer(files)] });
      const digest = await push('team/torn', image);
      const path = `/v2/team/torn/blobs/${image.layers[0]?.descriptor.digest}`;
      for (const effect of [
        { kind: 'truncate', bytes: 100 },
        { kind: 'body', body: 'not what was asked for' },
        { kind: 'status', status: 500 },
      ] as const) {
        const fault = registry.inject({ path, effect });
        const report = await scan(registry.host, 'team/torn', digest);
        fault.remove();
        expect(report, effect.kind).toMatchObject({ kind: 'failed', failure: { code: 'scan-failed' } });
      }
    });

    test('Java archives without the database of them', async () => {
      // A zip of a manifest and a class file: only that database could tell which artifact it is.
      const jar = Buffer.from(
        'UEsDBBQAAAAAAAAAIVx631ogFgAAABYAAAAUAAAATUVUQS1JTkYvTUFOSUZFU1QuTUZNYW5pZmVzdC1WZXJzaW9uOiAxLjAKUEsDBBQAAAAAAAAAIVyDFtyMAQAAAAEAAAAJAAAAYS9CLmNsYXNzeFBLAQIUAxQAAAAAAAAAIVx631ogFgAAABYAAAAUAAAAAAAAAAAAAACAAQAAAABNRVRBLUlORi9NQU5JRkVTVC5NRlBLAQIUAxQAAAAAAAAAIVyDFtyMAQAAAAEAAAAJAAAAAAAAAAAAAACAAUgAAABhL0IuY2xhc3NQSwUGAAAAAAIAAgB5AAAAcAAAAAAA',
        'base64',
      );
      const digest = await push('team/java', makeImage({ layers: [await makeLayer({ 'app/unknown.jar': jar })] }));
      expect(await scan(registry.host, 'team/java', digest)).toMatchObject({
        failure: { code: 'scan-failed', detail: 'holds Java archives, and Trivy has no database of them' },
      });
    });

    test('no database', async () => {
      const digest = await push('team/plain', await debianBase('v1'));
      const cacheDirectory = join(folder, 'empty');
      const report = await scan(registry.host, 'team/plain', digest, { scanner: { cacheDirectory } });
      expect(report).toMatchObject({
        failure: { code: 'scan-failed', detail: `has no vulnerability database in ${cacheDirectory}` },
      });
    });
  });
});

describeWith(['trivy', 'distribution', 'debian-pair'], 'the real Debian base before and after its update', () => {
  test('loses what the update fixed and keeps what has no fix', async () => {
    const registry = await startDistribution();
    onTestFinished(() => registry.stop());
    const [v1, v2] = (await Promise.all([
      publishBase(registry.host, 'v1', 'old'),
      publishBase(registry.host, 'v2', 'new'),
    ])) as [Digest, Digest];
    const [old, updated] = await Promise.all([v1, v2].map((digest) => scan(registry.host, 'library/debian', digest)));
    for (const [report, digest] of [
      [old, v1],
      [updated, v2],
    ] as const) {
      const words = await byHand(registry.host, 'library/debian', digest, 'linux/amd64');
      const ours = countBySeverity(findingsOf(report as ScanReport));
      for (const [severity, count] of Object.entries(ours)) {
        expect([severity, count]).toEqual([severity, words.filter((word) => word === severity).length]);
      }
    }
    expect([old, updated].map((report) => findingsOf(report as ScanReport).length)).toEqual([12, 4]);
    const policy = { ...strict, onlyFixable: true };
    expect(decideGate(policy, old as ScanReport, undefined, today).kind).toBe('fail');
    expect(decideGate(policy, updated as ScanReport, undefined, today).kind).toBe('pass');
  });
});
