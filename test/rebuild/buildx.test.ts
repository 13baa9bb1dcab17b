import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { buildxEngine } from '../../core/rebuild/buildx.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, start } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { pushAttested, statement } from './buildx/attested.ts';
import { type Answer, fakeDocker, ready } from './buildx/docker.ts';
import { baseOf, digestNo, orderOf, pinOf } from './support.ts';

let server: TestRegistry;
let amd64: Image;
let arm64: Image;

beforeEach(async () => {
  server = await start();
  const layers = [await makeLayer({ app: 'app' })];
  amd64 = makeImage({ layers });
  arm64 = makeImage({ layers, platform: { os: 'linux', architecture: 'arm64' } });
});
afterEach(closeAll);

const base = digestNo(2);

/** An engine whose docker "builds" what the registry holds under the candidate tag already. */
async function setUp(
  options: {
    readonly build?: Answer;
    /** What buildx answers before that. */
    readonly first?: Answer;
    readonly rules?: Partial<BuildSettings>;
    readonly dockerfile?: string;
    readonly settings?: Partial<Config['registry']>;
    readonly env?: Readonly<Record<string, string>>;
    readonly images?: Parameters<typeof pushAttested>[3];
    /** Where reports are kept, below its home folder. */
    readonly outputDirectory?: string;
  } = {},
) {
  const images = options.images ?? [{ image: amd64, statement: statement('v0.2', [base]) }];
  const { digest } = await pushAttested(server, 'team/web', 'candidate', images);
  const build = { stderr: '#1 done\n', metadata: { 'containerimage.digest': digest }, ...options.build };
  const docker = fakeDocker({
    ...ready,
    'buildx build': options.first === undefined ? build : [options.first, build],
  });
  const { registry, world } = createHarness({}, { env: { ...docker.env, ...options.env } });
  const config: Config['registry'] = {
    credentials: {},
    mirrors: {},
    insecureHosts: [],
    concurrency: 4,
    deadline: 60_000,
    ...options.settings,
  };
  const lines: string[] = [];
  docker.write('Dockerfile', options.dockerfile ?? 'FROM debian:12\n');
  const { outputDirectory } = options;
  const engine = buildxEngine({
    ...(outputDirectory === undefined ? {} : { outputDirectory: join(docker.home, outputDirectory) }),
    world,
    registry,
    config,
    settings: { ...defaultBuild, ...options.rules },
    log: (line) => lines.push(line),
  });
  return { docker, engine, registry, digest, lines };
}

function order(root: string, parts: Parameters<typeof orderOf>[2] = {}): BuildOrder {
  return orderOf(at(server, 'team/web'), [pinOf(baseOf('debian:12'), base)], { root, ...parts });
}

