import { afterEach, beforeEach, expect, test } from 'vitest';
import { createPackageComparison, describePackages } from '../../core/packages/changed.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, start } from '../registry/harness.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await start();
});
afterEach(closeAll);

const status = (packages: Readonly<Record<string, string>>) =>
  Object.entries(packages)
    .map(
      ([name, version]) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
    )
    .join('\n');

const debian = async (packages: Readonly<Record<string, string>>, base?: Image) => {
  const files = { 'etc/os-release': 'ID=debian\nVERSION_ID=12\n', 'var/lib/dpkg/status': status(packages) };
  return makeImage({ layers: [await makeLayer(files)], ...(base === undefined ? {} : { base }) });
};

async function compare(before: Image | ImageIndex, after: Image | ImageIndex) {
  const { registry } = createHarness();
  await pushImage(server.store, 'team/web', before, '1');
  await pushImage(server.store, 'team/web', after, '2');
  const read = async (tag: string) => {
    const reference = at(server, 'team/web', tag);
    return { reference, manifest: await registry.manifest(reference) };
  };
  return createPackageComparison(registry)(await read('1'), await read('2'));
}

const old = { openssl: '3.0.20-1', zlib1g: '1.2', 'old-tool': '1' };

test('what changed, came and went is told, for the first platform of both', async () => {
  const fresh = await debian({ openssl: '3.0.22-1', zlib1g: '1.2', curl: '8' });
  const difference = await compare(makeIndex([await debian(old)]), makeIndex([fresh]));
  expect(difference).toEqual({
    kind: 'compared',
    platform: 'linux/amd64',
    changes: [
      { name: 'curl:amd64', from: null, to: '8' },
      { name: 'old-tool:amd64', from: '1', to: null },
      { name: 'openssl:amd64', from: '3.0.20-1', to: '3.0.22-1' },
    ],
  });
  expect(describePackages(difference)).toBe(
    'linux/amd64: packages that changed: curl:amd64 8 new, old-tool:amd64 gone, openssl:amd64 3.0.20-1 → 3.0.22-1',
  );
});

test('the highest database counts, and only so many packages are named', async () => {
  const many = Object.fromEntries(Array.from({ length: 8 }, (_, nth) => [`p${nth}`, '1']));
  const after = await debian({ ...old, ...many }, await debian(old));
  expect(describePackages(await compare(await debian(old), after))).toMatch(
    /p0:amd64 1 new, .*p4:amd64 1 new and 3 more$/,
  );
});

test('the same packages are told as such: nothing was fresh', async () => {
  const difference = await compare(await debian(old), await debian(old, await debian({ other: '1' })));
  expect(describePackages(difference)).toBe('linux/amd64: the packages are those of the published image');
});

test.each([
  ['without a package database', { layers: { app: 'app' } }],
  ['of another platform', { layers: { a: 'a' }, platform: { os: 'linux', architecture: 'arm64' } }],
])('an image %s is not called unchanged', async (_, { layers, ...rest }) => {
  const difference = await compare(await debian(old), makeImage({ ...rest, layers: [await makeLayer(layers)] }));
  expect(difference.kind).toBe('unknown');
  expect(describePackages(difference)).toMatch(/^packages were not compared with the published image: /);
});

const onDebian = async (files: Parameters<typeof makeLayer>[0], base: Image) =>
  makeImage({ layers: [await makeLayer(files)], base });

test('what both stand on is not read where their own layers leave its packages alone', async () => {
  const base = await debian(old);
  const [before, after] = [await onDebian({ 'app/a': '1' }, base), await onDebian({ 'app/a': '2' }, base)];
  const difference = await compare(before, after);
  expect(describePackages(difference)).toBe(
    'linux/amd64: on the same base layers as the published image, and no layer above them touches a package database',
  );
  const read = server.requests.filter(({ method, path }) => method === 'GET' && path.includes('/blobs/'));
  const layers = [...before.layers, ...after.layers].map(({ descriptor }) => descriptor.digest);
  expect(layers.filter((digest) => read.some(({ path }) => path.endsWith(digest)))).toEqual([
    before.layers[1]?.descriptor.digest,
    after.layers[1]?.descriptor.digest,
  ]);
});

test.each([
  ['writes the database', { 'var/lib/dpkg/status': status({ openssl: '4' }) }, 'openssl:amd64 3.0.20-1 → 4'],
  ['takes it away', { 'var/lib/.wh.dpkg': '' }, 'it has no package database'],
  ['empties its folder', { 'var/lib/dpkg/.wh..wh..opq': '' }, 'it has no package database'],
  ['puts a file in the place of its folder', { var: 'text' }, 'it has no package database'],
])('a layer that %s is seen on a base that both have', async (_, files, told) => {
  const base = await debian(old);
  const difference = await compare(await onDebian({ 'app/a': '1' }, base), await onDebian(files, base));
  expect(describePackages(difference)).toContain(told);
});
