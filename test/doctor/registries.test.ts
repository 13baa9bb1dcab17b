import { afterEach, expect, test } from 'vitest';
import { rateFindings } from '../../core/doctor/registries/findings.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry, type TestRegistryOptions } from '../../testing/registry.ts';
import { fakeDocker } from '../rebuild/buildx/docker.ts';
import { doctor, type Examined, type Surroundings } from './support.ts';

const open: TestRegistry[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

async function registry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const server = await startRegistry(options);
  open.push(server);
  const image = makeImage({ layers: [await makeLayer({ 'bin/app': 'app' })] });
  await pushImage(server.store, 'team/base', image, '1');
  await pushImage(server.store, 'team/web', image, '1');
  return server;
}

function examine(server: TestRegistry, { inputs = {}, ...more }: Surroundings = {}): Promise<Examined> {
  const image = { image: `${server.host}/team/web:1` };
  return doctor({ Dockerfile: `FROM ${server.host}/team/base:1\n` }, { ...more, inputs: { ...image, ...inputs } });
}

const words = (examined: Examined, id: string) => examined.of(id).map(({ state, detail }) => `${state}: ${detail}`);

test('an open registry: bases and releases can be read, and nothing is written', async () => {
  const server = await registry();
  const found = await examine(server);
  expect(words(found, 'credentials')).toEqual(['note: no credentials found, so it is accessed anonymously']);
  expect(words(found, 'pull')).toEqual(['ok: 1 base image can be read']);
  expect(words(found, 'published')).toEqual(['ok: is published and can be read']);
  expect(words(found, 'push')).toEqual(['note: push access was not tested']);
  expect(words(found, 'referrers')).toEqual(['ok: the registry supports the referrers API']);
  expect(words(found, 'clock')).toEqual([`ok: agrees with ${server.host}`]);
  expect(server.writes()).toEqual([]);
});

test('test-push begins one upload and cancels it', async () => {
  const server = await registry();
  const found = await examine(server, { inputs: { 'test-push': 'true' } });
  expect(words(found, 'push')).toEqual(['ok: push is allowed: an upload was started and cancelled']);
  expect(server.writes().map(({ method, status }) => `${method} ${status}`)).toEqual(['POST 202', 'DELETE 204']);
});

test('test-push writes nothing in a dry run', async () => {
  const server = await registry();
  await examine(server, { inputs: { 'test-push': 'true', 'dry-run': 'true' } });
  expect(server.writes()).toEqual([]);
});

test('an upload that cannot be cancelled is said to be left', async () => {
  const server = await registry();
  server.inject({ method: 'DELETE', effect: { kind: 'status', status: 405 } });
  const found = await examine(server, { inputs: { 'test-push': 'true' } });
  expect(words(found, 'push')).toEqual([
    'note: push is allowed; the upload that was started is left to expire (the registry answered 405)',
  ]);
});

const reader = {
  kind: 'token',
  users: { ci: 'hunter2' },
  access: { '*': { anonymous: ['pull'], ci: ['pull'] } },
} as const;

test('credentials that may only read: the push is refused, and the secret is nowhere', async () => {
  const server = await registry({ authentication: reader });
  const inputs = {
    'test-push': 'true',
    registry: server.host,
    'registry-username': 'ci',
    'registry-password': 'hunter2',
  };
  const found = await examine(server, { inputs });
  expect(words(found, 'credentials')).toEqual(['ok: uses the credentials from the inputs']);
  expect(words(found, 'pull')).toEqual(['ok: 1 base image can be read']);
  expect(found.of('push')).toMatchObject([
    { state: 'problem', detail: expect.stringContaining('push is not allowed') },
  ]);
  expect(found.conclusion).toBe('incomplete');
  expect(found.printed).not.toContain('hunter2');
  expect(found.secrets).toContain('hunter2');
});