describe('a build', () => {
  test('is pinned, annotated, attested and pushed under the candidate tag alone', async () => {
    const { docker, engine, digest, lines } = await setUp();
    const platforms = [
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ];
    mkdirSync(join(docker.home, 'app'), { recursive: true });
    const build = { target: 'run', args: { A: 'b=c d' }, platforms, context: 'app', contexts: { assets: './assets' } };
    const built = await engine.rebuild(order(docker.home, { build }));
    const [call] = docker.calls();
    const metadata = call?.args.find((arg) => arg.startsWith('--metadata-file='));
    expect(call?.args).toEqual([
      'buildx',
      'build',
      '--progress=plain',
      `--file=${join(docker.home, 'Dockerfile')}`,
      '--target=run',
      '--build-arg=A=b=c d',
      '--build-context=assets=./assets',
      `--build-context=debian:12=docker-image://docker.io/library/debian@${base}`,
      '--platform=linux/amd64,linux/arm/v7',
      '--annotation=index,manifest:org.opencontainers.image.base.name=docker.io/library/debian:12',
      `--annotation=index,manifest:org.opencontainers.image.base.digest=${base}`,
      `--annotation=index,manifest:dev.base-image-refresh.bases=[{"reference":"docker.io/library/debian:12","digest":"${base}"}]`,
      '--provenance=mode=max',
      '--no-cache',
      metadata,
      `--output=type=image,name=${server.host}/team/web:candidate,push=true,store=false,registry.insecure=true`,
      join(docker.home, 'app'),
    ]);
    expect(call?.cwd).toBe(docker.home);
    expect(built).toMatchObject({ digest, engine: 'buildx', evidence: 'buildkit-provenance', notes: [] });
    expect(built.reference).toEqual({ registry: server.host, repository: 'team/web', tag: 'candidate', digest });
    expect(built.pinned.map((pin) => pin.digest)).toEqual([base]);
    expect(lines).toEqual(['#1 done']);
  });

  test.each([
    [{ type: 'zstd', everyLayer: false }, ',oci-mediatypes=true,compression=zstd'],
    [{ type: 'estargz', everyLayer: true }, ',oci-mediatypes=true,compression=estargz,force-compression=true'],
  ] as const)('compresses as the published image is: %j', async (compression, words) => {
    const { docker, engine } = await setUp();
    await engine.rebuild({ ...order(docker.home), compression });
    const output = docker.calls()[0]?.args.find((arg) => arg.startsWith('--output='));
    expect(output?.endsWith(words)).toBe(true);
  });

  test('gets no secret of the run in its environment', async () => {
    const env = {
      GITHUB_TOKEN: 't0ken',
      SYSTEM_ACCESSTOKEN: 't0ken',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 't0ken',
      COSIGN_PASSWORD: 't0ken',
      SSH_AUTH_SOCK: '/agent',
      BUILDX_BUILDER: 'mine',
      DOCKER_HOST: 'unix:///run/docker.sock',
      https_proxy: 'http://proxy.example',
    };
    const { docker, engine } = await setUp({ env });
    await engine.rebuild(order(docker.home));
    const [call] = docker.calls();
    expect(JSON.stringify(call)).not.toContain('t0ken');
    expect(Object.keys(call?.env ?? {}).toSorted()).toEqual(
      ['BUILDX_BUILDER', 'DOCKER_HOST', 'HOME', 'PATH', 'https_proxy'].toSorted(),
    );
  });

  test('takes the agent along to a daemon behind ssh', async () => {
    const { docker, engine } = await setUp({ env: { SSH_AUTH_SOCK: '/agent', DOCKER_HOST: 'ssh://build.example' } });
    await engine.rebuild(order(docker.home));
    expect(docker.calls()[0]?.env.SSH_AUTH_SOCK).toBe('/agent');
  });

  test.each([
    ['as it stands', {}, 'app.Dockerfile'],
    ['inline', { inline: 'FROM debian:12\n' }, 'Dockerfile'],
  ])('of a context that holds reports is of the Dockerfile %s, with an ignore file for them', async (_, more, name) => {
    const { docker, engine } = await setUp({ outputDirectory: 'out' });
    docker.write('.dockerignore', '*.log');
    docker.write('app.Dockerfile', 'FROM debian:12\n');
    await engine.rebuild(order(docker.home, { build: { dockerfile: 'app.Dockerfile', ...more } }));
    const [call] = docker.calls();
    expect(call?.args.find((arg) => arg.startsWith('--file='))).toMatch(new RegExp(`/${name}$`));
    expect(call).toMatchObject({ dockerfile: 'FROM debian:12\n', ignored: '*.log\nout\n', stdin: null });
  });

  test('of an inline Dockerfile reads it from standard input', async () => {
    const { docker, engine } = await setUp();
    await engine.rebuild(
      order(docker.home, { build: { inline: 'FROM debian:12\nRUN true\n', dockerfile: 'compose.yaml' } }),
    );
    const [call] = docker.calls();
    expect(call?.args).toContain('--file=-');
    expect(call?.stdin).toBe('FROM debian:12\nRUN true\n');
  });

  test('without platforms of its own is for those of the published image', async () => {
    const published = await pushAttested(server, 'team/web', '1', [{ image: amd64 }, { image: arm64 }]);
    const { docker, engine, registry } = await setUp();
    const reference = at(server, 'team/web', '1');
    const manifest = await registry.manifest(reference);
    expect(manifest.descriptor.digest).toBe(published.digest);
    await engine.rebuild(order(docker.home, { published: { reference, manifest } }));
    expect(docker.calls()[0]?.args).toContain('--platform=linux/amd64,linux/arm64');
  });

  test('with a stage named like its image hands buildx a policy', async () => {
    const { docker, engine } = await setUp();
    docker.write('Dockerfile', 'FROM debian AS debian\nRUN true\n');
    const pins = [pinOf(baseOf('debian', { stage: 'debian' }), base)];
    await engine.rebuild({ ...order(docker.home), pins });
    const [call] = docker.calls();
    expect(call?.args.filter((arg) => arg.startsWith('--build-context'))).toEqual([]);
    expect(JSON.parse(call?.policy ?? '').rules).toHaveLength(1);
  });

  test('tells of a base of another platform', async () => {
    const stderr =
      ' - InvalidBaseImagePlatform: Base image debian:12 was pulled with platform "linux/amd64" (line 1)\n';
    const { docker, engine } = await setUp({ build: { stderr } });
    const built = await engine.rebuild(order(docker.home));
    expect(built.notes).toEqual(['Base image debian:12 was pulled with platform "linux/amd64"']);
  });
});

