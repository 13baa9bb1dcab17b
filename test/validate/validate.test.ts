import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { describeFailure } from '../../core/failure.ts';
import { refresh } from '../../core/refresh.ts';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { renderJunit } from '../../core/report/junit.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { renderTable } from '../../core/report/table.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import type { TestSettings } from '../../core/validate/settings.ts';
import { makeImage, makeIndex, makeLayer, type TestFile } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;
beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'validate-test-'));
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

type Files = Readonly<Record<string, TestFile>>;
interface Made {
  readonly layers: readonly Files[];
  readonly config?: Readonly<Record<string, unknown>>;
  readonly platforms?: readonly string[];
}

const debian = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'lib/x86_64-linux-gnu/libc.so.6': '' };

async function indexOf({ layers, config = {}, platforms = ['amd64'] }: Made) {
  const made = await Promise.all(layers.map(makeLayer));
  return makeIndex(
    platforms.map((architecture) => makeImage({ layers: made, config, platform: { os: 'linux', architecture } })),
  );
}

/** A refresh of `team/web`, published as `before`, whose engine makes `after`. */
async function run(after: Made, tests: Partial<TestSettings>, before: Made = after): Promise<RefreshReport> {
  await pushImage(server.store, 'library/base', await indexOf({ layers: [debian] }), '1');
  const published = await indexOf({ ...before, layers: [...before.layers, { 'was/there': '' }] });
  await pushImage(server.store, 'team/web', published, '1');
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
  const defaults = testConfig(root);
  const config: Partial<Config> = {
    imageInputs: { '': at(server, 'team/web', '1') },
    tests: { ...defaults.tests, ...tests },
    // What the engine here makes stands on nothing, and is configured as each test wants it.
    continuity: { accept: ['base-layers', 'configuration'] },
  };
  const engine = createTestEngine(server, () => indexOf(after));
  const scanner = createTestScanner(() => []);
  return refresh(createTestRun({ ...defaults, ...config }, { engine, scanner }));
}

const only = ({ images }: RefreshReport) => {
  const [image] = images;
  if (image?.validation === undefined) throw new Error(JSON.stringify(image?.failure));
  return { ...image, validation: image.validation };
};
const told = (report: RefreshReport) =>
  only(report).validation.checks.map(({ name, verdict, detail, failure }) => [
    name,
    verdict,
    detail ?? failure?.detail,
  ]);
const released = () => server.store.digestOf('team/web', '1');

async function structure(...lines: readonly string[]): Promise<Partial<TestSettings>> {
  await writeFile(join(root, 'web.yaml'), `schemaVersion: 2.0.0\n${lines.join('\n')}\n`);
  return { structure: ['web.yaml'] };
}

