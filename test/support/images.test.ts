import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { mediaTypes } from '../../core/oci/manifest.ts';
import { debianBase } from '../../testing/debian.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';

test('a layer has the same bytes each time, and its diffID is that of the archive inside', async () => {
  const files = { 'etc/': { directory: true }, 'etc/a': 'a\n', 'etc/b': { symlink: 'a' } } as const;
  const [one, two] = [await makeLayer(files), await makeLayer(files)];
  expect(one).toEqual(two);
  expect(one.diffId).toBe(digestOf(gunzipSync(one.bytes)));
  expect(one.descriptor.digest).toBe(digestOf(one.bytes));
  expect(one.diffId).toBe('sha256:f0b579968ad4e3ef65238ec818147c2d6d7eb2bbb3289d2e6ed12a508d705ca5');
});

test('an image stands on its base: layers, history and configuration', async () => {
  const base = await debianBase('v1');
  const layer = await makeLayer({ 'opt/app': { content: 'app', mode: 0o755 } });
  const image = makeImage({ base, layers: [layer], config: { Cmd: ['app'] }, annotations: { note: 'mine' } });
  const { config, rootfs, history, architecture } = image.config.document;
  expect(config).toEqual({ Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['app'] });
  expect(rootfs.diff_ids).toEqual([base.layers[0]?.diffId, layer.diffId]);
  expect([history.length, architecture]).toEqual([2, 'amd64']);
  const manifest = JSON.parse(image.bytes.toString('utf8'));
  expect(manifest.layers.map(({ digest }: { digest: string }) => digest)).toEqual(
    [...base.layers, layer].map(({ descriptor }) => descriptor.digest),
  );
  expect(manifest.annotations).toEqual({ note: 'mine' });
  expect(manifest.config).toEqual(image.config.descriptor);
});

test('an index names its platforms, in either format', () => {
  const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };
  const images = [makeImage({ format: 'docker' }), makeImage({ platform: arm, format: 'docker' })];
  const index = makeIndex(images, { format: 'docker' });
  expect(index.descriptor.mediaType).toBe(mediaTypes.dockerIndex);
  const { manifests } = JSON.parse(index.bytes.toString('utf8'));
  expect(manifests.map(({ platform }: { platform: object }) => platform)).toEqual([
    { os: 'linux', architecture: 'amd64' },
    arm,
  ]);
});

test('pushing over HTTP and straight into the store leaves the same', async () => {
  const registry = await startRegistry({ authentication: { kind: 'basic', users: { ann: 'secret' } } });
  const index = makeIndex([await debianBase('v1')]);
  const authorization = `Basic ${Buffer.from('ann:secret').toString('base64')}`;
  await pushImage({ url: registry.url, authorization }, 'over/http', index, '1');
  await pushImage(registry.store, 'straight', index, '1');
  expect(registry.store.manifest('over/http', '1')).toEqual(registry.store.manifest('straight', '1'));
  await expect(pushImage(registry, 'over/http', index, '2')).rejects.toThrow('401');
  await registry.close();
});
