import { expect, test } from 'vitest';
import { layered } from '../../core/layers/filesystem.ts';
import { type LayerFiles, readLayerFiles } from '../../core/layers/layer-files.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { archiveOf } from './archive.ts';
import { layer, osRelease } from './layers.ts';
import { disputedShapes, layerShapes } from './shapes.ts';

test('upper layers add, replace, delete and empty', () => {
  const files = layered([
    layer('etc/', 'etc/passwd', 'opt/tool/bin/run', 'srv/a', 'srv/b', 'var/cache/x'),
    layer('-opt/tool', '-srv/*', 'srv/c', 'var -> data', 'etc/hosts'),
  ]);
  const there = ['etc/passwd', 'etc/hosts', 'srv/c', 'var'];
  const gone = ['opt/tool', 'opt/tool/bin/run', 'srv/a', 'srv/b', 'var/cache/x', 'data/cache/x'];
  expect(there.filter((path) => files.at(path) === undefined)).toEqual([]);
  expect(gone.filter((path) => files.at(path) !== undefined)).toEqual([]);
});

test('folders need not be listed', () => {
  const files = layered([layer('opt/tool/run')]);
  expect([files.isDirectory('opt/tool'), files.isDirectory('opt/tool/run'), files.isDirectory('')]).toEqual([
    true,
    false,
    true,
  ]);
});

test('links in folders are followed, relative and absolute, and a ring of them ends', () => {
  const files = layered([
    layer(
      'usr/bin/sh',
      'bin -> usr/bin',
      'usr/local/',
      'usr/local/lib -> ../../lib',
      'lib -> /usr/lib',
      'usr/lib/libc.so.6',
      'a -> b',
      'b -> a',
    ),
  ]);
  expect(files.resolve('bin/sh')).toBe('usr/bin/sh');
  expect(files.at('bin/sh')).toEqual({ kind: 'file' });
  expect(files.at('bin')).toEqual({ kind: 'symlink', target: 'usr/bin' });
  expect(files.resolve('usr/local/lib/libc.so.6')).toBe('usr/lib/libc.so.6');
  expect(files.isDirectory('bin')).toBe(true);
  expect(files.at('a/x')).toBeUndefined();
});

test.each(Object.entries({ ...layerShapes, ...disputedShapes }))(
  '%s is unpacked as engines do it',
  async (_, shape) => {
    const files = layered(await Promise.all(shape.layers.map(listed)));
    if (shape.files === undefined) return expect(files.fault).toMatch(/^it (?:brings|deletes|links) /);
    expect(files.fault).toBeUndefined();
    const found = [...files.paths()].map((path) => {
      const entry = files.at(path);
      if (entry?.kind === 'symlink') return `${path} -> ${entry.target}`;
      return entry?.kind === 'directory' ? `${path}/` : path;
    });
    expect(found.toSorted()).toEqual(shape.files.toSorted());
  },
);

async function listed(lines: readonly string[]): Promise<LayerFiles> {
  const { bytes, descriptor } = await archiveOf(lines);
  async function* blobStream() {
    yield bytes;
  }
  const read = await readLayerFiles(
    { blobStream } as unknown as Registry,
    { registry: 'r.io', repository: 'a' },
    descriptor,
    { attributes: false, texts: new Set(), longestText: 0 },
  );
  if (read.kind === 'unreadable') throw new Error(read.why);
  return read.files;
}

test('a folder that only what is in it shows has the attributes that it had', () => {
  const attributes = { mode: 0o700, uid: 7, gid: 7 };
  const below = { ...layer(), entries: new Map([['srv', { kind: 'directory', attributes } as const]]) };
  expect(layered([below, layer('srv/x')]).at('srv')).toEqual({ kind: 'directory', attributes });
  expect(layered([below, layer('srv/')]).at('srv')).toEqual({ kind: 'directory' });
});

test('a text is read through a link, the upper one first', () => {
  const link = layer('etc/', 'etc/os-release -> ../usr/lib/os-release');
  const files = layered([link, osRelease('usr/lib/os-release', 'ID=old'), osRelease('usr/lib/os-release', 'ID=new')]);
  expect(files.text('etc/os-release')).toBe('ID=new');
  expect(files.text('etc')).toBeUndefined();
});
