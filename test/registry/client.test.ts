import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

test('one HEAD answers every question about a tag', async () => {
  const server = await start();
  const image = putImage(server, 'library/debian', '12');
  const { registry } = createHarness();
  const heads = await Promise.all([1, 2, 3].map(() => registry.head(at(server, 'library/debian', '12'))));
  expect(heads).toEqual([image, image, image]);
  expect(registry.requests()).toMatchObject({ head: 1, get: 0 });
});

test('a manifest is fetched once, by the digest that HEAD named, and its configuration read', async () => {
  const server = await start();
  const image = putImage(server, 'app', 'v1');
  const { registry } = createHarness();
  await registry.head(at(server, 'app', 'v1'));
  const manifest = await registry.manifest(at(server, 'app', 'v1'));
  const again = await registry.manifest(withDigest(at(server, 'app', 'v1'), image.digest));
  expect(again).toBe(manifest);
  expect(digestOf(manifest.bytes)).toBe(image.digest);
  const config = await registry.config(at(server, 'app', 'v1'), manifest);
  expect(config).toMatchObject({ os: 'linux', architecture: 'amd64', labels: { maintainer: 'app' } });
  expect(registry.requests()).toMatchObject({ head: 1, get: 2 });
});

test('what is pushed is what is read, and forgetting a tag asks anew', async () => {
  const server = await start();
  putImage(server, 'app', 'v1');
  const { registry } = createHarness();
  const [from, to] = [at(server, 'app', 'v1'), at(server, 'copy', 'latest')];
  const manifest = await registry.manifest(from);
  expect((await failureOf(registry.head(to))).code).toBe('not-found');
  const { document } = manifest;
  if (document.kind !== 'manifest') throw new Error('an index');
  for (const blob of [...document.layers, document.config])
    expect(await registry.mountBlob(from, to, blob)).toBe('mounted');
  await registry.putManifest(to, manifest);
  expect((await registry.head(to)).digest).toBe(manifest.descriptor.digest);
  expect(server.store.manifest('copy', 'latest')?.bytes.equals(Buffer.from(manifest.bytes))).toBe(true);
  expect(registry.requests().uploadedBytes).toBe(manifest.bytes.length);
});

test('token authentication: read anonymously, write with credentials', async () => {
  const access = { '*': { anonymous: ['pull'], robot: ['pull', 'push'] } } as const;
  const server = await start({ authentication: { kind: 'token', users: { robot: 'secret' }, access } });
  putImage(server, 'app', 'v1');
  const reader = createHarness();
  const manifest = await reader.registry.manifest(at(server, 'app', 'v1'));
  const refused = await failureOf(reader.registry.putManifest(at(server, 'app', 'v2'), manifest));
  expect(refused.message).toBe(
    `${server.host}/app:v2: registry answered 401 (UNAUTHORIZED: authentication required); add credentials for ${server.host}, for example with docker login ${server.host}.`,
  );
  const credentials = { [server.host]: { username: 'robot', password: 'secret' } };
  const writer = createHarness({ credentials });
  await writer.registry.putManifest(at(server, 'app', 'v2'), manifest);
  expect(server.store.digestOf('app', 'v2')).toBe(manifest.descriptor.digest);
  expect(writer.secrets).toContain('secret');
});

test('200 references in 200 repositories: 200 HEAD and at most 7 requests for authentication', async () => {
  const server = await start({ authentication: { kind: 'token', access: { '*': { anonymous: ['pull'] } } } });
  const references = Array.from({ length: 200 }, (_, i) => at(server, `team-${i}/service-with-a-name-${i}`, 'v1'));
  for (const { repository } of references) putImage(server, repository, 'v1');
  const { registry } = createHarness();
  await Promise.all(references.map((reference) => registry.head(reference)));
  expect(registry.requests()).toMatchObject({ head: 200, get: 0 });
  expect(registry.requests().token).toBeLessThanOrEqual(7);
  expect(server.requests).toHaveLength(200 + registry.requests().token);
});

test('HEAD requests one after another share a connection', async () => {
  const server = await start();
  let sockets = 0;
  const count = () => {
    sockets += 1;
  };
  subscribe('net.client.socket', count);
  const { registry } = createHarness();
  for (let i = 0; i < 20; i++) {
    putImage(server, `app-${i}`, 'v1');
    await registry.head(at(server, `app-${i}`, 'v1'));
  }
  unsubscribe('net.client.socket', count);
  expect(server.requests.filter(({ method }) => method === 'HEAD')).toHaveLength(20);
  expect(sockets).toBeLessThanOrEqual(3);
});
