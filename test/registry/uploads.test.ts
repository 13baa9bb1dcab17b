import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

const users = { robot: 'secret' };

describe('a blob becomes known in another repository', () => {
  test('by mounting: no byte is uploaded', async () => {
    const server = await start();
    const blob = server.store.putBlob('base', 'layer');
    const { registry } = createHarness();
    const [from, to] = [at(server, 'base'), at(server, 'app')];
    expect(await registry.mountBlob(from, to, blob)).toBe('mounted');
    expect(await registry.mountBlob(from, to, blob)).toBe('present');
    expect(registry.requests().uploadedBytes).toBe(0);
    expect(server.store.blob('app', blob.digest)?.toString()).toBe('layer');
  });

  test('by mounting where the registry is also the mirror that its source is read from', async () => {
    const server = await start();
    const blob = server.store.putBlob('hub/library/node', 'layer');
    const { registry } = createHarness({ mirrors: { 'docker.io': `${server.host}/hub` } });
    const from = { registry: 'docker.io', repository: 'library/node' };
    expect(await registry.mountBlob(from, at(server, 'app'), blob)).toBe('mounted');
    expect(server.writes().map(({ query }) => query)).toEqual([
      `?mount=${encodeURIComponent(blob.digest)}&from=hub%2Flibrary%2Fnode`,
    ]);
  });

  test('by mounting within a registry that is read from a mirror elsewhere', async () => {
    const [server, mirror] = [await start(), await start()];
    const blob = server.store.putBlob('base', 'layer');
    const { registry } = createHarness({ mirrors: { [server.host]: mirror.host } });
    expect(await registry.mountBlob(at(server, 'base'), at(server, 'app'), blob)).toBe('mounted');
    expect(mirror.requests).toEqual([]);
  });

  test.each(['absolute', 'relative'] as const)(
    'by copying where mounting is refused (%s locations)',
    async (locations) => {
      const server = await start({ mounts: false, locations });
      const blob = server.store.putBlob('base', 'layer');
      const { registry } = createHarness();
      expect(await registry.mountBlob(at(server, 'base'), at(server, 'app'), blob)).toBe('copied');
      expect(server.store.blob('app', blob.digest)?.toString()).toBe('layer');
      expect(registry.requests().uploadedBytes).toBe(5);
      // The upload that was opened in place of the mount is the one that is used.
      expect(server.writes().map(({ method }) => method)).toEqual(['POST', 'PUT']);
    },
  );

  test('by copying from another registry, streamed', async () => {
    const [source, target] = [await start(), await start({ authentication: { kind: 'token', users } })];
    const content = 'x'.repeat(3_000_000);
    const blob = source.store.putBlob('base', content);
    const { registry } = createHarness({
      credentials: { [target.host]: { username: 'robot', password: 'secret' } },
      concurrency: 1,
    });
    expect(await registry.mountBlob(at(source, 'base'), at(target, 'app'), blob)).toBe('copied');
    expect(target.store.blob('app', blob.digest)?.length).toBe(content.length);
    expect(source.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  test('within one registry that lets one request run at a time', async () => {
    const server = await start({ mounts: false });
    const blobs = Array.from({ length: 5 }, (_, i) => server.store.putBlob('base', `${i}`.repeat(300_000)));
    const { registry } = createHarness({ concurrency: 1 });
    const copied = blobs.map((blob) => registry.mountBlob(at(server, 'base'), at(server, 'app'), blob));
    expect(await Promise.all(copied)).toEqual(blobs.map(() => 'copied'));
  });

  test('with one token for both repositories, where the source is not readable by copying what is', async () => {
    const access = { app: { robot: ['pull', 'push'] }, base: { robot: ['pull'] }, secret: {} } as const;
    const server = await start({ authentication: { kind: 'token', users, access } });
    const [blob, hidden] = [server.store.putBlob('base', 'layer'), server.store.putBlob('secret', 'hidden')];
    const { registry } = createHarness({ credentials: { [server.host]: { username: 'robot', password: 'secret' } } });
    expect(await registry.mountBlob(at(server, 'base'), at(server, 'app'), blob)).toBe('mounted');
    const { code, message } = await failureOf(registry.mountBlob(at(server, 'secret'), at(server, 'app'), hidden));
    expect(code).toBe('unauthorised');
    expect(message).toContain(`${server.host}/secret@${hidden.digest}: registry answered 401`);
    expect(server.store.blob('app', hidden.digest)).toBeUndefined();
  });

  test('never with other content: a source that lies breaks the upload off', async () => {
    const [source, target] = [await start(), await start()];
    const blob = source.store.putBlob('base', 'right');
    source.inject({ path: /blobs/, effect: { kind: 'body', body: 'wrong' } });
    const { registry } = createHarness();
    const failure = await failureOf(registry.mountBlob(at(source, 'base'), at(target, 'app'), blob));
    expect(failure).toEqual({
      code: 'digest-mismatch',
      message: `${source.host}/base@${blob.digest}: registry sent content of ${digestOf('wrong')} where ${blob.digest} was asked for; check what stands between here and the registry, such as a proxy or a mirror.`,
    });
    expect(target.store.blob('app', blob.digest)).toBeUndefined();
  });

  test('from a source that breaks off: it is resumed into the same upload', async () => {
    const [source, target] = [await start(), await start()];
    const blob = source.store.putBlob('base', 'x'.repeat(200_000));
    source.inject({ path: /blobs/, method: 'GET', times: 1, effect: { kind: 'truncate', bytes: 70_000 } });
    const { registry } = createHarness();
    expect(await registry.mountBlob(at(source, 'base'), at(target, 'app'), blob)).toBe('copied');
    expect(target.writes().map(({ method }) => method)).toEqual(['POST', 'PUT']);
  });
});

describe('uploads', () => {
  test('keep the state that the registry put into their location', async () => {
    const server = await start();
    const blob = await createHarness().registry.putBlob(at(server, 'app'), Buffer.from('new'), 'application/x');
    expect(blob).toEqual({ mediaType: 'application/x', digest: digestOf('new'), size: 3 });
    const put = server.requests.find(({ method }) => method === 'PUT');
    expect(put?.query).toMatch(/^\?_state=0\.[0-9a-f]{8}&digest=sha256%3A[0-9a-f]{64}$/);
    expect(put?.headers).toMatchObject({ 'content-length': '3', 'content-type': 'application/octet-stream' });
  });

  test('go nowhere else with the credentials', async () => {
    const [server, elsewhere] = [await start({ authentication: { kind: 'basic', users } }), await start()];
    const location = 'https://uploads.stranger.example/v2/app/blobs/uploads/1';
    server.inject({ method: 'POST', effect: { kind: 'headers', headers: { location } } });
    const harness = createHarness(
      { credentials: { [server.host]: { username: 'robot', password: 'secret' } } },
      { routes: { 'https://uploads.stranger.example': elsewhere.url } },
    );
    await failureOf(harness.registry.putBlob(at(server, 'app'), Buffer.from('new'), 'application/x'));
    const put = harness.sent.find(({ method }) => method === 'PUT');
    expect(put?.url).toContain('https://uploads.stranger.example/');
    expect(put?.headers).not.toHaveProperty('authorization');
  });

  test.each([
    ['plain HTTP elsewhere', 'http://stranger.example/upload'],
    ['no address', 'http://['],
    ['a file', 'file:///etc/passwd'],
  ])('are not sent to %s', async (_name, location) => {
    const server = await start();
    server.inject({ method: 'POST', effect: { kind: 'headers', headers: { location } } });
    const failure = await failureOf(createHarness().registry.putBlob(at(server, 'app'), Buffer.from('new'), 'x'));
    expect(failure.message).toMatch(
      /: registry gave an address that cannot be used; check what answers there, and what was pushed\.$/,
    );
  });

  test('to a repository that has to be made first say so', async () => {
    const server = await start();
    const body = '{"errors":[{"code":"NAME_UNKNOWN","message":"The repository does not exist"}]}';
    server.inject({ method: 'POST', effect: { kind: 'status', status: 404, body } });
    expect(await failureOf(createHarness().registry.putBlob(at(server, 'app'), Buffer.from('new'), 'x'))).toEqual({
      code: 'refused',
      message: `${server.host}/app@${digestOf('new')}: ${server.host} has no repository app; create it there first.`,
    });
  });
});

describe('manifests', () => {
  test('are put byte for byte, whatever their spacing', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    const spaced = Buffer.from(JSON.stringify(JSON.parse(String(server.store.manifest('app', 'v1')?.bytes)), null, 3));
    const descriptor = { ...image, digest: digestOf(spaced), size: spaced.length };
    const { registry } = createHarness();
    await registry.putManifest(at(server, 'app', 'v2'), { bytes: spaced, descriptor });
    expect(server.store.manifest('app', 'v2')?.bytes.equals(spaced)).toBe(true);
    expect((await registry.head(at(server, 'app', 'v2'))).digest).toBe(descriptor.digest);
  });

  test('that are not what they are said to be are not put', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    const failure = await failureOf(
      createHarness().registry.putManifest(at(server, 'app', 'v2'), { bytes: Buffer.from('{}'), descriptor: image }),
    );
    expect(failure.code).toBe('digest-mismatch');
    expect(server.writes()).toEqual([]);
  });

  test('are not deleted by way of their tag, nor a tag by way of its digest', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.store.tag('app', 'candidate', image.digest);
    const { registry } = createHarness();
    await registry.deleteManifest({ ...at(server, 'app', 'candidate'), digest: image.digest });
    expect(server.store.tags('app')).toEqual(['v1']);
    expect(server.store.digestOf('app', 'v1')).toBe(image.digest);
    await registry.deleteManifest(at(server, 'app', 'candidate'));
    const refusing = await start({ deletes: false });
    putImage(refusing, 'app', 'v1');
    expect((await failureOf(createHarness().registry.deleteManifest(at(refusing, 'app', 'v1')))).message).toBe(
      `${refusing.host}/app:v1: registry does not allow deletion; enable it there or remove the tag by hand.`,
    );
  });

  test('of a tag that was read before are read anew after they were put', async () => {
    const server = await start();
    const [first, second] = [putImage(server, 'app', 'v1'), putImage(server, 'app', 'v2')];
    const { registry } = createHarness();
    expect((await registry.head(at(server, 'app', 'v1'))).digest).toBe(first.digest);
    await registry.putManifest(at(server, 'app', 'v1'), await registry.manifest(at(server, 'app', 'v2')));
    expect((await registry.head(at(server, 'app', 'v1'))).digest).toBe(second.digest);
  });
});
