import { afterEach, expect, test } from 'vitest';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { copyContent } from '../../core/promote/copy.ts';
import { at, closeAll, createHarness, failureOf, putImage, start } from '../registry/harness.ts';

afterEach(closeAll);

const foreign = 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip';

test('an index is copied with its children and their blobs, each blob once, children before parents', async () => {
  const [source, target] = [await start(), await start()];
  const children = [putImage(source, 'app', 'a', 'shared'), putImage(source, 'app', 'b', 'shared')];
  const index = source.store.putManifest(
    'app',
    { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: children },
    { tag: 'v1' },
  );
  const { registry } = createHarness();
  const manifest = await registry.manifest(at(source, 'app', 'v1'));
  await copyContent(registry, at(source, 'app', 'v1'), at(target, 'copy'), manifest);
  await registry.putManifest(at(target, 'copy', 'v1'), manifest);
  expect(target.store.digestOf('copy', 'v1')).toBe(index.digest);
  for (const child of children) expect(target.store.manifest('copy', child.digest)).toBeDefined();
  const uploads = target.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/'));
  expect(uploads).toHaveLength(2);
});

test('layers that no registry may hold are left where their URLs say', async () => {
  const [source, target] = [await start({ requiresBlobs: false }), await start()];
  const config = source.store.putBlob('win', '{"architecture":"amd64","os":"windows","rootfs":{"type":"layers"}}');
  const own = source.store.putBlob('win', 'own layer', 'application/vnd.docker.image.rootfs.diff.tar.gzip');
  const layer = {
    mediaType: foreign,
    digest: `sha256:${'f'.repeat(64)}`,
    size: 1_000,
    urls: ['https://example.com/l'],
  };
  source.store.putManifest(
    'win',
    {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { ...config, mediaType: 'application/vnd.docker.container.image.v1+json' },
      layers: [layer, own],
    },
    { tag: 'v1' },
  );
  const { registry } = createHarness();
  const manifest = await registry.manifest(at(source, 'win', 'v1'));
  await copyContent(registry, at(source, 'win', 'v1'), at(target, 'copy'), manifest);
  await registry.putManifest(at(target, 'copy', 'v1'), manifest);
  expect(target.store.blob('copy', own.digest)?.toString()).toBe('own layer');
  expect(target.requests.some(({ path }) => path.includes(layer.digest))).toBe(false);
});

test('a blob that cannot be copied ends the copy with its failure', async () => {
  const [source, target] = [await start(), await start()];
  putImage(source, 'app', 'v1');
  target.inject({ method: 'PUT', times: 1, effect: { kind: 'status', status: 403 } });
  const { registry } = createHarness();
  const manifest = await registry.manifest(at(source, 'app', 'v1'));
  const { code } = await failureOf(copyContent(registry, at(source, 'app', 'v1'), at(target, 'copy'), manifest));
  expect(code).toBe('forbidden');
});
