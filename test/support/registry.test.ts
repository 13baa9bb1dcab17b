import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry, type TestRegistryOptions } from '../../testing/registry.ts';

let registry: TestRegistry;
let image: Image;

beforeEach(async () => {
  registry = await startRegistry();
  image = makeImage({ layers: [await makeLayer({ 'etc/hello': 'hello\n' })] });
});

afterEach(() => registry.close());

async function restart(options: TestRegistryOptions): Promise<void> {
  await registry.close();
  registry = await startRegistry(options);
}

const ask = (method: string, path: string, init: RequestInit = {}) =>
  fetch(`${registry.url}${path}`, { method, redirect: 'manual', ...init });

async function codeOf(response: Response): Promise<string | undefined> {
  const { errors } = (await response.json()) as { errors: readonly { code: string }[] };
  return errors[0]?.code;
}

const bytes = Buffer.from('0123456789');
const digest = digestOf(bytes);
const other = digestOf('something else');

describe('blobs', () => {
  test('are read whole, in part, and by HEAD', async () => {
    registry.store.putBlob('team/app', bytes);
    const whole = await ask('GET', `/v2/team/app/blobs/${digest}`);
    expect([whole.status, whole.headers.get('docker-content-digest'), await whole.text()]).toEqual([
      200,
      digest,
      '0123456789',
    ]);
    const part = await ask('GET', `/v2/team/app/blobs/${digest}`, { headers: { range: 'bytes=3-5' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 3-5/10', '345']);
    const head = await ask('HEAD', `/v2/team/app/blobs/${digest}`);
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '10', '']);
    expect((await ask('GET', `/v2/team/app/blobs/${digest}`, { headers: { range: 'bytes=10-' } })).status).toBe(416);
  });

  test.each([
    ['another repository', 'team/other', digest, 404, 'BLOB_UNKNOWN'],
    ['content that is not there', 'team/app', other, 404, 'BLOB_UNKNOWN'],
    ['a digest of no known algorithm', 'team/app', 'md5:0123', 400, 'DIGEST_INVALID'],
  ])('of %s are refused', async (_, repository, wanted, status, code) => {
    registry.store.putBlob('team/app', bytes);
    const answer = await ask('GET', `/v2/${repository}/blobs/${wanted}`);
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
  });

  test('can be kept in a storage of another host name, which takes no credentials', async () => {
    await restart({ redirectsBlobs: true });
    registry.store.putBlob('team/app', bytes);
    const redirect = await ask('GET', `/v2/team/app/blobs/${digest}`);
    const location = redirect.headers.get('location') ?? '';
    expect([redirect.status, new URL(location).hostname]).toEqual([307, 'localhost']);
    const path = location.slice(new URL(location).origin.length);
    expect(await (await ask('GET', path)).text()).toBe('0123456789');
    expect((await ask('GET', path, { headers: { authorization: 'Bearer x' } })).status).toBe(400);
  });

  test('are deleted, unless that is disabled', async () => {
    registry.store.putBlob('team/app', bytes);
    expect((await ask('DELETE', `/v2/team/app/blobs/${digest}`)).status).toBe(202);
    expect(registry.store.blob('team/app', digest)).toBeUndefined();
    await restart({ deletes: false });
    registry.store.putBlob('team/app', bytes);
    expect((await ask('DELETE', `/v2/team/app/blobs/${digest}`)).status).toBe(405);
  });
});

describe('uploads', () => {
  const uploads = '/v2/team/app/blobs/uploads/';
  const pathOf = (response: Response) => {
    const location = new URL(response.headers.get('location') ?? '', registry.url);
    return { path: location.pathname, query: location.search };
  };

  test('in one request', async () => {
    const put = await ask('POST', `${uploads}?digest=${digest}`, { body: bytes });
    expect([put.status, pathOf(put).path]).toEqual([201, `/v2/team/app/blobs/${digest}`]);
    expect(registry.store.blob('team/app', digest)).toEqual(bytes);
  });

  test('in chunks, whose state and order must be kept', async () => {
    let { path, query } = pathOf(await ask('POST', uploads));
    const chunk = (range: string, body: string) =>
      ask('PATCH', `${path}${query}`, { body, headers: { 'content-range': range } });
    const first = await chunk('0-3', '0123');
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-3']);
    ({ path, query } = pathOf(first));
    const skipped = await chunk('6-9', '6789');
    expect([skipped.status, skipped.headers.get('range')]).toEqual([416, '0-3']);
    expect((await ask('GET', `${path}${query}`)).status).toBe(204);
    ({ path, query } = pathOf(await chunk('4-7', '4567')));
    expect((await ask('PUT', `${path}${query}&digest=${digest}`, { body: '89' })).status).toBe(201);
    expect(registry.store.blob('team/app', digest)).toEqual(bytes);
  });

  test('of other content than the digest says are refused', async () => {
    const { path, query } = pathOf(await ask('POST', uploads));
    const put = await ask('PUT', `${path}${query}&digest=${other}`, { body: bytes });
    expect([put.status, await codeOf(put)]).toEqual([400, 'DIGEST_INVALID']);
    const again = await ask('PUT', `${path}${query}&digest=${digest}`, { body: bytes });
    expect([again.status, await codeOf(again)]).toEqual([404, 'BLOB_UPLOAD_UNKNOWN']);
  });

  test('under a sha512 digest', async () => {
    const long = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
    expect((await ask('POST', `${uploads}?digest=${long}`, { body: bytes })).status).toBe(201);
    expect(await (await ask('GET', `/v2/team/app/blobs/${long}`)).text()).toBe('0123456789');
  });

  test('are not needed for what another repository has, unless mounting is off', async () => {
    registry.store.putBlob('library/debian', bytes);
    const mount = `${uploads}?mount=${digest}&from=library/debian`;
    expect((await ask('POST', mount)).status).toBe(201);
    expect(registry.store.blob('team/app', digest)).toEqual(bytes);
    expect((await ask('POST', `${uploads}?mount=${other}&from=library/debian`)).status).toBe(202);
    await restart({ mounts: false });
    registry.store.putBlob('library/debian', bytes);
    expect((await ask('POST', mount)).status).toBe(202);
    expect(registry.store.blob('team/app', digest)).toBeUndefined();
  });

  test('can be cancelled, and have relative locations where that is wanted', async () => {
    await restart({ locations: 'relative' });
    const location = (await ask('POST', uploads)).headers.get('location') ?? '';
    expect(location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\/[-0-9a-f]+\?_state=/);
    expect((await ask('DELETE', location)).status).toBe(204);
    expect((await ask('PUT', `${location}&digest=${digest}`, { body: bytes })).status).toBe(404);
  });
});

describe('manifests', () => {
  const put = (reference: string, body: Buffer, type: string = mediaTypes.ociManifest) =>
    ask('PUT', `/v2/team/app/manifests/${reference}`, { body, headers: { 'content-type': type } });
  const pushBlobs = (to: Image) => {
    for (const blob of [...to.layers, to.config]) registry.store.putBlob('team/app', blob.bytes);
  };

  test('keep their bytes, digest and type', async () => {
    await pushImage(registry, 'team/app', image, '1');
    for (const reference of ['1', image.descriptor.digest]) {
      const got = await ask('GET', `/v2/team/app/manifests/${reference}`);
      expect(got.headers.get('docker-content-digest')).toBe(image.descriptor.digest);
      expect(got.headers.get('content-type')).toBe(mediaTypes.ociManifest);
      expect(Buffer.from(await got.arrayBuffer())).toEqual(image.bytes);
    }
    expect(registry.store.digestOf('team/app', '1')).toBe(image.descriptor.digest);
  });

  test('are not sent again to a client that has them', async () => {
    await pushImage(registry.store, 'team/app', image, '1');
    const etag = (await ask('HEAD', '/v2/team/app/manifests/1')).headers.get('etag') ?? '';
    const again = await ask('GET', '/v2/team/app/manifests/1', { headers: { 'if-none-match': etag } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  test('are withheld from clients that do not accept their type', async () => {
    await pushImage(registry.store, 'team/app', makeIndex([image]), '1');
    const asking = (accept: string) => ask('GET', '/v2/team/app/manifests/1', { headers: { accept } });
    expect((await asking(mediaTypes.ociManifest)).status).toBe(404);
    expect((await asking(`${mediaTypes.ociManifest}, ${mediaTypes.ociIndex}`)).status).toBe(200);
    expect((await asking('*/*')).status).toBe(200);
  });

  test.each([
    ['a missing blob', () => image.bytes, mediaTypes.ociManifest, 404, 'MANIFEST_BLOB_UNKNOWN'],
    ['a missing child', () => makeIndex([image]).bytes, mediaTypes.ociIndex, 404, 'MANIFEST_UNKNOWN'],
    ['another type than the document says', () => image.bytes, mediaTypes.dockerManifest, 400, 'MANIFEST_INVALID'],
    ['no document', () => Buffer.from('{'), mediaTypes.ociManifest, 400, 'MANIFEST_INVALID'],
    [
      'a document that is no manifest',
      () => Buffer.from('{"schemaVersion":2}'),
      mediaTypes.ociManifest,
      400,
      'MANIFEST_INVALID',
    ],
  ])('with %s are refused', async (_, body, type, status, code) => {
    const answer = await put('1', body(), type);
    expect([answer.status, await codeOf(answer)]).toEqual([status, code]);
    expect(registry.store.digestOf('team/app', '1')).toBeUndefined();
  });

  test('may name what is missing where the registry does not look', async () => {
    await restart({ requiresBlobs: false, requiresChildren: false });
    expect((await put('1', image.bytes)).status).toBe(201);
    expect((await put('2', makeIndex([image]).bytes, mediaTypes.ociIndex)).status).toBe(201);
  });

  test('must have the digest under which they are put', async () => {
    pushBlobs(image);
    expect(await codeOf(await put(other, image.bytes))).toBe('DIGEST_INVALID');
    expect((await put(image.descriptor.digest, image.bytes)).status).toBe(201);
    expect(registry.store.tags('team/app')).toEqual([]);
  });

  test('are deleted by tag or, with their tags, by digest', async () => {
    await pushImage(registry.store, 'team/app', image, '1');
    registry.store.tag('team/app', '2', image.descriptor.digest);
    expect((await ask('DELETE', '/v2/team/app/manifests/1')).status).toBe(202);
    expect(registry.store.tags('team/app')).toEqual(['2']);
    expect((await ask('DELETE', `/v2/team/app/manifests/${image.descriptor.digest}`)).status).toBe(202);
    expect((await ask('HEAD', '/v2/team/app/manifests/2')).status).toBe(404);
  });

  test.each([
    ['/v2/nowhere/manifests/1', 'NAME_UNKNOWN'],
    ['/v2/team/app/manifests/none', 'MANIFEST_UNKNOWN'],
    ['/v2/team/app/manifests/-bad', 'TAG_INVALID'],
    ['/v2/Team/app/manifests/1', 'NAME_INVALID'],
  ])('at %s answer %s', async (path, code) => {
    await pushImage(registry.store, 'team/app', image, '1');
    expect(await codeOf(await ask('GET', path))).toBe(code);
  });
});

describe('lists', () => {
  test('of tags come in pages that a link joins', async () => {
    for (const tag of ['b', 'a', 'd', 'c', 'B']) registry.store.tag('team/app', tag, image.descriptor.digest);
    const pages: unknown[] = [];
    for (let next: string | undefined = '/v2/team/app/tags/list?n=2'; next !== undefined; ) {
      const answer = await ask('GET', next);
      pages.push(await answer.json());
      next = /<(.*)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
    }
    expect(pages).toEqual([
      { name: 'team/app', tags: ['B', 'a'] },
      { name: 'team/app', tags: ['b', 'c'] },
      { name: 'team/app', tags: ['d'] },
    ]);
    expect((await ask('GET', '/v2/team/app/tags/list?n=x')).status).toBe(400);
    expect(await codeOf(await ask('GET', '/v2/team/none/tags/list'))).toBe('NAME_UNKNOWN');
  });

  test('of repositories', async () => {
    await pushImage(registry.store, 'team/app', image);
    await pushImage(registry.store, 'library/debian', image);
    expect(await (await ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['library/debian', 'team/app'] });
  });

  const artifact = (artifactType: string, subject: Digest) => ({
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    artifactType,
    config: image.config.descriptor,
    layers: [],
    subject: { ...image.descriptor, digest: subject },
    annotations: { note: artifactType },
  });

  test('of referrers, by artifact type too', async () => {
    await pushImage(registry, 'team/app', image, '1');
    for (const document of [
      artifact('a/x', image.descriptor.digest),
      artifact('b/y', image.descriptor.digest),
      artifact('a/x', other),
    ]) {
      const put = await ask('PUT', `/v2/team/app/manifests/${digestOf(JSON.stringify(document))}`, {
        body: JSON.stringify(document),
        headers: { 'content-type': mediaTypes.ociManifest },
      });
      expect([put.status, put.headers.get('oci-subject')]).toEqual([201, document.subject.digest]);
    }
    const all = await ask('GET', `/v2/team/app/referrers/${image.descriptor.digest}`);
    const listed = (await all.json()) as { manifests: readonly { artifactType: string; annotations: object }[] };
    expect(listed.manifests.map(({ artifactType }) => artifactType)).toEqual(['a/x', 'b/y']);
    expect(listed.manifests[0]?.annotations).toEqual({ note: 'a/x' });
    const some = await ask('GET', `/v2/team/app/referrers/${image.descriptor.digest}?artifactType=b/y`);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(((await some.json()) as { manifests: unknown[] }).manifests).toHaveLength(1);
  });

  test('of referrers are not there where the registry is an old one', async () => {
    await restart({ referrers: false });
    await pushImage(registry, 'team/app', image, '1');
    expect((await ask('GET', `/v2/team/app/referrers/${image.descriptor.digest}`)).status).toBe(404);
  });
});

test('every request is written down, and writes apart', async () => {
  await pushImage(registry, 'team/app', image, '1');
  await ask('HEAD', '/v2/team/app/manifests/1?x=1', { headers: { 'x-note': 'mine' } });
  const last = registry.requests.at(-1);
  expect(last).toMatchObject({
    method: 'HEAD',
    path: '/v2/team/app/manifests/1',
    query: '?x=1',
    status: 200,
    bytes: 0,
  });
  expect(last?.headers['x-note']).toBe('mine');
  expect(registry.writes().map(({ method, status }) => `${method} ${status}`)).toEqual([
    'POST 202',
    'PUT 201',
    'POST 202',
    'PUT 201',
    'PUT 201',
  ]);
});
