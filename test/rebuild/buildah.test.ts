import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { containersEngine } from '../../core/rebuild/buildah.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, start } from '../registry/harness.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { type Answer, fakeDocker } from './buildx/docker.ts';
import { baseOf, orderOf, pinOf } from './support.ts';

let server: TestRegistry;
let base: Image;

beforeEach(async () => {
  server = await start();
  base = makeImage({ layers: [await makeLayer({ os: 'debian' })] });
  await pushImage(server.store, 'library/debian', base, '12');
});
afterEach(closeAll);

interface Options {
  readonly tool?: 'buildah' | 'podman';
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly settings?: Partial<BuildSettings>;
  /** Where reports are kept, below its home folder. */
  readonly outputDirectory?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly credentials?: Readonly<Record<string, { readonly username: string; readonly password: string }>>;
}

/** An engine whose tool "builds" and "pushes" what the registry holds under the candidate tag already. */
async function setUp(options: Options = {}) {
  const { tool = 'buildah', answers, settings, outputDirectory, env, credentials = {} } = options;
  const app = makeImage({ format: 'docker', base, layers: [await makeLayer({ app: 'app' })] });
  const { digest } = await pushImage(server.store, 'team/web', app, 'candidate');
  const version =
    tool === 'buildah'
      ? { version: '1.28.2', osArch: 'linux/amd64' }
      : { Client: { Version: '4.3.1', OsArch: 'linux/amd64' } };
  const fake = fakeDocker({
    version: { stdout: JSON.stringify(version) },
    build: { stdout: 'STEP 1/1: FROM debian\n' },
    push: { digest },
    rmi: {},
    ...answers,
  });
  fake.write('Dockerfile', 'FROM debian:12\n');
  const config = {
    credentials,
    mirrors: { 'docker.io': server.host },
    insecureHosts: [],
    concurrency: 4,
    deadline: 60_000,
  };
  const { registry, world } = createHarness(config, { env: { ...fake.env, ...env } });
  const engine = containersEngine(tool, {
    ...(outputDirectory === undefined ? {} : { outputDirectory: join(fake.home, outputDirectory) }),
    world,
    registry,
    config,
    settings: { ...defaultBuild, ...settings },
    log: () => {},
  });
  return { fake, engine };
}

function order(root: string, parts: Parameters<typeof orderOf>[2] = {}): BuildOrder {
  const pin = pinOf(baseOf('debian:12'), base.descriptor.digest as Digest);
  return orderOf(at(server, 'team/web'), [pin], { root, ...parts });
}

describe.each(['buildah', 'podman'] as const)('%s', (tool) => {
  test('builds the pinned text and pushes it under the candidate tag alone', async () => {
    const { fake, engine } = await setUp({ tool });
    mkdirSync(join(fake.home, 'app'), { recursive: true });
    const build = { target: 'run', args: { A: 'b=c d' }, context: 'app', contexts: { assets: './assets' } };
    fake.write('Dockerfile', 'FROM debian:12 AS run\n');
    fake.write('Dockerfile.dockerignore', 'private\n');
    const built = await engine.rebuild(order(fake.home, { build }));
    const [, call, push, remove] = fake.calls();
    expect(call?.args).toEqual([
      'build',
      expect.stringMatching(/^--file=.*\/Dockerfile$/),
      `--tag=${server.host}/team/web:candidate`,
      '--format=docker',
      '--platform=linux/amd64',
      '--target=run',
      '--build-arg=A=b=c d',
      '--build-context=assets=./assets',
      `--ignorefile=${join(fake.home, 'Dockerfile.dockerignore')}`,
      '--no-cache',
      join(fake.home, 'app'),
    ]);
    expect(call?.dockerfile).toBe(`FROM ${server.host}/library/debian@${base.descriptor.digest} AS run\n`);
    expect(push?.args.at(-1)).toBe(`${server.host}/team/web:candidate`);
    expect(remove?.args).toEqual(['rmi', `${server.host}/team/web:candidate`]);
    expect(built).toMatchObject({ engine: tool, evidence: 'layers', notes: [] });
    expect(server.store.digestOf('team/web', 'candidate')).toBe(built.digest);
  });

  test('is handed an ignore file that leaves reports out of the context', async () => {
    const { fake, engine } = await setUp({ tool, outputDirectory: 'out' });
    fake.write('Dockerfile.dockerignore', 'private\n');
    await engine.rebuild(order(fake.home));
    expect(fake.calls()[1]?.ignored).toBe('private\nout\n');
  });

  test('that is not there is told, with what would help', async () => {
    const { fake, engine } = await setUp({ tool, env: { PATH: '/nonexistent' } });
    expect(await engine.suits(order(fake.home))).toEqual({
      kind: 'unsuitable',
      why: `${tool} is not installed`,
      remedy: `install ${tool}`,
    });
  });
});

