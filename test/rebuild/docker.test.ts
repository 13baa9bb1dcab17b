import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { extract } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { dockerEngine } from '../../core/rebuild/docker.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, start } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { type Answer, fakeDocker } from './buildx/docker.ts';
import { baseOf, digestNo, orderOf, pinOf } from './support.ts';

let server: TestRegistry;
let base: Image;
let app: Image;

beforeEach(async () => {
  server = await start();
  base = makeImage({ format: 'docker', layers: [await makeLayer({ os: 'debian' })] });
  app = makeImage({ format: 'docker', base, layers: [await makeLayer({ app: 'app' })] });
  await pushImage(server.store, 'library/debian', base, '12');
});
afterEach(closeAll);

async function unpacked(archive: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const unpacking = Readable.from([Buffer.from(archive)]).pipe(extract());
  for await (const entry of unpacking) found.set(entry.header.name, await text(entry));
  return found;
}

const version = { Client: {}, Server: { Version: '20.10.24', Os: 'linux', Arch: 'amd64' } };

interface Options {
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly settings?: Partial<BuildSettings>;
  readonly env?: Readonly<Record<string, string>>;
  readonly dockerfile?: string;
  /** What the daemon pushed. */
  readonly image?: Image;
  /** Where reports are kept, below its home folder. */
  readonly outputDirectory?: string;
}

/** An engine whose docker "builds" and "pushes" what the registry holds under the candidate tag already. */
async function setUp(options: Options = {}) {
  const { digest } = await pushImage(server.store, 'team/web', options.image ?? app, 'candidate');
  const docker = fakeDocker({
    'version --format': { stdout: JSON.stringify(version) },
    build: { stdout: 'Step 1/1 : FROM debian\n' },
    [`push ${server.host}/team/web:candidate`]: { stdout: `candidate: digest: ${digest} size: 528\n` },
    'image rm': {},
    ...options.answers,
  });
  docker.write('Dockerfile', options.dockerfile ?? 'FROM debian:12\n');
  const config = {
    credentials: {},
    mirrors: { 'docker.io': server.host },
    insecureHosts: [],
    concurrency: 4,
    deadline: 60_000,
  };
  const { registry, world } = createHarness(config, { env: { ...docker.env, ...options.env } });
  const lines: string[] = [];
  const settings = { ...defaultBuild, ...options.settings };
  const outputDirectory = join(docker.home, options.outputDirectory ?? '../elsewhere');
  const log = (line: string) => lines.push(line);
  const engine = dockerEngine({ world, registry, config, settings, outputDirectory, log });
  return { docker, engine, registry, pushed: digest, lines };
}

function order(root: string, parts: Parameters<typeof orderOf>[2] = {}): BuildOrder {
  const pin = pinOf(baseOf('debian:12'), base.descriptor.digest as Digest);
  return orderOf(at(server, 'team/web'), [pin], { root, ...parts });
}

test('a build is of the pinned text, pushed under the candidate tag, and put again with annotations', async () => {
  const { docker, engine, pushed, lines, registry } = await setUp({
    dockerfile: 'FROM debian:12\nARG TARGETARCH\nCOPY debian:12 /x\n',
  });
  mkdirSync(join(docker.home, 'app'), { recursive: true });
  const built = await engine.rebuild(order(docker.home, { build: { args: { A: 'b=c d' }, context: 'app' } }));
  const [, build] = docker.calls();
  expect(build?.args).toEqual([
    'build',
    '--file=-',
    `--tag=${server.host}/team/web:candidate`,
    '--force-rm',
    '--build-arg=TARGETARCH=amd64',
    '--build-arg=A=b=c d',
    '--no-cache',
    join(docker.home, 'app'),
  ]);
  const digest = base.descriptor.digest;
  expect(build?.stdin).toBe(`FROM ${server.host}/library/debian@${digest}\nARG TARGETARCH\nCOPY debian:12 /x\n`);
  expect(build?.env.DOCKER_BUILDKIT).toBe('0');
  expect(docker.calls().map(({ args }) => args[0])).toEqual(['version', 'build', 'push', 'image']);
  expect(lines).toContain('Step 1/1 : FROM debian');
  expect(built.digest).not.toBe(pushed);
  expect(server.store.digestOf('team/web', 'candidate')).toBe(built.digest);
  const { document } = await registry.manifest(built.reference);
  expect(document).toMatchObject({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    annotations: order(docker.home).annotations,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: app.config.descriptor.digest },
    layers: app.layers.map(({ descriptor }) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: descriptor.digest,
    })),
  });
});

