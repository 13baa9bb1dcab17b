import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { acrTasksEngine } from '../../core/rebuild/acr-tasks.ts';
import { chooseEngine } from '../../core/rebuild/choose.ts';
import type { BuildSettings } from '../../core/rebuild/settings.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { closeAll, createHarness, failureOf, start } from '../registry/harness.ts';
import { type AcrTasksOptions, type AcrTasksServer, resource, startAcrTasks } from '../support/acr-tasks.ts';
import { defaultBuild } from '../support/default-settings.ts';
import { baseOf, orderOf, pinOf } from './support.ts';

let server: TestRegistry;
let base: Image;
let azure: AcrTasksServer | undefined;

beforeEach(async () => {
  server = await start();
  base = makeImage({ layers: [await makeLayer({ os: 'debian' })] });
  await pushImage(server.store, 'library/debian', base, '12');
});
afterEach(async () => {
  await azure?.close();
  await closeAll();
});

interface Options {
  readonly settings?: Partial<BuildSettings>;
  /** Whether nothing names the resource. */
  readonly isUnnamed?: true;
  readonly env?: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly ends?: AcrTasksOptions['ends'];
  readonly log?: AcrTasksOptions['log'];
  readonly unfollowed?: true;
  readonly files?: Readonly<Record<string, string>>;
}

