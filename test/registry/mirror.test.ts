import { afterEach, describe, expect, test } from 'vitest';
import { withDigest } from '../../core/oci/reference.ts';
import type { FaultEffect, TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from './harness.ts';

afterEach(closeAll);

async function pair(settings: { readonly mirrorFallback?: boolean } = {}) {
  const [own, mirror] = [await start(), await start()];
  const harness = createHarness({ mirrors: { [own.host]: `${mirror.host}/hub` }, ...settings });
  return { own, mirror, ...harness };
}

const node = (own: TestRegistry) => at(own, 'library/node', '20');

const broken: readonly (readonly [string, FaultEffect])[] = [
  ['does not answer', { kind: 'reset' }],
  ['is ill', { kind: 'status', status: 503 }],
  ['lets nobody in', { kind: 'status', status: 401 }],
  ['forbids', { kind: 'status', status: 403 }],
  ['has not got it', { kind: 'status', status: 404 }],
  ['is asked too often', { kind: 'rate-limited', retryAfter: '3600' }],
  ['answers nonsense', { kind: 'body', body: '<html>' }],
];

describe('a mirror that fails', () => {
  test.each(broken)('because it %s is a failure where nothing else is allowed', async (_name, effect) => {
    const { own, mirror, registry } = await pair();
    putImage(own, 'library/node', '20');
    putImage(mirror, 'hub/library/node', '20');
    mirror.inject({ effect });
    const { message } = await failureOf(registry.manifest(node(own)));
    expect(message).toMatch(new RegExp(`^${own.host}/library/node:20: `));
    expect(own.requests).toEqual([]);
  });

  test.each(broken)('because it %s is gone round where that is allowed, and said once', async (_name, effect) => {
    const { own, mirror, registry, warnings } = await pair({ mirrorFallback: true });
    const image = putImage(own, 'library/node', '20');
    mirror.inject({ effect });
    const manifest = await registry.manifest(node(own));
    expect(manifest.descriptor).toEqual(image);
    expect((await registry.config(node(own), manifest)).os).toBe('linux');
    expect(await registry.tags(node(own))).toEqual(['20']);
    expect(await registry.referrers(node(own), image.digest)).toEqual([]);
    expect(new Set(warnings).size).toBe(warnings.length);
    expect(warnings[0]).toMatch(
      new RegExp(`^${own.host}: its mirror ${mirror.host} failed \\(.*\\), so the registry itself is asked\\.$`),
    );
  });

  test('together with its registry tells of both', async () => {
    const { own, mirror, registry } = await pair({ mirrorFallback: true });
    mirror.inject({ effect: { kind: 'status', status: 403 } });
    expect(await failureOf(registry.head(node(own)))).toEqual({
      code: 'not-found',
      message: `${own.host}/library/node:20: registry answered 404 (NAME_UNKNOWN: repository name not known to registry); the mirror ${mirror.host} failed first: registry answered 403; check the name, or add credentials for ${own.host} if it is private.`,
    });
  });

  test('in the middle of a blob: what it sent counts, and the digest is that of the whole', async () => {
    const { own, mirror, registry } = await pair({ mirrorFallback: true });
    const content = 'x'.repeat(200_000);
    for (const [server, name] of [
      [own, 'app'],
      [mirror, 'hub/app'],
    ] as const)
      server.store.putBlob(name, content);
    const blob = own.store.putBlob('app', content);
    mirror.inject({ path: /blobs/, times: 1, effect: { kind: 'truncate', bytes: 70_000 } });
    mirror.inject({ path: /blobs/, after: 1, effect: { kind: 'status', status: 500 } });
    expect((await registry.blob(at(own, 'app'), blob)).length).toBe(content.length);
    const ranges = own.requests.map(({ headers }) => headers.range).filter((range) => range !== undefined);
    expect(ranges[0]).toMatch(/^bytes=[1-9]\d*-$/);
  });
});

describe('a mirror that differs from its registry', () => {
  test('is believed for what a tag names, and the registry is not asked', async () => {
    const { own, mirror, registry } = await pair({ mirrorFallback: true });
    putImage(own, 'library/node', '20', 'new');
    const old = putImage(mirror, 'hub/library/node', '20', 'old');
    expect((await registry.head(node(own))).digest).toBe(old.digest);
    expect((await registry.manifest(node(own))).descriptor.digest).toBe(old.digest);
    expect(own.requests).toEqual([]);
  });

  test('is not believed for content that has another digest', async () => {
    const { own, mirror, registry } = await pair({ mirrorFallback: true });
    const image = putImage(own, 'library/node', '20');
    putImage(mirror, 'hub/library/node', '20');
    mirror.inject({ method: 'GET', path: /sha256/, effect: { kind: 'body', body: '{}' } });
    expect((await registry.manifest(withDigest(node(own), image.digest))).descriptor.digest).toBe(image.digest);
    expect(own.requests.map(({ path }) => path)).toContain(`/v2/library/node/manifests/${image.digest}`);
  });
});

describe('what is written', () => {
  test('by a builder is read where it was written too, once its tag is forgotten', async () => {
    const { own, mirror, registry } = await pair();
    putImage(mirror, 'hub/app', 'candidate', 'of yesterday');
    const pushed = putImage(own, 'app', 'candidate', 'just built');
    registry.forget(at(own, 'app', 'candidate'));
    expect((await registry.head(at(own, 'app', 'candidate'))).digest).toBe(pushed.digest);
    expect(mirror.requests).toEqual([]);
  });

  test('is read where it was written from then on, not at a mirror that cannot know it', async () => {
    const { own, mirror, registry } = await pair();
    const old = putImage(mirror, 'hub/app', 'v1', 'old');
    putImage(own, 'other', 'v1', 'new');
    expect((await registry.head(at(own, 'app', 'v1'))).digest).toBe(old.digest);
    own.inject({ method: 'PUT', effect: { kind: 'headers', headers: { 'docker-content-digest': null } } });
    const stored = own.store.manifest('other', 'v1');
    for (const digest of Object.values(JSON.parse(String(stored?.bytes)).layers as { digest: string }[]).map(
      (layer) => layer.digest,
    ))
      own.store.putBlob('app', own.store.blob('other', digest) ?? '');
    const { config } = JSON.parse(String(stored?.bytes)) as { config: { digest: string } };
    own.store.putBlob('app', own.store.blob('other', config.digest) ?? '');
    const descriptor = {
      ...old,
      digest: own.store.digestOf('other', 'v1') ?? old.digest,
      size: stored?.bytes.length ?? 0,
    };
    await registry.putManifest(at(own, 'app', 'v1'), { bytes: stored?.bytes ?? Buffer.alloc(0), descriptor });
    expect((await registry.head(at(own, 'app', 'v1'))).digest).toBe(descriptor.digest);
  });
});