test('a context that holds reports is packed without them', async () => {
  const { docker, engine } = await setUp({ outputDirectory: 'app/out' });
  docker.write('app/.dockerignore', '*.log\n');
  docker.write('app/a.log', 'left out\n');
  docker.write('app/page.html', 'page\n');
  docker.write('app/.git/HEAD', 'ref\n');
  docker.write('app/out/report.json', '{}');
  mkdirSync(join(docker.home, 'app'), { recursive: true });
  await engine.rebuild(order(docker.home, { build: { context: 'app' } }));
  const [, build] = docker.calls();
  expect(build?.args.at(-1)).toBe('-');
  const file = build?.args[1]?.replace('--file=', '');
  const entries = await unpacked(build?.stdin ?? '');
  expect([...entries.keys()]).toEqual(['.git', '.git/HEAD', 'page.html', '.dockerignore', file]);
  expect(entries.get('.dockerignore')).toBe(`*.log\n\n${file}\n`);
  expect(entries.get(file ?? '')).toBe(`FROM ${server.host}/library/debian@${base.descriptor.digest}\n`);
});

test('what the daemon compressed anew gives way to the layers that the base has', async () => {
  const [own] = base.layers;
  if (own === undefined) throw new Error('the base has no layer');
  const bytes = gzipSync(gunzipSync(own.bytes), { level: 0 });
  const again = { ...own, bytes, descriptor: { ...own.descriptor, digest: digestOf(bytes), size: bytes.length } };
  const { docker, engine, registry } = await setUp({ image: makeImage({ format: 'docker', layers: [again] }) });
  const { document } = await registry.manifest((await engine.rebuild(order(docker.home))).reference);
  expect(document.kind === 'manifest' && document.layers.map(({ digest }) => digest)).toEqual([own.descriptor.digest]);
  expect(server.store.blob('team/web', own.descriptor.digest)).toEqual(own.bytes);
});

test('a frontend that the classic builder does not run is told', async () => {
  const { docker, engine } = await setUp({ dockerfile: '# syntax=docker/dockerfile:1\nFROM debian:12\n' });
  const pins = [
    pinOf(baseOf('docker/dockerfile:1', { via: 'syntax', stage: null, runtime: false }), digestNo(3)),
    pinOf(baseOf('debian:12', { line: 2 }), base.descriptor.digest as Digest),
  ];
  const built = await engine.rebuild({ ...order(docker.home), pins });
  expect(built.notes).toEqual([
    "Docker's classic builder reads Dockerfiles itself: docker/dockerfile:1 of # syntax= was not used",
  ]);
});

test('gets no secret of the run in its environment', async () => {
  const { docker, engine } = await setUp({ env: { GITHUB_TOKEN: 't0ken', COSIGN_PASSWORD: 't0ken' } });
  await engine.rebuild(order(docker.home));
  expect(JSON.stringify(docker.calls())).not.toContain('t0ken');
});

describe('freshness', () => {
  test.each([
    ['no-cache', ['--no-cache'], []],
    [
      'no-cache-filters',
      ['--no-cache'],
      ['this engine cannot leave out the cache of single stages, so no cache was used at all'],
    ],
    ['cache', [], ['cached layers were allowed: packages in them may be as old as the cache']],
  ] as const)('%s', async (freshness, args, notes) => {
    const { docker, engine } = await setUp({ settings: { freshness } });
    const built = await engine.rebuild(order(docker.home));
    expect(docker.calls()[1]?.args.filter((arg) => /cache/.test(arg))).toEqual(args);
    expect(built.notes).toEqual(notes);
  });

  test('epoch needs a stage that declares it', async () => {
    const plain = await setUp({ settings: { freshness: 'epoch' } });
    expect(await failureOf(plain.engine.rebuild(order(plain.docker.home)))).toEqual({
      code: 'config',
      message:
        'web: freshness is epoch, and no stage of its Dockerfile declares ARG BASE_IMAGE_REFRESH_EPOCH; write ARG BASE_IMAGE_REFRESH_EPOCH before what installs packages, or use no-cache.',
    });
    const dockerfile = 'FROM debian:12\nARG BASE_IMAGE_REFRESH_EPOCH\nRUN apt-get update\n';
    const { docker, engine } = await setUp({ settings: { freshness: 'epoch' }, dockerfile });
    await engine.rebuild(order(docker.home));
    const epoch = docker.calls()[1]?.args.find((arg) => arg.startsWith('--build-arg=BASE_IMAGE_REFRESH_EPOCH='));
    expect(epoch).toMatch(/=\d{4}-\d\d-\d\dT/);
  });
});

describe('what was pushed is not believed', () => {
  test('where its layers are not those of the base', async () => {
    const other = makeImage({ format: 'docker', layers: [await makeLayer({ os: 'other' })] });
    const { docker, engine } = await setUp({ image: other });
    expect(await failureOf(engine.rebuild(order(docker.home)))).toEqual({
      code: 'build-failed',
      message: `web: its layers do not begin with those of debian:12 at ${base.descriptor.digest}, which it was to be built on; nothing was promoted.`,
    });
  });

  test('where the registry has something else', async () => {
    const said = { stdout: `candidate: digest: ${digestNo(5)} size: 528\n` };
    const { docker, engine, pushed } = await setUp({ answers: { [`push ${server.host}/team/web:candidate`]: said } });
    expect(await failureOf(engine.rebuild(order(docker.home)))).toEqual({
      code: 'digest-mismatch',
      message: `${server.host}/team/web:candidate: registry has ${pushed} and not the built ${digestNo(5)}.`,
    });
  });

  test('where a trigger of the base takes in another image', async () => {
    const config = { OnBuild: ['COPY --from=busybox /bin/busybox /'] };
    const firing = makeImage({ format: 'docker', config, layers: [await makeLayer({ os: 'debian' })] });
    await pushImage(server.store, 'library/debian', firing, '12');
    const { docker, engine } = await setUp();
    const pins = [pinOf(baseOf('debian:12'), firing.descriptor.digest as Digest)];
    expect((await failureOf(engine.rebuild({ ...order(docker.home), pins }))).message).toBe(
      'web: docker.io/library/busybox:latest on line 1 was not compared, so it would not be pinned; build it with buildx.',
    );
    expect(docker.calls().map(({ args }) => args[0])).toEqual(['version']);
  });
});