test('a password that is wrong: what cannot be read is told with the place that the password comes from', async () => {
  const server = await registry({ authentication: { kind: 'basic', users: { ci: 'right' } } });
  const inputs = { registry: server.host, 'registry-username': 'ci', 'registry-password': 'wrong' };
  const found = await examine(server, { inputs });
  expect(found.of('pull')).toMatchObject([{ state: 'problem', remedy: 'check the credentials from the inputs' }]);
  expect(found.of('published')).toMatchObject([{ state: 'problem' }]);
});

test('a registry without the referrers API, and an image that is not published yet', async () => {
  const server = await registry({ referrers: false });
  expect(words(await examine(server), 'referrers')).toEqual([
    'note: the registry has no referrers API, so the fallback tag is used',
  ]);
  const found = await examine(server, { inputs: { image: `${server.host}/team/new:1` } });
  expect(words(found, 'published')).toEqual(['note: is not published yet, or not visible with these credentials']);
  expect(found.of('referrers')).toEqual([]);
});

async function gone(): Promise<string> {
  const server = await registry();
  await server.close();
  open.length = 0;
  return server.host;
}

const refusal = 'did not answer in 2 attempts (connection refused)';

test('a registry that does not answer is told once, and its images are said not to be looked at', async () => {
  const host = await gone();
  const file = `FROM ${host}/team/base:1\nCOPY --from=${host}/team/other:1 /a /b\n`;
  const found = await doctor({ Dockerfile: file }, { inputs: { image: `${host}/team/web:1` } });
  expect(found.of('pull')).toMatchObject([{ state: 'problem', subject: host, detail: refusal }]);
  expect(found.of('published')).toMatchObject([
    {
      state: 'unknown',
      subject: `${host}/team/web:1`,
      detail: `was not looked at, because ${host} did not answer`,
      remedy: null,
    },
  ]);
  expect(found.of('push')).toEqual([]);
  expect(found.of('clock')).toEqual([]);
  expect(found.conclusion).toBe('incomplete');
});

test('a registry of releases alone that does not answer is told once too', async () => {
  const host = await gone();
  const found = await doctor(
    { Dockerfile: 'FROM scratch\n', 'b/Dockerfile': 'FROM scratch\n' },
    { inputs: { image: `Dockerfile=${host}/team/a:1\nb/Dockerfile=${host}/team/b:1` } },
  );
  expect(found.of('published').map(({ state, subject, detail }) => `${state} ${subject} ${detail}`)).toEqual([
    `problem ${host} ${refusal}`,
    `unknown ${host}/team/a:1 was not looked at, because ${host} did not answer`,
    `unknown ${host}/team/b:1 was not looked at, because ${host} did not answer`,
  ]);
});

test('what is beyond the bound is said not to be tried', async () => {
  const server = await registry();
  const numbers = [...Array(23).keys()];
  const files = Object.fromEntries(numbers.map((n) => [`d${n}/Dockerfile`, `FROM ${server.host}/team/base${n}:1\n`]));
  const image = numbers.map((n) => `d${n}/Dockerfile=${server.host}/team/web${n}:1`).join('\n');
  const found = await doctor(files, { inputs: { image } });
  expect(found.of('published')).toHaveLength(21);
  expect(found.of('published').at(-1)).toMatchObject({
    state: 'note',
    subject: 'published images',
    detail: '3 more were not tried',
  });
  expect(found.of('pull').at(-1)).toMatchObject({ state: 'note', detail: '3 more base images were not tried' });
});

test('a clock that is off, by the Date of the answers', async () => {
  const server = await registry();
  const found = await examine(server, { world: { now: () => new Date(Date.now() + 3_600_000) } });
  expect(found.of('clock')).toMatchObject([{ state: 'problem', detail: expect.stringContaining('60 min ahead') }]);
});

