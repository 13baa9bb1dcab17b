import { afterEach, describe, expect, test } from 'vitest';
import { makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { type Authentication, startRegistry, type TestRegistry } from '../../testing/registry.ts';

let registry: TestRegistry;
afterEach(() => registry.close());

const image = makeImage({});
const users = { ann: 'secret', ben: 'b:c' };
const basic = (user: string, password: string) => `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

async function start(authentication: Authentication): Promise<void> {
  registry = await startRegistry({ authentication });
  for (const repository of ['library/debian', 'team/app']) await pushImage(registry.store, repository, image, '1');
}

const ask = (method: string, path: string, authorization?: string) =>
  fetch(`${registry.url}${path}`, { method, ...(authorization === undefined ? {} : { headers: { authorization } }) });

async function tokenFor(scopes: readonly string[], authorization?: string, field = 'token'): Promise<string> {
  const query = new URLSearchParams({ service: 'test-registry' });
  for (const scope of scopes) query.append('scope', scope);
  const answer = await ask('GET', `/token?${query}`, authorization);
  return `Bearer ${((await answer.json()) as Record<string, string>)[field]}`;
}

describe('basic authentication', () => {
  test('lets those in who know the password', async () => {
    await start({ kind: 'basic', users });
    const without = await ask('GET', '/v2/');
    expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="test registry"']);
    expect((await ask('GET', '/v2/', basic('ann', 'wrong'))).status).toBe(401);
    expect((await ask('GET', '/v2/', basic('ann', 'secret'))).status).toBe(200);
    expect((await ask('HEAD', '/v2/team/app/manifests/1', basic('ben', 'b:c'))).status).toBe(200);
  });

  test('lets them do what the access list says', async () => {
    await start({
      kind: 'basic',
      users,
      access: { 'team/app': { ann: ['*'], ben: ['pull'] }, '*': { anonymous: ['pull'] } },
    });
    const upload = '/v2/team/app/blobs/uploads/';
    expect((await ask('POST', upload, basic('ann', 'secret'))).status).toBe(202);
    expect((await ask('POST', upload, basic('ben', 'b:c'))).status).toBe(403);
    expect((await ask('POST', upload)).status).toBe(401);
    expect((await ask('HEAD', '/v2/library/debian/manifests/1')).status).toBe(200);
  });
});

describe('token authentication', () => {
  test('names the scope that a request needs, and grants it', async () => {
    await start({ kind: 'token', users });
    const refused = await ask('GET', '/v2/team/app/manifests/1');
    expect(refused.headers.get('www-authenticate')).toBe(
      `Bearer realm="${registry.url}/token",service="test-registry",scope="repository:team/app:pull"`,
    );
    const token = await tokenFor(['repository:team/app:pull'], basic('ann', 'secret'));
    expect((await ask('GET', '/v2/team/app/manifests/1', token)).status).toBe(200);
    const write = await ask('POST', '/v2/team/app/blobs/uploads/', token);
    expect([write.status, write.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('scope="repository:team/app:pull,push",error="insufficient_scope"'),
    ]);
  });

  test('wants both repositories for a mount', async () => {
    await start({ kind: 'token', users });
    const mount = `/v2/team/app/blobs/uploads/?mount=${image.config.descriptor.digest}&from=library/debian`;
    const scope = 'repository:team/app:pull,push repository:library/debian:pull';
    expect((await ask('POST', mount)).headers.get('www-authenticate')).toContain(`scope="${scope}"`);
    expect((await ask('POST', mount, await tokenFor(scope.split(' '), basic('ann', 'secret')))).status).toBe(201);
  });

  test('gives anonymous clients what is public, and nothing else', async () => {
    await start({ kind: 'token', users, access: { 'library/debian': { anonymous: ['pull'] }, '*': { ann: ['*'] } } });
    const token = await tokenFor(['repository:library/debian:pull', 'repository:team/app:pull']);
    expect((await ask('GET', '/v2/library/debian/manifests/1', token)).status).toBe(200);
    expect((await ask('GET', '/v2/team/app/manifests/1', token)).status).toBe(401);
    expect((await ask('GET', '/token?scope=repository:team/app:pull', basic('ann', 'no'))).status).toBe(401);
  });

  test('can grant only the first of several scopes', async () => {
    await start({ kind: 'token', users, scopes: 'first' });
    const token = await tokenFor(
      ['repository:team/app:pull', 'repository:library/debian:pull'],
      basic('ann', 'secret'),
    );
    expect((await ask('GET', '/v2/team/app/manifests/1', token)).status).toBe(200);
    expect((await ask('GET', '/v2/library/debian/manifests/1', token)).status).toBe(401);
  });

  test('can refuse several scopes at once', async () => {
    await start({ kind: 'token', users, scopes: 'refuse-several' });
    expect((await ask('GET', '/token?scope=repository:a:pull&scope=repository:b:pull')).status).toBe(400);
    expect((await ask('GET', '/token?scope=repository:a:pull', basic('ann', 'secret'))).status).toBe(200);
  });

  test('can call the token otherwise and let it run out', async () => {
    await start({ kind: 'token', users, field: 'access_token', lifetime: -1 });
    const token = await tokenFor(['repository:team/app:pull'], basic('ann', 'secret'), 'access_token');
    const refused = await ask('GET', '/v2/team/app/manifests/1', token);
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"');
  });
});
