import { describe, expect, onTestFinished, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import type { Credential } from '../../core/registry/auth/credential.ts';
import { placeToRead } from '../../core/registry/transport/endpoint.ts';
import { pullCredentials } from '../../core/tools/pull-credential.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { type Authentication, startRegistry } from '../../testing/registry.ts';

const login = { username: 'pusher', password: 'correct-horse' };

/** What a program is handed that reads team/app of a registry, and what is said of it. */
async function handed(
  authentication: Authentication,
  more: { readonly credentials?: Readonly<Record<string, typeof login>> } = {},
) {
  const registry = await startRegistry({ authentication });
  const world = { ...createWorld(), env: {} };
  onTestFinished(async () => {
    await registry.close();
    await world.close();
  });
  const { digest } = await pushImage(registry.store, 'team/app', makeImage({ layers: [] }), '1');
  const settings = {
    credentials: { [registry.host]: login },
    mirrors: {},
    insecureHosts: [],
    concurrency: 4,
    deadline: 60_000,
  };
  const notes: string[] = [];
  const secrets: string[] = [];
  const find = pullCredentials(
    world,
    { ...settings, ...more },
    {
      secret: (value) => void secrets.push(value),
      note: (line) => void notes.push(line),
    },
  );
  const place = placeToRead(settings, { registry: registry.host, repository: 'team/app' });
  const credential = await find(place, digest);
  await find(place, digest);
  return { registry, digest, credential, notes, secrets };
}

async function statusWith(credential: Credential, url: string, method: string): Promise<number> {
  const authorization = credential.kind === 'bearer' ? `Bearer ${credential.token}` : '';
  return (await fetch(url, { method, headers: { authorization } })).status;
}

describe('a program that reads one repository', () => {
  test('is handed a token that pulls from it and does nothing else', async () => {
    const { registry, digest, credential, notes, secrets } = await handed({
      kind: 'token',
      users: { pusher: 'correct-horse' },
    });
    expect(credential).toMatchObject({ kind: 'bearer', source: 'the inputs' });
    expect(JSON.stringify(credential)).not.toContain(login.password);
    const manifest = (repository: string, name: Digest | string) =>
      `${registry.url}/v2/${repository}/manifests/${name}`;
    expect(await statusWith(credential, manifest('team/app', digest), 'GET')).toBe(200);
    expect(await statusWith(credential, `${registry.url}/v2/team/app/blobs/uploads/`, 'POST')).toBe(401);
    expect(await statusWith(credential, manifest('team/app', digest), 'DELETE')).toBe(401);
    expect(await statusWith(credential, manifest('team/other', '1'), 'GET')).toBe(401);
    expect(notes).toEqual([]);
    expect(secrets).toContain((credential as { token: string }).token);
    const scopes = registry.requests
      .filter(({ path }) => path === '/token')
      .map(({ query }) => new URLSearchParams(query).getAll('scope'));
    expect(scopes).toEqual([['repository:team/app:pull'], ['repository:team/app:pull']]);
  });

  test('is handed nothing where anybody may read', async () => {
    const { credential, notes } = await handed({ kind: 'none' });
    expect(credential).toEqual({ kind: 'anonymous' });
    expect(notes).toEqual([]);
  });

  test('is handed the login where the registry issues no tokens, which is told once', async () => {
    const { registry, credential, notes } = await handed({ kind: 'basic', users: { pusher: 'correct-horse' } });
    expect(credential).toMatchObject({ kind: 'basic', ...login });
    expect(notes).toEqual([
      `${registry.host}: the registry issues no tokens, so programs that scan or test are handed the login of the run`,
    ]);
  });

  test('is handed nothing where the run has no login, and no registry is asked', async () => {
    const { registry, credential } = await handed({ kind: 'token', users: {} }, { credentials: {} });
    expect(credential).toEqual({ kind: 'anonymous' });
    expect(registry.requests).toEqual([]);
  });
});