test('plain HTTP is allowed to the hosts of the build alone, on top of what the user has', async () => {
  const { fake, engine } = await setUp();
  fake.write('.config/containers/registries.conf', 'unqualified-search-registries = ["quay.io"]\n');
  await engine.rebuild(order(fake.home));
  expect(fake.calls()[1]?.registries).toBe(
    `unqualified-search-registries = ["quay.io"]\n\n[[registry]]\nlocation = "${server.host}"\ninsecure = true\n`,
  );
});

test('a file of logins that is no JSON is told by its path, without a word of what is in it', async () => {
  const credentials = { [server.host]: { username: 'me', password: 'pass' } };
  const { fake } = await setUp();
  const path = join(fake.home, 'auth.json');
  fake.write('auth.json', '{"auths":{"x":{"auth":c2VjcmV0}}}');
  const again = await setUp({ credentials, env: { REGISTRY_AUTH_FILE: path } });
  expect(await failureOf(again.engine.rebuild(order(again.fake.home)))).toEqual({
    code: 'config',
    message: `${path}: cannot be read as JSON; correct it, or log in again.`,
  });
});

test('logins come in a private file, none in arguments or variables', async () => {
  const { fake, engine } = await setUp({ credentials: { [server.host]: { username: 'me', password: 'pa:ss' } } });
  await engine.rebuild(order(fake.home));
  const [, call] = fake.calls();
  expect(JSON.parse(call?.auth ?? '')).toEqual({
    auths: { [server.host]: { auth: Buffer.from('me:pa:ss').toString('base64') } },
  });
  expect(JSON.stringify([call?.args, call?.env])).not.toContain('pa:ss');
});

test('a secret is named in arguments and only the build has its variable', async () => {
  const secrets = [
    { id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } },
    { id: 'key', from: { kind: 'file', path: '/keys/key' } },
  ] as const;
  const { fake, engine } = await setUp({ settings: { secrets }, env: { NPM_TOKEN: 't0ken', OTHER: 't0ken' } });
  await engine.rebuild(order(fake.home));
  const [version, build] = fake.calls();
  expect(build?.args).toEqual(
    expect.arrayContaining(['--secret=id=npm,env=NPM_TOKEN', '--secret=id=key,src=/keys/key']),
  );
  expect(JSON.stringify(build?.args)).not.toContain('t0ken');
  expect([version?.env.NPM_TOKEN, build?.env.NPM_TOKEN, build?.env.OTHER]).toEqual([undefined, 't0ken', undefined]);
});

test('a secret whose variable is not set is told before anything is built', async () => {
  const secrets = [{ id: 'npm', from: { kind: 'env', name: 'NPM_TOKEN' } }] as const;
  const { fake, engine } = await setUp({ settings: { secrets } });
  expect(await failureOf(engine.rebuild(order(fake.home)))).toEqual({
    code: 'config',
    message: 'secret npm: is to come from NPM_TOKEN, which is not set; set NPM_TOKEN.',
  });
});

describe('what goes wrong', () => {
  test.each([
    [
      'a step that breaks',
      {
        build: { code: 125, stdout: 'E: no such thing\n', stderr: 'Error: building at STEP "RUN x": exit status 3\n' },
      },
      'web: buildah build failed: building at STEP "RUN x": exit status 3 (E: no such thing).',
    ],
    [
      'a push that is refused',
      { push: { code: 125, stderr: 'Error: authentication required\n' } },
      'web: buildah push failed: authentication required; check that you may push there and are logged in.',
    ],
  ] as const)('%s', async (_, answers: Readonly<Record<string, Answer>>, message) => {
    const { fake, engine } = await setUp({ answers });
    expect(await failureOf(engine.rebuild(order(fake.home)))).toEqual({ code: 'build-failed', message });
    expect(fake.calls().at(-1)?.args[0]).toBe('rmi');
  });

  test('a build that hangs is ended', async () => {
    const { fake, engine } = await setUp({ answers: { build: { hangs: true } }, settings: { timeout: 500 } });
    expect((await failureOf(engine.rebuild(order(fake.home)))).message).toContain(
      'buildah build did not end within 500 ms and was stopped',
    );
  });
});

test.each([
  [
    { version: { code: 125, stderr: 'Error: could not find conmon\n' } },
    {},
    'buildah does not work here (Error: could not find conmon)',
  ],
  [
    { version: { stdout: JSON.stringify({ version: '1.19.6', osArch: 'linux/amd64' }) } },
    {},
    'buildah 1.19.6 is too old',
  ],
  [{}, { sbomGenerator: 'x' }, 'buildah runs no SBOM generators of BuildKit'],
] as const)(
  '%j with %j does not suit',
  async (answers: Readonly<Record<string, Answer>>, settings: Partial<BuildSettings>, why) => {
    const { fake, engine } = await setUp({ answers, settings });
    expect(await engine.suits(order(fake.home))).toMatchObject({ kind: 'unsuitable', why });
  },
);
