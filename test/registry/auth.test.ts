import { afterEach, describe, expect, test } from 'vitest';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, type Harness, putImage, start } from './harness.ts';

afterEach(closeAll);

const everybody = { '*': { anonymous: ['pull'], robot: ['pull', 'push', 'delete'] } } as const;
const users = { robot: 'secret' };

function authorizations(harness: Harness, origin: string): readonly (string | undefined)[] {
  return harness.sent.filter(({ url }) => new URL(url).origin === origin).map(({ headers }) => headers.authorization);
}

describe('one token for many repositories', () => {
  async function readAll(server: TestRegistry, count: number, harness = createHarness()) {
    const references = Array.from({ length: count }, (_, i) => at(server, `team/app-${i}`, 'v1'));
    for (const { repository } of references) putImage(server, repository, 'v1');
    const heads = await Promise.all(references.map((reference) => harness.registry.head(reference)));
    expect(heads).toHaveLength(count);
    return harness.registry.requests();
  }

  test('is granted: a challenge and one token request for forty', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody } });
    expect(await readAll(server, 40)).toMatchObject({ head: 40, get: 0, token: 2 });
  });

  test('is refused: each repository gets its own, and no HEAD is lost', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody, scopes: 'refuse-several' } });
    expect(await readAll(server, 40)).toMatchObject({ head: 40, get: 0, token: 42 });
  });

  test('is granted for the first only: never more than two requests of a kind for a reference', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody, scopes: 'first' } });
    const { head, token } = await readAll(server, 40);
    expect(head).toBeLessThanOrEqual(80);
    expect(token).toBeLessThanOrEqual(41);
  });

  test('is asked for all that will be read, as soon as it is known', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody } });
    const harness = createHarness();
    const references = Array.from({ length: 30 }, (_, i) => at(server, `team/app-${i}`, 'v1'));
    for (const { repository } of references) putImage(server, repository, 'v1');
    harness.registry.expect(references);
    for (const reference of references) await harness.registry.head(reference);
    expect(harness.registry.requests()).toMatchObject({ head: 30, token: 2 });
  });

  test('one repository that is not for us leaves the others readable', async () => {
    const access = { ...everybody, 'team/app-3': { robot: ['pull'] } } as const;
    const server = await start({ authentication: { kind: 'token', users, access } });
    const references = Array.from({ length: 10 }, (_, i) => at(server, `team/app-${i}`, 'v1'));
    for (const { repository } of references) putImage(server, repository, 'v1');
    const { registry } = createHarness();
    const outcomes = await Promise.allSettled(references.map((reference) => registry.head(reference)));
    expect(outcomes.map(({ status }) => status)).toEqual(
      references.map((_, i) => (i === 3 ? 'rejected' : 'fulfilled')),
    );
    expect((await failureOf(registry.head(references[3] ?? at(server, '')))).message).toBe(
      `${server.host}/team/app-3:v1: registry answered 401; add credentials for ${server.host}, for example with docker login ${server.host}.`,
    );
  });

  test('runs out: it is renewed before it is refused', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody } });
    putImage(server, 'a', 'v1');
    putImage(server, 'b', 'v1');
    const { registry, world } = createHarness();
    await registry.head(at(server, 'a', 'v1'));
    await world.sleep(600_000);
    await registry.manifest(at(server, 'a', 'v1'));
    expect(server.requests.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(registry.requests()).toMatchObject({ head: 1, get: 1, token: 3 });
  });

  test('is revoked early: the refused request is sent again with a new one', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody } });
    putImage(server, 'a', 'v1');
    const { registry } = createHarness();
    await registry.head(at(server, 'a', 'v1'));
    const headers = { 'www-authenticate': `Bearer realm="${server.url}/token",error="invalid_token"` };
    server.inject({ method: 'GET', path: /manifests/, times: 1, effect: { kind: 'status', status: 401, headers } });
    await registry.manifest(at(server, 'a', 'v1'));
    expect(registry.requests()).toMatchObject({ head: 1, get: 2, token: 3 });
  });

  test('comes as access_token too', async () => {
    const server = await start({ authentication: { kind: 'token', access: everybody, field: 'access_token' } });
    expect(await readAll(server, 2)).toMatchObject({ head: 2, token: 2 });
  });
});

