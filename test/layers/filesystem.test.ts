import { expect, test } from 'vitest';
import { layered } from '../../core/layers/filesystem.ts';
import { layer, osRelease } from './layers.ts';

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

test('what a later layer writes through a link stands where the link leads', () => {
  const files = layered([layer('usr/bin/', 'bin -> usr/bin'), layer('bin/tool'), layer('-bin/tool', 'bin/other')]);
  expect([files.at('usr/bin/tool'), files.at('usr/bin/other')]).toEqual([undefined, { kind: 'file' }]);
});

test('a text is read through a link, the upper one first', () => {
  const link = layer('etc/', 'etc/os-release -> ../usr/lib/os-release');
  const files = layered([link, osRelease('usr/lib/os-release', 'ID=old'), osRelease('usr/lib/os-release', 'ID=new')]);
  expect(files.text('etc/os-release')).toBe('ID=new');
  expect(files.text('etc')).toBeUndefined();
});