describe('what builds are told', () => {
  const options = (args: readonly string[] = []) =>
    args.filter((arg) => /^--(?:no-cache|cache|secret|ssh|attest|build-arg)/.test(arg));

  test('secrets by name, agents, caches and an SBOM generator', async () => {
    const { docker, engine } = await setUp({
      env: { NPM_TOKEN: 't0ken', SSH_AUTH_SOCK: '/agent' },
      rules: {
        freshness: 'cache',
        secrets: [{ id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } }],
        ssh: ['default'],
        cacheFrom: ['type=registry,ref=registry.example/cache'],
        cacheTo: ['type=local,dest=out'],
        sbomGenerator: 'registry.example/sbom@sha256:1',
      },
    });
    const built = await engine.rebuild(order(docker.home));
    const [call] = docker.calls();
    expect(options(call?.args)).toEqual([
      '--attest=type=sbom,generator=registry.example/sbom@sha256:1',
      '--secret=id=npm,env=NPM_TOKEN',
      '--ssh=default',
      '--cache-from=type=registry,ref=registry.example/cache',
      '--cache-to=type=local,dest=out',
    ]);
    expect([call?.env.NPM_TOKEN, call?.env.SSH_AUTH_SOCK]).toEqual(['t0ken', '/agent']);
    expect(JSON.stringify(call?.args)).not.toContain('t0ken');
    expect(built.notes).toEqual(['cached layers were allowed: packages in them may be as old as the cache']);
  });

  test.each([
    ['FROM debian:12\nRUN true\n', [], ['no stage runs a package manager that is known, so the cache was used']],
    [
      'FROM debian:12\nADD https://example.com/tool /tool\n',
      ['--no-cache'],
      ['a stage without a name fetches packages, so no cache was used at all; name it with AS'],
    ],
    [
      'FROM debian:12 AS Tools\nRUN apt-get update\nFROM debian:12 AS run\nRUN <<EOF\napk add curl\nEOF\n',
      ['--no-cache-filter=tools', '--no-cache-filter=run'],
      [],
    ],
  ])(
    'with no-cache-filters only the stages of %j that fetch packages are built without cache',
    async (dockerfile, args, notes) => {
      const { docker, engine } = await setUp({ dockerfile, rules: { freshness: 'no-cache-filters' } });
      const built = await engine.rebuild(order(docker.home));
      expect(options(docker.calls()[0]?.args)).toEqual(args);
      expect(built.notes).toEqual(notes);
    },
  );
});

