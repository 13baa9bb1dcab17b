import { afterEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

describe('tags', () => {
  async function withTags(count: number, pageSize: number): Promise<TestRegistry> {
    const server = await start({ pageSize });
    const image = putImage(server, 'app', 'v0');
    for (let i = 1; i < count; i++) server.store.tag('app', `v${i}`, image.digest);
    return server;
  }

  test.each([
    [25, 10],
    [20, 10],
    [3, 1000],
  ])('%i of them in pages of %i', async (count, pageSize) => {
    const server = await withTags(count, pageSize);
    const tags = await createHarness().registry.tags(at(server, 'app'));
    expect([...tags].sort()).toEqual(Array.from({ length: count }, (_, i) => `v${i}`).sort());
  });

  test.each([
    ['null', '{"name":"app","tags":null}', []],
    ['an empty list', '{"tags":[]}', []],
    ['what is no tag among them', '{"tags":["v1","","a b",7,null,"-x","v1"]}', ['v1']],
  ])('%s', async (_name, body, tags) => {
    const server = await start();
    server.inject({ path: /tags/, effect: { kind: 'status', status: 200, body } });
    expect(await createHarness().registry.tags(at(server, 'app'))).toEqual(tags);
  });

  test('pages in a circle end', async () => {
    const server = await withTags(30, 10);
    const link = '</v2/app/tags/list?last=v1>; rel="next"';
    server.inject({ path: /tags/, effect: { kind: 'headers', headers: { link } } });
    expect((await failureOf(createHarness().registry.tags(at(server, 'app')))).message).toBe(
      `${server.host}/app: registry lists its pages in a circle; check what answers there, and what was pushed.`,
    );
  });

  test('pages on another host get no credentials', async () => {
    const users = { robot: 'secret' };
    const [server, stranger] = [await start({ authentication: { kind: 'basic', users } }), await start()];
    putImage(server, 'app', 'v1');
    const link = '<https://stranger.example/v2/app/tags/list>; rel="next"';
    server.inject({ path: /tags/, effect: { kind: 'headers', headers: { link } } });
    const credentials = { [server.host]: { username: 'robot', password: 'secret' } };
    const harness = createHarness({ credentials }, { routes: { 'https://stranger.example': stranger.url } });
    await failureOf(harness.registry.tags(at(server, 'app')));
    expect(stranger.requests).toHaveLength(1);
    expect(stranger.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('of no repository', async () => {
    const server = await start();
    expect((await failureOf(createHarness().registry.tags(at(server, 'nothing')))).code).toBe('not-found');
  });

  test('that are no list', async () => {
    const server = await start();
    server.inject({ path: /tags/, effect: { kind: 'status', status: 200, body: '{"tags":"v1"}' } });
    expect((await failureOf(createHarness().registry.tags(at(server, 'app')))).message).toBe(
      `${server.host}/app: registry answered without a list of tags; check what answers there, and what was pushed.`,
    );
  });
});

describe.each([true, false])('referrers, where the API is there: %s', (referrers) => {
  function statement(server: TestRegistry, subject: object, content: string) {
    const layer = server.store.putBlob('app', content, mediaTypes.inToto);
    const config = server.store.putBlob('app', '{}', 'application/vnd.oci.empty.v1+json');
    const annotations = { content };
    const document = {
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      artifactType: 'application/x',
      config,
      layers: [layer],
      subject,
      annotations,
    };
    const bytes = Buffer.from(JSON.stringify(document));
    return { bytes, descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length } };
  }

  test('what is put with a subject is found by it', async () => {
    const server = await start({ referrers });
    const image = putImage(server, 'app', 'v1');
    const { registry } = createHarness();
    expect(await registry.referrers(at(server, 'app'), image.digest)).toEqual([]);
    for (const content of ['one', 'two', 'one']) {
      const manifest = statement(server, image, content);
      await registry.putManifest(
        { registry: server.host, repository: 'app', digest: manifest.descriptor.digest },
        manifest,
      );
    }
    const found = await registry.referrers(at(server, 'app'), image.digest);
    expect(found.map(({ artifactType, annotations }) => [artifactType, annotations])).toEqual([
      ['application/x', { content: 'one' }],
      ['application/x', { content: 'two' }],
    ]);
    expect(server.store.tags('app')).toEqual(referrers ? ['v1'] : [image.digest.replace(':', '-'), 'v1']);
  });
});

describe('the referrers API', () => {
  const asked = (server: TestRegistry) => server.requests.filter(({ path }) => path.includes('/referrers/')).length;

  test.each<[string, object, number]>([
    ['404 page not found', { status: 404, body: '404 page not found\n' }, 1],
    ['405', { status: 405 }, 1],
    ['that it knows no such repository', { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' }, 3],
    ['400', { status: 400 }, 3],
  ])('of a namespace that answers %s is asked %o times of three', async (_, answer, times) => {
    const server = await start();
    const image = putImage(server, 'team/app', 'v1');
    const { digest } = image;
    const effect = { kind: 'status' as const, status: 404, ...answer };
    server.inject({ path: /\/team\/.*\/referrers\//, effect });
    const { registry } = createHarness();
    for (const name of ['team/app', 'team/web', 'team/api']) {
      expect(await registry.referrers(at(server, name), digest)).toEqual([]);
    }
    expect(asked(server)).toBe(times);
    expect(await registry.referrers(at(server, 'other/app'), digest)).toEqual([]);
    expect(asked(server)).toBe(times + 1);
    const tags = server.requests.filter(({ path }) => path.includes(`/manifests/${digest.replace(':', '-')}`));
    // Who attached something there without the API put it under the tag, so that is always asked.
    expect(tags).toHaveLength(3);
  });
});

test('referrers that are no index are malformed', async () => {
  const server = await start();
  const image = putImage(server, 'app', 'v1');
  server.inject({ path: /referrers/, effect: { kind: 'status', status: 200, body: '{}' } });
  expect((await failureOf(createHarness().registry.referrers(at(server, 'app'), image.digest))).code).toBe('malformed');
});