describe('what goes wrong', () => {
  test.each([
    [
      'a step that breaks',
      {
        'build --file=-': {
          code: 1,
          stdout: 'E: no such thing\n',
          stderr: "The command '/bin/sh -c x' returned a non-zero code: 3\n",
        },
      },
      "web: docker build failed: The command '/bin/sh -c x' returned a non-zero code: 3 (E: no such thing).",
    ],
    [
      'a push that is refused',
      { push: { code: 1, stderr: 'unauthorized: authentication required\n' } },
      'web: docker push failed: unauthorized: authentication required; check that you may push there and are logged in.',
    ],
    [
      'a push that names no digest',
      { push: { stdout: 'done\n' } },
      'web: the builder did not say which digest it pushed.',
    ],
  ] as const)('%s', async (_, { push, ...rest }: Readonly<Record<string, Answer>>, message) => {
    const pushing = push === undefined ? {} : { [`push ${server.host}/team/web:candidate`]: push };
    const { docker, engine } = await setUp({ answers: { ...rest, ...pushing } });
    expect(await failureOf(engine.rebuild(order(docker.home)))).toEqual({ code: 'build-failed', message });
    expect(docker.calls().at(-1)?.args).toEqual(['image', 'rm', `${server.host}/team/web:candidate`]);
  });

  test('a build that hangs is ended', async () => {
    const { docker, engine } = await setUp({
      answers: { 'build --file=-': { hangs: true } },
      settings: { timeout: 500 },
    });
    expect((await failureOf(engine.rebuild(order(docker.home)))).message).toBe(
      'web: docker build did not end within 500 ms and was stopped; give builds more time with --build-timeout.',
    );
  });
});

describe('suitability', () => {
  const down = 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?';
  test.each([
    [{}, {}, undefined],
    [
      { 'version --format': { code: 1, stdout: '{"Client":{},"Server":null}\n', stderr: `${down}\n` } },
      {},
      `the docker daemon cannot be reached (${down})`,
    ],
    [
      { 'version --format': { stdout: JSON.stringify({ Server: { ...version.Server, Version: '19.03.15' } }) } },
      {},
      'Docker Engine 19.03.15 is too old',
    ],
    [{}, { secrets: [{ id: 'npm', from: { kind: 'env', name: 'NPM' } }] }, "Docker's classic builder has no secrets"],
    [{}, { sbomGenerator: 'x' }, "Docker's classic builder has no SBOM generators"],
  ] as const)(
    '%j with %j',
    async (answers: Readonly<Record<string, Answer>>, settings: Partial<BuildSettings>, why) => {
      const { docker, engine } = await setUp({ answers, settings });
      const suits = await engine.suits(order(docker.home));
      expect(suits).toMatchObject(why === undefined ? { kind: 'suitable' } : { kind: 'unsuitable', why });
    },
  );

  test('without docker', async () => {
    const { docker, engine } = await setUp({ env: { PATH: '/nonexistent' } });
    expect(await engine.suits(order(docker.home))).toEqual({
      kind: 'unsuitable',
      why: 'docker is not installed',
      remedy: 'install Docker Engine',
    });
  });

  test.each([
    [{ contexts: { assets: './assets' } }, undefined, 'named contexts such as assets'],
    [
      { contexts: { build: 'docker-image://debian:12' } },
      'FROM debian:12 AS build\nFROM build\n',
      'named contexts in place of a stage such as build',
    ],
    [{}, 'FROM --platform=$BUILDPLATFORM debian:12\n', 'a variable in --platform of FROM on line 1'],
  ])('%j of %j', async (build, dockerfile, what) => {
    const { docker, engine } = await setUp(dockerfile === undefined ? {} : { dockerfile });
    expect(await engine.suits(order(docker.home, { build }))).toMatchObject({
      why: `it needs ${what}, which Docker's classic builder does not know`,
    });
  });

  test('a Dockerfile with an ignore file of its own, which would let in what it keeps out', async () => {
    const { docker, engine } = await setUp();
    docker.write('Dockerfile.dockerignore', 'secret\n');
    expect(await engine.suits(order(docker.home))).toMatchObject({
      why: "it needs Dockerfile.dockerignore, which Docker's classic builder does not know",
    });
  });
});