describe('a build that fails', () => {
  const lost = { code: 1, stderr: 'ERROR: failed to solve: snapshot 8w2kq does not exist: not found\n' };

  test('is tried again where an earlier one was killed halfway', async () => {
    const { docker, engine, digest } = await setUp({ first: lost });
    expect((await engine.rebuild(order(docker.home))).digest).toBe(digest);
    expect(docker.calls()).toHaveLength(2);
  });

  test('is tried again once', async () => {
    const { docker, engine } = await setUp({ build: lost });
    expect((await failureOf(engine.rebuild(order(docker.home)))).message).toContain('snapshot 8w2kq does not exist');
    expect(docker.calls()).toHaveLength(2);
  });

  test('is ended when it hangs', async () => {
    const { docker, engine } = await setUp({ build: { hangs: true }, rules: { timeout: 500 } });
    expect((await failureOf(engine.rebuild(order(docker.home)))).message).toBe(
      'web: docker buildx build did not end within 500 ms and was stopped; give builds more time with --build-timeout.',
    );
  });
});

describe('logins', () => {
  test("given ones come in a private copy of docker's configuration, none in arguments or environment", async () => {
    const { docker, engine } = await setUp({
      settings: {
        credentials: { [server.host]: { username: 'me', password: 'pa:ss' } },
        mirrors: { 'docker.io': server.host },
      },
    });
    const theirs = { credsStore: 'desktop', proxies: { default: { noProxy: 'x' } }, auths: { 'other.example': {} } };
    docker.write('.docker/config.json', JSON.stringify(theirs));
    await engine.rebuild(order(docker.home));
    const [call] = docker.calls();
    expect(JSON.parse(call?.config ?? '')).toEqual({
      ...theirs,
      auths: { 'other.example': {}, [server.host]: { auth: Buffer.from('me:pa:ss').toString('base64') } },
      credHelpers: { [server.host]: '' },
      cliPluginsExtraDirs: [join(docker.home, '.docker/cli-plugins')],
    });
    expect(call?.env.BUILDX_CONFIG).toBe(join(docker.home, '.docker/buildx'));
    expect(JSON.stringify([call?.args, call?.env])).not.toContain('pa:ss');
  });

  test('that docker has itself leave its configuration alone', async () => {
    const { docker, engine } = await setUp();
    const auth = Buffer.from('me:pass').toString('base64');
    docker.write('.docker/config.json', JSON.stringify({ auths: { [server.host]: { auth } } }));
    await engine.rebuild(order(docker.home));
    expect(docker.calls()[0]?.env.DOCKER_CONFIG).toBeUndefined();
  });
});

describe('what was built is not believed', () => {
  const other = digestNo(9);
  const refusals: readonly (readonly [string, () => Parameters<typeof pushAttested>[3], string])[] = [
    [
      'with another base',
      () => [{ image: amd64, statement: statement('v0.2', [other]) }],
      `it was built on docker.io/library/debian`,
    ],
    ['with one more base', () => [{ image: amd64, statement: statement('v1', [base, other]) }], `which is not pinned`],
    [
      'without its base',
      () => [{ image: amd64, statement: statement('v0.2', []) }],
      `linux/amd64 did not use debian:12 at ${base}`,
    ],
    ['without provenance', () => [{ image: amd64 }], 'linux/amd64 has no provenance'],
    [
      'without provenance of each platform',
      () => [{ image: amd64, statement: statement('v1', [base]) }, { image: arm64 }],
      'linux/arm64 has no provenance',
    ],
    [
      'with another base on one platform',
      () => [
        { image: amd64, statement: statement('v0.2', [base]) },
        { image: arm64, statement: statement('v0.2', [other]) },
      ],
      other,
    ],
  ];

  test.each(refusals)('%s', async (_, images, reason) => {
    const { docker, engine } = await setUp({ images: images() });
    const failed = await failureOf(engine.rebuild(order(docker.home)));
    expect(failed.code).toBe('build-failed');
    expect(failed.message).toContain('web: provenance does not prove the pinned bases: ');
    expect(failed.message).toContain(reason);
  });

  test('as a single manifest', async () => {
    const manifest = server.store.putManifest('team/web', amd64.bytes, { mediaType: amd64.descriptor.mediaType });
    const { docker, engine } = await setUp({ build: { metadata: { 'containerimage.digest': manifest.digest } } });
    server.store.tag('team/web', 'candidate', manifest.digest);
    expect((await failureOf(engine.rebuild(order(docker.home)))).message).toContain(
      'BuildKit wrote no index with provenance',
    );
  });

  test('where the registry has something else under the tag', async () => {
    const { docker, engine, digest } = await setUp({ build: { metadata: { 'containerimage.digest': digestNo(5) } } });
    expect(await failureOf(engine.rebuild(order(docker.home)))).toEqual({
      code: 'digest-mismatch',
      message: `${server.host}/team/web:candidate: registry has ${digest} and not the built ${digestNo(5)}.`,
    });
  });

  test('where buildx does not say what it pushed', async () => {
    const { docker, engine } = await setUp({ build: { metadata: {} } });
    expect((await failureOf(engine.rebuild(order(docker.home)))).message).toBe(
      'web: docker buildx build did not say which digest it pushed; update buildx.',
    );
  });
});