describe('credentials', () => {
  test('basic authentication', async () => {
    const server = await start({ authentication: { kind: 'basic', users } });
    putImage(server, 'app', 'v1');
    const good = createHarness({ credentials: { [server.host]: { username: 'robot', password: 'secret' } } });
    await good.registry.head(at(server, 'app', 'v1'));
    expect(good.registry.requests()).toMatchObject({ head: 1, token: 1 });
    expect(good.secrets).toEqual(['secret', Buffer.from('robot:secret').toString('base64')]);
    const bad = createHarness({ credentials: { [server.host]: { username: 'robot', password: 'wrong' } } });
    expect((await failureOf(bad.registry.head(at(server, 'app', 'v1')))).message).toBe(
      `${server.host}/app:v1: registry answered 401; check the credentials from the inputs.`,
    );
    const none = createHarness();
    expect((await failureOf(none.registry.head(at(server, 'app', 'v1')))).message).toBe(
      `${server.host}/app:v1: registry answered 401; add credentials for ${server.host}, for example with docker login ${server.host}.`,
    );
  });

  test('a token server that refuses them is named', async () => {
    const server = await start({ authentication: { kind: 'token', users } });
    const { registry } = createHarness({ credentials: { [server.host]: { username: 'robot', password: 'wrong' } } });
    expect(await failureOf(registry.head(at(server, 'app', 'v1')))).toEqual({
      code: 'unauthorised',
      message: `${server.host}/app:v1: token server ${server.host} answered 401 (UNAUTHORIZED: incorrect username or password); check the credentials from the inputs.`,
    });
  });

  test('are for their exact host: another port and another name get none', async () => {
    const server = await start({ authentication: { kind: 'basic', users } });
    putImage(server, 'app', 'v1');
    const { registry, sent } = createHarness({
      credentials: {
        '127.0.0.1': { username: 'robot', password: 'secret' },
        localhost: { username: 'robot', password: 'secret' },
      },
    });
    expect((await failureOf(registry.head(at(server, 'app', 'v1')))).code).toBe('unauthorised');
    expect(sent.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('never reach a token server of another domain', async () => {
    const stranger = await start({ authentication: { kind: 'token', users } });
    const realm = 'https://tokens.stranger.example/token';
    const server = await start({ authentication: { kind: 'token', users, realm } });
    const { registry, sent } = createHarness(
      { credentials: { 'registry.corp.example': { username: 'robot', password: 'secret' } } },
      { routes: { 'https://registry.corp.example': server.url, 'https://tokens.stranger.example': stranger.url } },
    );
    const reference = { registry: 'registry.corp.example', repository: 'app', tag: 'v1' };
    expect(await failureOf(registry.head(reference))).toEqual({
      code: 'refused',
      message:
        "registry.corp.example/app:v1: names the token server tokens.stranger.example, which is not of its domain, so no credentials were sent there; if it is the registry's own, allow it with --allow-token-realm tokens.stranger.example; without credentials it is read anonymously.",
    });
    expect(stranger.requests).toEqual([]);
    expect(sent.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('reach a token server at another port only where the run allows it', async () => {
    const neighbour = await start({ authentication: { kind: 'token', users } });
    const server = await start({ authentication: { kind: 'token', users, realm: `${neighbour.url}/token` } });
    putImage(server, 'app', 'v1');
    const credentials = { [server.host]: { username: 'robot', password: 'secret' } };
    const { registry } = createHarness({ credentials });
    const { code, message } = await failureOf(registry.head(at(server, 'app', 'v1')));
    expect(code).toBe('refused');
    expect(message).toContain(`names the token server ${neighbour.host}, which is at another port`);
    expect(message).toContain(`allow-token-realm ${neighbour.host}`);
    expect(neighbour.requests).toEqual([]);
    const allowing = createHarness({ credentials, tokenRealms: [neighbour.host] });
    await failureOf(allowing.registry.head(at(server, 'app', 'v1')));
    expect(new Set(authorizations(allowing, neighbour.url))).toEqual(new Set([expect.stringMatching(/^Basic /)]));
  });

  test('never reach where a blob is redirected to', async () => {
    const server = await start({ authentication: { kind: 'token', users }, redirectsBlobs: true });
    putImage(server, 'app', 'v1');
    const harness = createHarness({ credentials: { [server.host]: { username: 'robot', password: 'secret' } } });
    const { registry } = harness;
    const manifest = await registry.manifest(at(server, 'app', 'v1'));
    expect((await registry.config(at(server, 'app', 'v1'), manifest)).os).toBe('linux');
    const port = server.host.split(':')[1];
    expect(authorizations(harness, `http://localhost:${port}`)).toEqual([undefined]);
    expect(authorizations(harness, server.url).filter((header) => header === undefined)).toHaveLength(1);
  });

  test('Docker Hub’s go to its token server, and Docker’s own names for it are understood', async () => {
    const realm = 'https://auth.docker.io/token';
    const server = await start({ authentication: { kind: 'token', users, realm } });
    putImage(server, 'acme/app', 'v1');
    const { registry, sent } = createHarness(
      { credentials: { 'index.docker.io': { username: 'robot', password: 'secret' } } },
      { routes: { 'https://registry-1.docker.io': server.url, 'https://auth.docker.io': server.url } },
    );
    await registry.head({ registry: 'docker.io', repository: 'acme/app', tag: 'v1' });
    expect(sent.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET https://registry-1.docker.io/v2/',
      'GET https://auth.docker.io/token?service=test-registry&scope=repository%3Aacme%2Fapp%3Apull',
      'HEAD https://registry-1.docker.io/v2/acme/app/manifests/v1',
    ]);
  });
});

test('an identity token can be given in place of a password', async () => {
  const server = await start({ authentication: { kind: 'token', users } });
  const credentials = { [server.host]: { username: '<token>', password: 'refresh-me' } };
  const { registry, sent, secrets } = createHarness({ credentials });
  await failureOf(registry.head(at(server, 'app', 'v1')));
  const asked = sent.find(({ url }) => url.includes('/token'));
  expect([asked?.method, String(asked?.body)]).toEqual([
    'POST',
    'grant_type=refresh_token&client_id=base-image-refresh&service=test-registry&scope=repository%3Aapp%3Apull&refresh_token=refresh-me',
  ]);
  expect(asked?.headers).not.toHaveProperty('authorization');
  expect(secrets).toContain('refresh-me');
});

describe('GitHub’s job token', () => {
  async function github(env: Readonly<Record<string, string>>, accepts = true) {
    const access = { '*': { anonymous: ['pull'], actor: ['pull', 'push'] } } as const;
    const server = await start({
      authentication: {
        kind: 'token',
        users: accepts ? { actor: 'job-token' } : {},
        realm: 'https://ghcr.io/token',
        access,
      },
    });
    putImage(server, 'acme/app', 'v1');
    const routes = { 'https://ghcr.io': server.url, 'https://quay.io': server.url };
    return createHarness({}, { routes, env: { GITHUB_TOKEN: 'job-token', GITHUB_ACTOR: 'actor', ...env } });
  }
  const basic = `Basic ${Buffer.from('actor:job-token').toString('base64')}`;
  const reference = { registry: 'ghcr.io', repository: 'acme/app', tag: 'v1' };

  test('opens ghcr.io', async () => {
    const harness = await github({});
    await harness.registry.head(reference);
    expect(authorizations(harness, 'https://ghcr.io')).toContain(basic);
    expect(harness.secrets).toContain('job-token');
  });

  test('of a GitHub Enterprise server stays there', async () => {
    const harness = await github({ GITHUB_SERVER_URL: 'https://github.corp.example' });
    await harness.registry.head(reference);
    expect(authorizations(harness, 'https://ghcr.io')).not.toContain(basic);
  });

  test('goes to no other registry', async () => {
    const harness = await github({});
    await failureOf(harness.registry.putBlob({ registry: 'quay.io', repository: 'acme/app' }, new Uint8Array(1), 'x'));
    expect(authorizations(harness, 'https://quay.io')).not.toContain(basic);
  });

  test('that is refused leaves public images readable', async () => {
    const harness = await github({}, false);
    await harness.registry.head(reference);
    expect(authorizations(harness, 'https://ghcr.io')).toContain(basic);
    expect(harness.registry.requests()).toMatchObject({ head: 1, token: 3 });
  });
});