/** An engine whose Azure "builds" an image on the base into the registry that stands for myregistry.azurecr.io. */
async function setUp(options: Options = {}) {
  const app = makeImage({ format: 'docker', base, layers: [await makeLayer({ app: 'app' })] });
  azure = await startAcrTasks({
    build: async () => (await pushImage(server.store, 'team/web', app, 'candidate')).digest,
    ...(options.ends === undefined ? {} : { ends: options.ends }),
    ...(options.log === undefined ? {} : { log: options.log }),
    ...(options.unfollowed === undefined ? {} : { unfollowed: true }),
  });
  const root = repository({ Dockerfile: 'FROM debian:12\nCOPY . /\n', ...options.files });
  const config: Config['registry'] = {
    credentials: {},
    mirrors: { 'docker.io': server.host },
    insecureHosts: [],
    concurrency: 4,
    deadline: 60_000,
    azure: { token: options.token ?? 'entra-token' },
  };
  const routes = {
    'https://myregistry.azurecr.io': server.url,
    'https://management.azure.com': azure.url,
    'https://storage.example': azure.url,
  };
  const { registry, world, sleeps } = createHarness(config, {
    routes,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  const lines: string[] = [];
  const engine = acrTasksEngine({
    world,
    registry,
    config,
    settings: { ...defaultBuild, ...options.settings },
    log: (line) => lines.push(line),
    secret: () => {},
    ...(options.isUnnamed === true ? {} : { resource }),
    outputDirectory: join(root, '.base-image-refresh'),
  });
  const pin = pinOf(baseOf('debian:12'), base.descriptor.digest as Digest);
  const place = { registry: 'myregistry.azurecr.io', repository: 'team/web' };
  const order = (parts: Parameters<typeof orderOf>[2] = {}) => orderOf(place, [pin], { root, ...parts });
  return { engine, order, lines, azure, sleeps, root, registry };
}

test('a build sends its context with a pinned Dockerfile, follows the run, and annotates what it pushed', async () => {
  const { engine, order, lines, azure, root, registry } = await setUp({
    files: {
      '.dockerignore': 'private\n',
      private: 'x',
      'run.sh': '#!/bin/sh\n',
      '.base-image-refresh/report.json': '{}',
    },
  });
  chmodSync(join(root, 'run.sh'), 0o755);
  expect(await engine.suits(order())).toEqual({ kind: 'suitable' });
  const built = await engine.rebuild(order({ build: { args: { A: 'b' } } }));
  expect(azure.complaints).toEqual([]);
  const [scheduled] = azure.builds;
  const file = String(scheduled?.request.dockerFilePath);
  expect(file).toMatch(/^\.base-image-refresh-[0-9a-f]{16}\.Dockerfile$/);
  expect(scheduled?.source).toEqual({
    '.dockerignore': `private\n\n${file}\n`,
    Dockerfile: 'FROM debian:12\nCOPY . /\n',
    'run.sh': '#!/bin/sh\n',
    [file]: `FROM ${server.host}/library/debian@${base.descriptor.digest}\nCOPY . /\n`,
  });
  expect(scheduled?.modes['run.sh']).toBe(0o755);
  expect(scheduled?.request).toMatchObject({
    imageNames: ['team/web:candidate'],
    isPushEnabled: true,
    noCache: true,
    arguments: [{ name: 'A', value: 'b', isSecret: false }],
    platform: { os: 'Linux', architecture: 'amd64' },
    timeout: 3600,
  });
  expect(lines).toEqual(['Step 1/1 : FROM x', 'Successfully built']);
  expect(built).toMatchObject({ engine: 'acr-tasks', evidence: 'layers', notes: ['built by run cf1 of ACR Tasks'] });
  expect(server.store.digestOf('team/web', 'candidate')).toBe(built.digest);
  const { document } = await registry.manifest(built.reference);
  expect(document.annotations).toEqual(order().annotations);
});

test('the registry is found in the subscription where no resource is named', async () => {
  const { order, azure, engine } = await setUp({ env: { AZURE_SUBSCRIPTION_ID: 'sub' }, isUnnamed: true });
  await engine.rebuild(order());
  expect(azure.paths[0]).toBe('GET /subscriptions/sub/providers/Microsoft.ContainerRegistry/registries');
});

test('a run that fails says why, by the end of its log', async () => {
  const { engine, order } = await setUp({
    ends: 'Failed',
    log: ['Step 2/2 : RUN make', 'make: *** no rule', 'exit status 2'],
  });
  expect(await failureOf(engine.rebuild(order()))).toEqual({
    code: 'build-failed',
    message: 'web: run cf1 of ACR Tasks ended as Failed: Step 2/2 : RUN make | make: *** no rule | exit status 2.',
  });
});

test('a run that takes too long is cancelled', async () => {
  const { engine, order, azure } = await setUp({ ends: 'Running', settings: { timeout: 10_000 } });
  expect((await failureOf(engine.rebuild(order()))).message).toContain('took too long and was cancelled');
  expect(azure.paths.at(-1)).toBe(`POST ${resource}/runs/cf1/cancel`);
});

test('a run that cannot be followed any more is cancelled', async () => {
  const { engine, order, azure } = await setUp({ unfollowed: true });
  expect((await failureOf(engine.rebuild(order()))).message).toContain('Azure answered 403 (no longer allowed)');
  expect(azure.paths.at(-1)).toBe(`POST ${resource}/runs/cf1/cancel`);
});

test('an identity that may not build is told which role it needs', async () => {
  const { engine, order } = await setUp({ token: 'somebody' });
  expect(await failureOf(engine.rebuild(order()))).toEqual({
    code: 'forbidden',
    message:
      'management.azure.com: Azure answered 403 (The client has no authorization); give the identity of the job the role Contributor on the registry, or one with Microsoft.ContainerRegistry/registries/scheduleRun/action.',
  });
});

test('what Azure built on another base is refused', async () => {
  const { engine, order } = await setUp();
  const other = makeImage({ layers: [await makeLayer({ os: 'another' })] });
  await pushImage(server.store, 'library/debian', other, '12');
  const pins = [pinOf(baseOf('debian:12'), other.descriptor.digest as Digest)];
  expect((await failureOf(engine.rebuild({ ...order(), pins }))).message).toContain(
    `its layers do not begin with those of debian:12 at ${other.descriptor.digest}`,
  );
});

test('auto never takes it, and another registry does not suit', async () => {
  const { engine, order } = await setUp();
  expect((await failureOf(chooseEngine([engine], 'auto', order()))).message).toContain(
    'there is no engine "auto" here',
  );
  expect((await chooseEngine([engine], 'acr-tasks', order())).why).toBe('asked for');
  const elsewhere = { ...order(), candidate: { registry: 'ghcr.io', repository: 'x', tag: 'y' } };
  expect(await engine.suits(elsewhere)).toMatchObject({ why: 'ghcr.io is not an Azure Container Registry' });
});
