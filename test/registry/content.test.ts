import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { withDigest } from '../../core/oci/reference.ts';
import type { Http } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

const digestHeader = 'docker-content-digest';
const other = `sha256:${'b'.repeat(64)}`;

describe('the digest header', () => {
  test('that is absent makes GET decide, once', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ effect: { kind: 'headers', headers: { [digestHeader]: null, etag: null } } });
    const { registry } = createHarness();
    expect(await registry.head(at(server, 'app', 'v1'))).toEqual(image);
    expect((await registry.manifest(at(server, 'app', 'v1'))).descriptor).toEqual(image);
    expect(registry.requests()).toMatchObject({ head: 1, get: 1 });
  });

  test.each(['garbage', 'sha256:abc', ''])('that is "%s" counts as absent', async (value) => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ effect: { kind: 'headers', headers: { [digestHeader]: value } } });
    expect(await createHarness().registry.head(at(server, 'app', 'v1'))).toEqual(image);
  });

  test('that the ETag contradicts makes GET decide', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ effect: { kind: 'headers', headers: { [digestHeader]: other } } });
    expect(await createHarness().registry.head(at(server, 'app', 'v1'))).toEqual(image);
  });

  test('that is wrong all the way never brings other content under it', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ effect: { kind: 'headers', headers: { [digestHeader]: other, etag: null } } });
    const byTag = createHarness().registry;
    expect((await byTag.manifest(at(server, 'app', 'v1'))).descriptor.digest).toBe(image.digest);
    const afterHead = createHarness().registry;
    expect((await afterHead.head(at(server, 'app', 'v1'))).digest).toBe(other);
    const { code, message } = await failureOf(afterHead.manifest(at(server, 'app', 'v1')));
    expect(code).toBe('digest-mismatch');
    expect(message).toBe(`${server.host}/app:v1: registry named ${other} and does not have it; run again.`);
  });

  test('of a HEAD by digest is not believed against the digest', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ effect: { kind: 'headers', headers: { [digestHeader]: other, etag: null } } });
    const reference = withDigest(at(server, 'app', 'v1'), image.digest);
    expect(await createHarness().registry.head(reference)).toEqual(image);
  });
});

describe('content', () => {
  test('that is not what its digest says is refused', async () => {
    const server = await start();
    const [image, wrong] = [putImage(server, 'app', 'v1'), putImage(server, 'app', 'v2')];
    const body = server.store.manifest('app', wrong.digest)?.bytes ?? '';
    server.inject({ path: /manifests/, method: 'GET', times: 2, effect: { kind: 'body', body } });
    const reference = withDigest(at(server, 'app', 'v1'), image.digest);
    expect(await failureOf(createHarness().registry.manifest(reference))).toEqual({
      code: 'digest-mismatch',
      message: `${server.host}/app:v1@${image.digest}: registry sent content of ${wrong.digest} where ${image.digest} was asked for; check what stands between here and the registry, such as a proxy or a mirror.`,
    });
    const byTag = await createHarness().registry.manifest(at(server, 'app', 'v1'));
    expect(byTag.descriptor).toEqual(image);
  });

  test('that the registry serves under no digest is refused', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    const body = Buffer.from(`${server.store.manifest('app', 'v1')?.bytes} `);
    server.inject({ path: /manifests/, method: 'GET', effect: { kind: 'body', body } });
    expect(await failureOf(createHarness().registry.manifest(at(server, 'app', 'v1')))).toEqual({
      code: 'digest-mismatch',
      message: `${server.host}/app:v1: registry sent content of ${digestOf(body)} under the digest ${image.digest}; check what stands between here and the registry, such as a proxy or a mirror.`,
    });
  });

  test('of a blob is verified, in memory and as a stream', async () => {
    const server = await start();
    const blob = server.store.putBlob('app', 'the right content');
    server.inject({ path: /blobs/, effect: { kind: 'body', body: 'wrong but as long' } });
    const { registry } = createHarness();
    const message = `${server.host}/app@${blob.digest}: registry sent content of ${digestOf('wrong but as long')} where ${blob.digest} was asked for; check what stands between here and the registry, such as a proxy or a mirror.`;
    expect(await failureOf(registry.blob(at(server, 'app'), blob))).toEqual({ code: 'digest-mismatch', message });
    const drained = async () => {
      for await (const chunk of registry.blobStream(at(server, 'app'), blob)) expect(chunk.length).toBeGreaterThan(0);
    };
    expect(await failureOf(drained())).toEqual({ code: 'digest-mismatch', message });
  });

  test('that is too long or too short for a blob is refused', async () => {
    const server = await start();
    const blob = server.store.putBlob('app', 'content');
    const { registry } = createHarness();
    const longer = server.inject({ path: /blobs/, effect: { kind: 'body', body: 'content and more' } });
    expect((await failureOf(registry.blob(at(server, 'app'), blob))).message).toContain(
      'registry sent more than 7 bytes',
    );
    longer.remove();
    server.inject({ path: /blobs/, effect: { kind: 'body', body: 'cont' } });
    expect((await failureOf(registry.blob(at(server, 'app'), blob))).message).toContain('registry sent 4 of 7 bytes');
  });

  test('is not held beyond its limit', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    const { registry } = createHarness();
    const blob = server.store.putBlob('app', 'x'.repeat(100));
    expect(await failureOf(registry.blob(at(server, 'app'), blob, 99))).toEqual({
      code: 'too-large',
      message: `${server.host}/app@${blob.digest}: registry sent more than the 99 bytes allowed here; check that it is an image.`,
    });
    server.inject({ path: /manifests/, method: 'GET', effect: { kind: 'endless' } });
    expect((await failureOf(registry.manifest(withDigest(at(server, 'app'), image.digest)))).code).not.toBe('internal');
  });

  test('of a blob that breaks off is resumed where it broke', async () => {
    const server = await start();
    const content = 'x'.repeat(50_000);
    const blob = server.store.putBlob('app', content);
    server.inject({ path: /blobs/, times: 2, effect: { kind: 'truncate', bytes: 20_000 } });
    const { registry } = createHarness();
    expect(Buffer.from(await registry.blob(at(server, 'app'), blob)).toString()).toBe(content);
    const ranges = server.requests.filter(({ path }) => path.includes('blobs')).map(({ headers }) => headers.range);
    expect(ranges).toEqual([undefined, 'bytes=20000-', 'bytes=40000-']);
  });

  test('of a blob whose connection breaks after the last byte is whole, and asked for once', async () => {
    const server = await start();
    const blob = server.store.putBlob('app', 'x'.repeat(50_000));
    const real = createWorld();
    const http: Http = async (request) => {
      const answer = await real.http(request);
      if (!request.url.includes('/blobs/')) return answer;
      async function* breaking() {
        yield* answer.body;
        throw Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' });
      }
      return { ...answer, body: Object.assign(breaking(), { cancel: () => answer.body.cancel() }) };
    };
    const { registry } = createHarness({}, { world: { http } });
    expect(await registry.blob(at(server, 'app'), blob)).toHaveLength(50_000);
    expect(server.requests.filter(({ path }) => path.includes('blobs'))).toHaveLength(1);
    await real.close();
  });

  test('of a sha512 digest is verified too', async () => {
    const server = await start();
    putImage(server, 'app', 'v1');
    const bytes = server.store.manifest('app', 'v1')?.bytes ?? Buffer.alloc(0);
    const { createHash } = await import('node:crypto');
    const digest = `sha512:${createHash('sha512').update(bytes).digest('hex')}` as typeof other &
      ReturnType<typeof digestOf>;
    server.store.putManifest('app', bytes, { digest });
    const { registry } = createHarness();
    expect((await registry.manifest(withDigest(at(server, 'app'), digest))).descriptor.digest).toBe(digest);
  });
});

