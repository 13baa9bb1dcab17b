import { describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { readTrivyReport } from '../../core/scan/trivy/report.ts';
import { trivyScanner } from '../../core/scan/trivy.ts';
import { changed, config, done, fixture, type TrivyScript, targetOf, trivyWorld } from './support.ts';

const debian = fixture('debian');
const target = targetOf(debian);

async function scanWith(script: TrivyScript, changes: Parameters<typeof config>[0] = {}, registry = {}) {
  const { world, root, commands } = await trivyWorld({ report: debian, ...script });
  const settings = config({ cacheDirectory: `${root}/cache`, ...changes }, registry);
  const scan = trivyScanner(world, settings).scan(target);
  return { scan, commands, root };
}

describe('what Trivy is run with', () => {
  test('one platform manifest by digest, straight from the registry, whatever the default would be', async () => {
    const { scan, commands, root } = await scanWith({});
    await scan;
    const args = commands.at(-1)?.args ?? [];
    expect(args.slice(0, 5)).toEqual(['image', '--image-src', 'remote', '--platform', 'linux/amd64']);
    expect(args.at(-1)).toBe(`registry.example:5000/library/debian@${target.reference.digest}`);
    expect(args).toContain('--list-all-pkgs');
    expect(args.join(' ')).toContain(`--cache-dir ${root}/cache --cache-backend fs`);
    expect(args).toEqual(expect.arrayContaining(['--skip-db-update', '--skip-java-db-update']));
    expect(args).not.toContain('--insecure');
  });

  test('no cache of layers that a repository may have brought along', async () => {
    const { world, root, commands } = await trivyWorld({ report: debian });
    await world.files.write(`${root}/.git/HEAD`, 'ref: refs/heads/main');
    await trivyScanner(world, config({ cacheDirectory: `${root}/cache` })).scan(target);
    expect(commands.at(-1)?.args.join(' ')).toContain('--cache-backend memory');
  });

  test('no cache of layers in a pull request, which may have made it', async () => {
    const { world, root, commands } = await trivyWorld({ report: debian });
    const settings = config({ cacheDirectory: `${root}/cache` });
    const backend = async (more: object) => {
      await trivyScanner(world, { ...settings, ...more }).scan(target);
      return /--cache-backend (\w+)/.exec(commands.at(-1)?.args.join(' ') ?? '')?.[1];
    };
    expect(await backend({})).toBe('fs');
    expect(await backend({ pullRequest: {} })).toBe('memory');
  });

  test('no cache of layers that sources without .git may have brought along, by whatever name', async () => {
    const backend = async (root: (top: string) => string, cacheDirectory: (top: string) => string) => {
      const { world, root: top, commands } = await trivyWorld({ report: debian });
      await world.files.write(`${top}/sources/Dockerfile`, 'FROM debian');
      const settings = { ...config({ cacheDirectory: cacheDirectory(top) }), root: root(top) };
      await trivyScanner(world, settings).scan(target);
      return /--cache-backend (\w+)/.exec(commands.at(-1)?.args.join(' ') ?? '')?.[1];
    };
    expect(
      await backend(
        (top) => top,
        (top) => `${top}/cache`,
      ),
    ).toBe('memory');
    expect(
      await backend(
        (top) => `${top}/sources/../.`,
        (top) => `${top}/cache`,
      ),
    ).toBe('memory');
    expect(
      await backend(
        (top) => `${top}/sources`,
        (top) => `${top}/cache`,
      ),
    ).toBe('fs');
  });

  test('memory where the cache on disk is held by another run, and the disk no more', async () => {
    const { world, root, commands } = await trivyWorld({ report: debian, exits: [{ ...done, code: 1 }] });
    const scanner = trivyScanner(world, config({ cacheDirectory: `${root}/cache` }));
    await scanner.scan(target);
    await scanner.scan(target);
    const backends = commands.flatMap(({ args }) =>
      args.includes('--cache-backend') ? [args[args.indexOf('--cache-backend') + 1]] : [],
    );
    expect(backends).toEqual(['fs', 'memory', 'memory']);
  });

  test('an environment without the secrets of the job', async () => {
    const secrets = {
      GITHUB_TOKEN: 't1',
      SYSTEM_ACCESSTOKEN: 't2',
      TRIVY_IGNORE_UNFIXED: 'true',
      HTTPS_PROXY: 'http://p',
    };
    const { scan, commands } = await scanWith({ env: secrets });
    await scan;
    for (const { env } of commands) {
      expect(Object.keys(env).sort()).toEqual(expect.arrayContaining(['DOCKER_CONFIG', 'HOME', 'HTTPS_PROXY', 'PATH']));
      expect(env).not.toHaveProperty('GITHUB_TOKEN');
      expect(env).not.toHaveProperty('SYSTEM_ACCESSTOKEN');
      expect(env).not.toHaveProperty('TRIVY_IGNORE_UNFIXED');
    }
  });

  test('an empty working folder, so that no ignore file of the repository hides a finding', async () => {
    const { scan, commands, root } = await scanWith({});
    await scan;
    for (const { cwd, inWorkingFolder } of commands) {
      expect(cwd?.startsWith(root)).toBe(false);
      expect(inWorkingFolder).toBe(0);
    }
  });

  test('the credentials of the registry it reads, and none in its arguments', async () => {
    const credentials = {
      'registry.example:5000': { username: 'reader', password: 'p:w' },
      'other.example': { username: 'writer', password: 'secret' },
      'db.example': { username: 'db', password: 'dbpw' },
    };
    const changes = { skipDatabaseUpdate: false, databaseRepository: 'db.example/trivy-db:2' };
    const { scan, commands } = await scanWith({}, changes, { credentials });
    await scan;
    expect(commands.map(({ dockerConfig }) => dockerConfig)).toEqual([
      { auths: {} },
      { auths: { 'db.example': { auth: btoa('db:dbpw') } } },
      { auths: { 'registry.example:5000': { auth: btoa('reader:p:w') } } },
    ]);
    expect(JSON.stringify(commands.map(({ args }) => args))).not.toMatch(/secret|dbpw|p:w/);
  });

  test('a login that Docker keeps, for the host that is read and in the form it was kept', async () => {
    const { world, root, commands } = await trivyWorld({ report: debian });
    const auths = {
      'registry.example:5000': { identitytoken: 'refresh' },
      'https://index.docker.io/v1/': { auth: btoa('hub:pw') },
    };
    await world.files.write(`${root}/home/.docker/config.json`, JSON.stringify({ auths }));
    const secrets: string[] = [];
    const options = { secret: (value: string) => secrets.push(value) };
    await trivyScanner(world, config({ cacheDirectory: `${root}/cache` }), options).scan(target);
    expect(commands.at(-1)?.dockerConfig).toEqual({
      auths: { 'registry.example:5000': { identitytoken: 'refresh' } },
    });
    expect(secrets).toEqual(['refresh']);
  });

  test('the mirror that the registry client reads from', async () => {
    const { scan, commands } = await scanWith({}, {}, { mirrors: { 'registry.example:5000': 'mirror.example/cache' } });
    await scan;
    expect(commands.at(-1)?.args.at(-1)).toBe(`mirror.example/cache/library/debian@${target.reference.digest}`);
  });

  test('the database fetched once for all scans of the run', async () => {
    const { world, root, commands } = await trivyWorld({ report: debian });
    const scanner = trivyScanner(world, config({ cacheDirectory: `${root}/cache`, skipDatabaseUpdate: false }));
    await Promise.all([scanner.scan(target), scanner.scan(target), scanner.scan(target)]);
    expect(commands.map(({ args }) => args[0] === 'version' || args.includes('--download-db-only')).sort()).toEqual([
      false,
      false,
      false,
      true,
      true,
    ]);
  });

  test('plain HTTP only to the hosts that were named for it', async () => {
    const { scan, commands } = await scanWith({}, {}, { insecureHosts: ['registry.example:5000'] });
    await scan;
    expect(commands.at(-1)?.args).toContain('--insecure');
  });
});

describe('what is made of its report', () => {
  test('who scanned, with which program and which database', async () => {
    const database = { Version: 2, UpdatedAt: '2026-11-01T00:00:00Z', NextUpdate: '2026-11-02T00:00:00Z' };
    const { scan } = await scanWith({ database, version: 'v0.70.0', program: 'bytes' });
    expect((await scan).scanner).toEqual({
      name: 'trivy',
      version: '0.70.0',
      database: '2026-11-01T00:00:00Z',
      databaseExpired: true,
      binary: digestOf('bytes'),
    });
  });

  test('a finding with everything that policy asks for', async () => {
    const { scan } = await scanWith({});
    const { findings, inventory } = await scan;
    expect(findings).toHaveLength(12);
    expect(findings.find(({ id }) => id === 'CVE-2026-103111')).toEqual({
      id: 'CVE-2026-103111',
      aliases: [],
      title: 'pcre2: large JIT stack allocation',
      url: 'https://avd.aquasec.com/nvd/cve-2026-103111',
      package: { name: 'libpcre2-8-0', purl: 'pkg:deb/debian/libpcre2-8-0@10.42-1?arch=amd64&distro=debian-12.15' },
      installed: '10.42-1',
      fixed: '10.42-1+deb12u2',
      severity: 'high',
      layer: 'sha256:d5f6eca9d3dc7af06f26c1e19aeedd0aeda5ee657e7002ed9d3af1306696d321',
      owner: 'unknown',
      platforms: ['linux/amd64'],
    });
    expect(inventory).toEqual({ packages: 12, distribution: 'debian 12.15', endOfLife: false });
  });

  test('findings of the recorded base apart from those of the app', async () => {
    const report = fixture('npm-on-alpine');
    const { world, root } = await trivyWorld({ report });
    const baseLayers = [JSON.parse(report).Metadata.DiffIDs[0] as Digest];
    const scanner = trivyScanner(world, config({ cacheDirectory: `${root}/cache` }));
    const { findings, inventory } = await scanner.scan(
      targetOf(report, { baseLayers, platform: { os: 'linux', architecture: 'arm64' } }),
    );
    expect(findings.map(({ id, owner, package: { path } }) => [id, owner, path])).toEqual([
      ['CVE-2023-42366', 'base', undefined],
      ['CVE-2021-23337', 'app', 'app/node_modules/lodash/package.json'],
      ['CVE-2021-44906', 'app', 'app/node_modules/minimist/package.json'],
    ]);
    expect(inventory?.endOfLife).toBe(true);
  });

  test('a whole report counts, whatever the exit code says', async () => {
    const { scan } = await scanWith({ exit: { ...done, code: 1 } });
    expect((await scan).findings).toHaveLength(12);
  });

  test('the CVSS score of the source that gave the severity', async () => {
    const document = JSON.parse(debian);
    const [first, second] = document.Results[0].Vulnerabilities;
    const V3Vector = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N';
    first.CVSS = {
      redhat: { V3Score: 4.4, V3Vector: 'CVSS:3.1/AV:L/AC:L/PR:N/UI:N/S:U/C:L/I:L/A:N' },
      nvd: { V2Score: 5, V3Score: 6.1 },
      ghsa: { V40Score: 8.7, V3Score: 8.1, V3Vector },
    };
    first.CweIDs = ['CWE-78'];
    first.SeveritySource = 'ghsa';
    second.CVSS = { redhat: { V3Score: 4.4 } };
    const { world, root } = await trivyWorld({ report: JSON.stringify(document) });
    const { findings } = await trivyScanner(world, config({ cacheDirectory: `${root}/cache` })).scan(target);
    expect(findings.slice(0, 3).map(({ score, vector, cwes }) => [score, vector, cwes])).toEqual([
      [8.7, V3Vector, ['CWE-78']],
      [4.4, undefined, undefined],
      [undefined, undefined, undefined],
    ]);
  });
});

describe('what cannot be scanned fails with what to do', () => {
  const image = `registry.example:5000/library/debian@${target.reference.digest}`;
  const fatal =
    '2026-11-21T00:00:00Z\tFATAL\tFatal error\trun error: \u001b[31mremote error\u001b[0m: GET\n\t* UNAUTHORIZED';
  const cases: readonly (readonly [string, TrivyScript & { readonly report?: string }, object, string])[] = [
    [
      'no report',
      { exit: { ...done, code: 1, stderr: fatal } },
      {},
      `${image}: Trivy made no report: it ended with exit code 1: FATAL Fatal error run error: remote error: GET * UNAUTHORIZED; check that Trivy can read the image from its registry.`,
    ],
    [
      'killed though it had written a report',
      { report: debian, exit: { kind: 'timed-out', timeout: 330_000, stdout: '', stderr: '' } },
      {},
      `${image}: Trivy made no report: it did not end within 5 min 30 s and was stopped; check that Trivy can read the image from its registry.`,
    ],
    [
      'ended by a signal',
      { exit: { kind: 'signalled', signal: 'SIGABRT', stdout: '', stderr: 'panic: out of memory' } },
      {},
      `${image}: Trivy made no report: it was ended by SIGABRT: panic: out of memory; check that Trivy can read the image from its registry.`,
    ],
    [
      'a database that cannot be fetched',
      { download: { ...done, code: 1, stderr: 'ERROR\tTOOMANYREQUESTS' } },
      { skipDatabaseUpdate: false },
      'trivy: Trivy could not fetch its vulnerability database: it ended with exit code 1: ERROR TOOMANYREQUESTS; name a mirror with --database-repository, or use the existing database with --skip-database-update.',
    ],
    [
      'a mirror without a database',
      { download: { kind: 'not-found' } },
      { skipDatabaseUpdate: false, databaseRepository: 'db.example/trivy-db:2' },
      'db.example/trivy-db:2: Trivy could not fetch its vulnerability database: it is not installed; install trivy.',
    ],
    [
      'a compromised release',
      { version: '0.69.5' },
      {},
      'ROOT/bin/trivy: Trivy 0.69.5 is a compromised release that steals credentials (GHSA-69fq-xp46-6x23); use another version of Trivy, and replace the credentials of every job that ran this one.',
    ],
    [
      'a release that is too old',
      { version: '0.44.1' },
      {},
      'ROOT/bin/trivy: is Trivy 0.44.1, older than 0.53.0; install another version of Trivy, or name its executable with --scanner-path.',
    ],
    [
      'something else called trivy',
      { version: '' },
      {},
      'ROOT/bin/trivy: does not answer as Trivy does: it ended with exit code 0 and no message; install Trivy, let --scanner-install do it, or name its executable with --scanner-path.',
    ],
    [
      'no such executable',
      {},
      { path: '/nowhere/trivy' },
      '/nowhere/trivy: there is no such program; install Trivy, let --scanner-install do it, or name its executable with --scanner-path.',
    ],
    [
      'nothing on PATH',
      { env: { PATH: '/nowhere' } },
      {},
      'trivy: is not on PATH; install Trivy, let --scanner-install do it, or name its executable with --scanner-path.',
    ],
    [
      'no database, and none to be fetched',
      { database: null },
      {},
      'trivy: has no vulnerability database in ROOT/cache; leave --skip-database-update out, or put a database there first.',
    ],
    [
      'a download that brought no database',
      { database: null },
      { skipDatabaseUpdate: false },
      'trivy: has no vulnerability database in ROOT/cache; check database-repository.',
    ],
    [
      'a database that says nothing of itself',
      { database: {} },
      {},
      'trivy: has no vulnerability database in ROOT/cache; leave --skip-database-update out, or put a database there first.',
    ],
  ];
  test.each(cases)('%s', async (_, script, changes, sentence) => {
    const { world, root } = await trivyWorld(script);
    const scanner = trivyScanner(world, config({ cacheDirectory: `${root}/cache`, ...changes }));
    await expect(scanner.scan(target)).rejects.toThrow(sentence.replaceAll('ROOT', root));
  });

  test.each([
    '-X=github.com/aquasecurity/trivy/pkg/version/app.ver=0.69.4 ',
    'mod\tgithub.com/aquasecurity/trivy\tv0.69.6\th1:',
  ])('a compromised release is known by its bytes and never run: %s', async (mark) => {
    const { world, root, commands } = await trivyWorld({ program: `\u007fELF\0${mark}\0`, report: debian });
    const scan = trivyScanner(world, config({ cacheDirectory: `${root}/cache` })).scan(target);
    await expect(scan).rejects.toThrow('is a compromised release that steals credentials');
    expect(commands).toEqual([]);
  });
});

test.each([
  ['linux', { XDG_CACHE_HOME: '/x' }, '/x/trivy'],
  ['linux', {}, '/home/u/.cache/trivy'],
  ['linux', { XDG_CACHE_HOME: '' }, '/home/u/.cache/trivy'],
  ['linux', { TRIVY_CACHE_DIR: '/t' }, '/t'],
  ['darwin', {}, '/home/u/Library/Caches/trivy'],
  ['win32', { LOCALAPPDATA: 'C:\\u' }, 'C:\\u\\trivy'],
] as const)('without scanner-cache on %s with %o the database is in %s', async (os, env, folder) => {
  const { world } = await trivyWorld({ database: null });
  const there = { ...world, env: { HOME: '/home/u', ...env }, platform: { os, architecture: 'x64' as const } };
  const { trivyCacheDirectory } = await import('../../core/scan/trivy/command.ts');
  expect(trivyCacheDirectory(there, config())).toBe(folder);
});

test.each([
  ['fixed', 'a newer version'],
  ['Fixed', 'a newer version'],
  ['affected', undefined],
  ['will_not_fix', undefined],
  ['fix_deferred', undefined],
  ['end_of_life', undefined],
  ['under_investigation', undefined],
  ['not_affected', undefined],
  ['unknown', undefined],
  [undefined, undefined],
  // A word that is not known may mean a fix.
  ['patched', null],
])('the status %j without a version says of a fix: %j', (status, fixed) => {
  const at = ['Results', 0, 'Vulnerabilities', 0] as const;
  const report = changed(changed(debian, [...at, 'FixedVersion'], undefined), [...at, 'Status'], status);
  expect(readTrivyReport(report, target).findings[0]?.fixed).toBe(fixed);
});