test('what a registry says of its limit', async () => {
  const server = await registry();
  const headers = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '3;w=21600' };
  server.inject({ method: 'HEAD', effect: { kind: 'headers', headers } });
  const found = await examine(server);
  expect(found.of('rate-limit')).toMatchObject([
    { state: 'warning', subject: server.host, detail: '3 of 100 requests in 6 h are left' },
  ]);
  expect(rateFindings([{ host: 'h', remaining: 98, limit: 100, window: 21600, slowedMs: 0 }])).toMatchObject([
    { state: 'note', detail: '98 of 100 requests in 6 h are left' },
  ]);
});

test('a credential helper that does not work is a problem of its registry', async () => {
  const server = await registry({ authentication: reader });
  const config = JSON.stringify({ credHelpers: { [server.host]: 'gone' } });
  const found = await doctor(
    { Dockerfile: `FROM ${server.host}/team/base:1\n`, '.docker/config.json': config },
    { inputs: { image: `${server.host}/team/web:1` } },
  );
  expect(found.of('credentials')).toMatchObject([{ state: 'problem', subject: server.host }]);
});

test('a Docker configuration that cannot be read is named', async () => {
  const server = await registry({ authentication: reader });
  const found = await doctor(
    { Dockerfile: `FROM ${server.host}/team/base:1\n`, '.docker/config.json': '{' },
    { inputs: { image: `${server.host}/team/web:1` } },
  );
  expect(found.of('credentials')).toMatchObject([
    {
      state: 'problem',
      subject: server.host,
      detail: expect.stringMatching(/cannot be read: \/.*config\.json is not a JSON object$/),
    },
  ]);
});

test('an image that is named is asked for where no Dockerfile was found, too', async () => {
  const server = await registry();
  const found = await doctor({ 'README.md': 'x' }, { inputs: { image: `${server.host}/team/web:1` } });
  expect(words(found, 'published')).toEqual(['ok: is published and can be read']);
  expect(found.of('image-entries')).toMatchObject([{ state: 'problem' }]);
});

test("Docker's classic builder is not taken for an image that has more platforms than it can build", async () => {
  const server = await registry();
  const layers = [await makeLayer({ 'bin/app': 'app' })];
  const platforms = ['amd64', 'arm64'].map((architecture) =>
    makeImage({ layers, platform: { os: 'linux', architecture } }),
  );
  await pushImage(server.store, 'team/web', makeIndex(platforms), '1');
  const daemon = { Server: { Version: '28.5.2', Os: 'linux', Arch: 'amd64' } };
  const docker = fakeDocker({ 'version --format': { stdout: JSON.stringify(daemon) } });
  const found = await examine(server, { env: docker.env });
  expect(found.of('engine')[0]).toMatchObject({ state: 'problem', subject: 'engine for shop' });
  expect(found.of('engine').find(({ subject }) => subject === 'docker for shop')).toMatchObject({
    state: 'note',
    detail: expect.stringContaining('linux/amd64, linux/arm64'),
  });
  const offline = await examine(server, { env: docker.env, inputs: { offline: 'true', engine: 'docker' } });
  expect(offline.of('engine')).toMatchObject([{ state: 'ok' }]);
});

test('offline asks nobody', async () => {
  const server = await registry();
  const found = await examine(server, { inputs: { offline: 'true' } });
  expect(server.requests).toEqual([]);
  expect(words(found, 'registries')).toEqual(['note: not contacted, because offline is set']);
});

test('the commit of a published image: known and here, or what would hold a full build', async () => {
  const server = await registry();
  const git = { PATH: process.env.PATH ?? '' };
  const unknown = 'nothing records the commit that the published image was built from';
  const held = await examine(server, { env: git });
  expect(words(held, 'sources')).toEqual([`warning: a full build would be held: ${unknown}`]);
  expect(held.of('sources')[0]?.remedy).toBe(
    'set --source to checkout once to build what is checked out and record it',
  );
  expect(words(await examine(server, { env: git, inputs: { source: 'checkout' } }), 'sources')).toEqual([]);
  expect(words(await examine(server, { env: git, inputs: { offline: 'true' } }), 'sources')).toEqual([]);
});