test('a base that one platform alone left out is missed', async () => {
  const other = digestNo(7);
  const images = [
    { image: amd64, statement: statement('v0.2', [base, other]) },
    { image: arm64, statement: statement('v0.2', [base]) },
  ];
  const { docker, engine } = await setUp({ images });
  docker.write('Dockerfile', 'FROM debian:12\nCOPY --from=busybox:1 /bin/busybox /\n');
  const pins = [pinOf(baseOf('debian:12'), base), pinOf(baseOf('busybox:1', { line: 2, via: 'copy-from' }), other)];
  expect((await failureOf(engine.rebuild({ ...order(docker.home), pins }))).message).toContain(
    `linux/arm64 did not use busybox:1 at ${other}`,
  );
});

test('what the Dockerfile takes for one platform alone, the other one need not have', async () => {
  const other = digestNo(7);
  const images = [
    { image: amd64, statement: statement('v0.2', [other]) },
    { image: arm64, statement: statement('v0.2', [base]) },
  ];
  const dockerfile = 'FROM debian:12 AS for-arm64\nFROM busybox:1 AS for-amd64\nFROM for-$TARGETARCH\n';
  const { docker, engine, digest } = await setUp({ images, dockerfile });
  const pins = [pinOf(baseOf('debian:12'), base), pinOf(baseOf('busybox:1', { line: 2 }), other)];
  expect((await engine.rebuild({ ...order(docker.home), pins })).digest).toBe(digest);
});

test('with both statements of SLSA, both platforms are proved', async () => {
  const images = [
    { image: amd64, statement: statement('v0.2', [base]) },
    { image: arm64, statement: statement('v1', [base]) },
  ];
  const { docker, engine, digest } = await setUp({ images });
  expect((await engine.rebuild(order(docker.home))).digest).toBe(digest);
});

test('a build that breaks says why in one sentence', async () => {
  const { docker, engine } = await setUp({
    build: { code: 1, stderr: 'ERROR: failed to build: failed to solve: boom\n' },
  });
  expect(await failureOf(engine.rebuild(order(docker.home)))).toEqual({
    code: 'build-failed',
    message: 'web: docker buildx build failed: boom.',
  });
});

test('an unreadable Dockerfile is told by its path', async () => {
  const { docker, engine } = await setUp();
  const failed = await failureOf(engine.rebuild(order(docker.home, { build: { dockerfile: 'nope' } })));
  expect(failed).toMatchObject({ code: 'unreadable', message: expect.stringContaining(join(docker.home, 'nope')) });
});

test('docker is examined once for a run', async () => {
  const { docker, engine } = await setUp();
  const asked = order(docker.home);
  expect(await Promise.all([engine.suits(asked), engine.suits(asked)])).toEqual([
    { kind: 'suitable' },
    { kind: 'suitable' },
  ]);
  const calls = docker.calls().map(({ args }) => args.slice(0, 2).join(' '));
  expect(calls.sort()).toEqual(Object.keys(ready).sort());
});