describe('what is no image', () => {
  test('an artifact has no image configuration', async () => {
    const server = await start();
    const config = server.store.putBlob('chart', '{}', 'application/vnd.cncf.helm.config.v1+json');
    server.store.putManifest(
      'chart',
      { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] },
      { tag: 'v1' },
    );
    const { registry } = createHarness();
    const manifest = await registry.manifest(at(server, 'chart', 'v1'));
    expect((await failureOf(registry.config(at(server, 'chart'), manifest))).message).toBe(
      `${server.host}/chart@${manifest.descriptor.digest}: is an artifact ("application/vnd.cncf.helm.config.v1+json") and no image; name an image.`,
    );
  });

  test('an index has none either', async () => {
    const server = await start();
    server.store.putManifest(
      'app',
      { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [putImage(server, 'app', 'v1')] },
      { tag: 'all' },
    );
    const { registry } = createHarness();
    const index = await registry.manifest(at(server, 'app', 'all'));
    expect((await failureOf(registry.config(at(server, 'app'), index))).message).toContain(
      'is an image index, which has no configuration',
    );
  });

  test('Docker schema 1 is refused by its name, at HEAD', async () => {
    const server = await start({ negotiates: false });
    server.store.putManifest(
      'old',
      { schemaVersion: 1, fsLayers: [] },
      { tag: 'v1', mediaType: 'application/vnd.docker.distribution.manifest.v1+prettyjws' },
    );
    expect(await failureOf(createHarness().registry.head(at(server, 'old', 'v1')))).toEqual({
      code: 'malformed',
      message: `${server.host}/old:v1: is a Docker schema 1 manifest, which no digest identifies reliably; push it again with a current tool.`,
    });
  });

  test.each([
    ['a web page', 'text/html', '<html>Sign in to the guest network</html>', /the manifest is not a JSON object/],
    [
      'other JSON',
      'application/json',
      '{"ok":true}',
      /"application\/json" is neither an image manifest nor an image index/,
    ],
  ])('%s in place of a registry is malformed', async (_name, type, body, message) => {
    const server = await start();
    const headers = { 'content-type': type };
    server.inject({ effect: { kind: 'status', status: 200, headers, body } });
    const failure = await failureOf(createHarness().registry.head(at(server, 'app', 'v1')));
    expect(failure.code).toBe('malformed');
    expect(failure.message).toMatch(message);
  });
});

describe('what is not there', () => {
  test('a tag in a repository that is there is gone; a repository that is not there is not found', async () => {
    const server = await start();
    putImage(server, 'app', 'v1');
    const { registry } = createHarness();
    expect(await failureOf(registry.head(at(server, 'app', 'v2')))).toEqual({
      code: 'tag-gone',
      message: `${server.host}/app:v2: its repository has no such tag; name a tag that is there.`,
    });
    expect((await failureOf(registry.head(at(server, 'nothing', 'v2')))).message).toBe(
      `${server.host}/nothing:v2: registry answered 404 (NAME_UNKNOWN: repository name not known to registry); check the name, or add credentials for ${server.host} if it is private.`,
    );
  });

  test('is asked for once, however often it is missed', async () => {
    const server = await start();
    const { registry } = createHarness();
    for (let i = 0; i < 3; i++) await failureOf(registry.head(at(server, 'nothing', 'v2')));
    expect(registry.requests()).toMatchObject({ head: 1, get: 1 });
  });

  test('is believed of GET and not of HEAD', async () => {
    const server = await start();
    const image = putImage(server, 'app', 'v1');
    server.inject({ method: 'HEAD', effect: { kind: 'status', status: 404 } });
    expect(await createHarness().registry.head(at(server, 'app', 'v1'))).toEqual(image);
  });
});