describe('structure tests', () => {
  it('look through layers, deletions and links, on each platform, without a daemon', async () => {
    const made: Made = {
      layers: [
        {
          'usr/bin/': { directory: true },
          bin: { symlink: 'usr/bin' },
          'usr/bin/app': { content: 'v1', mode: 0o755, uid: 7 },
          'opt/old': 'gone soon',
          'srv/a': 'a',
        },
        {
          'opt/.wh.old': '',
          'srv/.wh..wh..opq': '',
          'etc/app.conf': 'listen = 8080\n',
          'etc/current.conf': { symlink: '/etc/app.conf' },
          'implied/by/file': 'x',
        },
      ],
      platforms: ['amd64', 'arm64'],
    };
    const tests = await structure(
      'fileExistenceTests:',
      "- { name: app, path: /bin/app, permissions: '-rwxr-xr-x', uid: 7, isExecutableBy: any }",
      '- { name: old, path: /opt/old, shouldExist: false }',
      '- { name: emptied, path: /srv/a, shouldExist: false }',
      "- { name: link, path: /etc/current.conf, permissions: 'Lrwxrwxrwx' }",
      "- { name: implied, path: /implied/by, permissions: 'drwxr-xr-x', uid: 0 }",
      '- { name: root, path: / }',
      'fileContentTests:',
      "- { name: through a link, path: /etc/current.conf, expectedContents: ['listen = \\d+'], excludedContents: [443] }",
      "- { name: by a variable, path: $CONF/app.conf, expectedContents: ['8080'] }",
    );
    const report = await run({ ...made, config: { Env: ['CONF=/etc'] } }, tests);
    const { validation, promotion } = only(report);
    expect(validation.checks.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    expect(validation.checks).toHaveLength(16);
    expect(new Set(validation.checks.map(({ platform }) => platform))).toEqual(new Set(['linux/amd64', 'linux/arm64']));
    expect(released()).toBe(promotion?.digest);
  });

  it('that fail keep the release where it is, with the reason in every format and exit code 1', async () => {
    const tests = await structure(
      'fileExistenceTests:',
      '- { name: app is there, path: /app }',
      "- { name: app is ours, path: /etc/app, permissions: '-rwx------', uid: 5, gid: 6, isExecutableBy: other }",
      'fileContentTests:',
      '- { name: port, path: /etc/app, expectedContents: [8080, 9090], excludedContents: [listen] }',
      '- { name: folder, path: /etc, expectedContents: [x] }',
      'metadataTest: { user: app }',
    );
    const before = await released();
    const report = await run({ layers: [{ 'etc/app': 'listen 8080' }] }, tests);
    expect(told(report)).toEqual([
      ['metadata (web.yaml)', 'fail', 'user is ""'],
      ['app is there (web.yaml)', 'fail', '/app does not exist'],
      [
        'app is ours (web.yaml)',
        'fail',
        '/etc/app is -rw-r--r-- and not -rwx------, is of user 0 and not 5, is not executable by other',
      ],
      ['port (web.yaml)', 'fail', '/etc/app has nothing that matches 9090, has something that matches listen'],
      ['folder (web.yaml)', 'fail', '/etc is not a file'],
    ]);
    expect(before).toBeUndefined();
    expect(only(report)).toMatchObject({ promotion: null, failure: null, gate: { verdict: 'pass' } });
    expect(conclusionOf(report, 'never')).toBe('policy-failed');
    for (const text of [renderTable(report), renderMarkdown(report), renderHtml(report), renderJunit(report)]) {
      expect(text.replaceAll('\n', ' ')).toContain('app does not exist');
    }
    expect(renderTable(report)).toContain('tests failed');
    expect(parseReport(serialise(report), 'report.json')).toEqual(report);
  });

  it('of a file that is too long to be read are inconclusive, and so is an image whose layer cannot be read', async () => {
    const tests = await structure('fileContentTests:', '- { name: log, path: /log, excludedContents: [x] }');
    const report = await run({ layers: [{ log: Buffer.alloc(8 * 1024 * 1024 + 1) }] }, tests);
    expect(told(report)).toEqual([['log (web.yaml)', 'inconclusive', '/log has more than 8388608 bytes']]);
    expect(only(report).promotion).toBeNull();
    expect(conclusionOf(report, 'never')).toBe('incomplete');
  });

  it('that cannot be read stop the run before anything is built', async () => {
    const report = await run({ layers: [{}] }, { structure: ['none.yaml'] });
    const [image] = report.images;
    expect(image?.failure && describeFailure(image.failure)).toBe(
      'none.yaml: is named in tests.structure but no such file or folder; correct the path, or take it out.',
    );
    expect(image?.build).toBeNull();
    expect(conclusionOf(report, 'never')).toBe('usage-error');
  });
});

describe('absence', () => {
  const all = { absent: ['shell', 'package-manager', 'setuid'] } as const;

  it('finds shells, package managers and setuid files, also behind links and on the search path', async () => {
    const report = await run(
      {
        layers: [
          {
            'usr/bin/busybox': 'x',
            'bin/sh': { symlink: '/usr/bin/busybox' },
            'opt/tools/bash': 'x',
            'usr/bin/apt-get': 'x',
            'usr/bin/su': { content: 'x', mode: 0o4755 },
            'usr/bin/wall': { content: 'x', mode: 0o2755 },
          },
        ],
        config: { Env: ['PATH=/usr/bin:/opt/tools'] },
      },
      all,
    );
    expect(told(report)).toEqual([
      ['no shell', 'fail', '/bin/sh, /usr/bin/busybox, /opt/tools/bash are there'],
      ['no package manager', 'fail', '/usr/bin/apt-get is there'],
      ['no setuid', 'fail', '/usr/bin/su, /usr/bin/wall are there'],
    ]);
  });

  it('is there where a later layer has removed them, or a link leads nowhere', async () => {
    const report = await run(
      {
        layers: [
          { 'bin/sh': 'x', 'usr/bin/su': { content: 'x', mode: 0o4755 }, 'usr/bin/bash': { symlink: 'nowhere' } },
          { 'bin/.wh.sh': '', 'usr/bin/su': { content: 'x', mode: 0o755 } },
        ],
      },
      all,
    );
    expect(told(report).map(([, verdict]) => verdict)).toEqual(['pass', 'pass', 'pass']);
    expect(released()).toBe(only(report).promotion?.digest);
  });
});

describe('compatibility', () => {
  const before: Made = {
    layers: [debian],
    config: { User: 'app', ExposedPorts: { '80/tcp': {} } },
    platforms: ['amd64', 'arm64'],
  };
  const after: Made = {
    layers: [{ ...debian, 'etc/os-release': 'ID=debian\nVERSION_ID="13"\n' }],
    config: { ExposedPorts: { '80/tcp': {}, '81/tcp': {} } },
    platforms: ['amd64', 'arm64'],
  };
  const changes = (report: RefreshReport) =>
    only(report).validation.changes.map(({ what, from, to, platform, breaking }) => [
      what,
      from,
      to,
      platform,
      breaking,
    ]);

  it('is told of the configuration alone where nothing is asked, and reads no layer for that', async () => {
    const report = await run(after, {}, before);
    expect(changes(report)).toEqual([
      ['user', 'app', null, undefined, true],
      ['port', null, '81/tcp', undefined, false],
    ]);
    expect(only(report).promotion).not.toBeNull();
    const layers = new Set(
      (await indexOf(after)).entries.flatMap((entry) => (entry.kind === 'manifest' ? entry.layers : [])),
    );
    const read = server.requests.filter(({ path }) =>
      [...layers].some(({ descriptor }) => path.endsWith(descriptor.digest)),
    );
    expect(read).toEqual([]);
    expect(renderTable(report)).toContain('may break: user app is gone');
    expect(renderMarkdown(report)).toContain('changed against the published image');
    expect(renderHtml(report)).toContain('may break: user app is gone');
  });

  it.each([
    [undefined, []],
    ['report', []],
    ['fail', [['compatible with what is published', 'inconclusive', 'registry answered 403']]],
  ] as const)('asked for as %s, with a layer of the published image that cannot be read', async (mode, checks) => {
    const layer = (await makeLayer({ 'was/there': '' })).descriptor.digest;
    server.inject({ method: 'GET', path: `/v2/team/web/blobs/${layer}`, effect: { kind: 'status', status: 403 } });
    const report = await run(after, mode === undefined ? {} : { compatibility: mode }, before);
    expect(told(report)).toEqual(checks);
    expect(only(report).promotion === null).toBe(mode === 'fail');
    expect(conclusionOf(report, 'never')).toBe(mode === 'fail' ? 'incomplete' : 'succeeded');
  });

  it('is told of distribution and C library too where it is asked for', async () => {
    const report = await run(after, { compatibility: 'report' }, before);
    expect(changes(report)).toContainEqual(['distribution', 'debian 12', 'debian 13', undefined, true]);
    expect(only(report).promotion).not.toBeNull();
    expect(conclusionOf(report, 'never')).toBe('succeeded');
  });

  it('keeps the release where it is when what may break is to fail', async () => {
    const report = await run(after, { compatibility: 'fail' }, before);
    expect(told(report)).toEqual([
      ['compatible with what is published', 'fail', 'user app is gone; distribution from debian 12 to debian 13'],
    ]);
    expect(only(report).promotion).toBeNull();
    expect(conclusionOf(report, 'never')).toBe('policy-failed');
  });

  it('counts a platform that is gone', async () => {
    const report = await run({ ...before, platforms: ['amd64'] }, { compatibility: 'fail' }, before);
    expect(changes(report)).toEqual([['platform', 'linux/arm64', null, undefined, true]]);
    expect(told(report)[0]?.[1]).toBe('fail');
  });

  it('passes what is as it was', async () => {
    const report = await run(before, { compatibility: 'fail' });
    expect(told(report)).toEqual([['compatible with what is published', 'pass', undefined]]);
    expect(only(report).promotion).not.toBeNull();
  });

  it('names the platform where only one changed', async () => {
    const amd64 = makeImage({ layers: [await makeLayer(debian)], config: { User: 'app' } });
    const other = { os: 'linux', architecture: 'arm64' };
    const arm64 = (User: string) => makeImage({ config: { User }, platform: other });
    await pushImage(server.store, 'library/base', amd64, '1');
    await pushImage(server.store, 'team/web', makeIndex([amd64, arm64('app')]), '1');
    await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
    const engine = createTestEngine(server, async () => makeIndex([amd64, arm64('root')]));
    const config = testConfig(root, { imageInputs: { '': at(server, 'team/web', '1') } });
    const report = await refresh(createTestRun(config, { engine, scanner: createTestScanner(() => []) }));
    expect(changes(report)).toEqual([['user', 'app', 'root', 'linux/arm64', true]]);
  });
});
