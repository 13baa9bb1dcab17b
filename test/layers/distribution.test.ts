import { expect, test } from 'vitest';
import { distributionOf } from '../../core/layers/distribution.ts';
import { layered } from '../../core/layers/filesystem.ts';
import { layer, osRelease } from './layers.ts';

test.each([
  [['ID=debian', 'VERSION_ID="12"'], 'debian', '12'],
  [['ID=debian', 'VERSION_CODENAME=trixie'], 'debian', 'trixie'],
  [['ID=ubuntu', "VERSION_ID='24.04'", 'ID_LIKE=debian'], 'ubuntu', '24.04'],
  [['ID=alpine', 'VERSION_ID=3.18.4'], 'alpine', '3.18'],
  [['ID=alpine', 'VERSION_ID=3.21_alpha20240923'], 'alpine', '3.21'],
  [['ID="rocky"', 'ID_LIKE="rhel centos fedora"', 'VERSION_ID="9.3"'], 'rocky', '9'],
  [['ID="rhel"', 'VERSION_ID="8.10"'], 'rhel', '8'],
  [['ID=fedora', 'VERSION_ID=40'], 'fedora', '40'],
  [['ID="amzn"', 'ID_LIKE="fedora"', 'VERSION_ID="2023"'], 'amzn', '2023'],
])('%j is %s %s', (lines, id, release) => {
  expect(distributionOf(layered([osRelease('etc/os-release', ...lines)]))).toEqual({ id, release, libc: 'none' });
});

test('an image that does not say what it is, or which release, is none', () => {
  expect(distributionOf(layered([layer('bin/busybox')]))).toBeUndefined();
  expect(distributionOf(layered([osRelease('etc/os-release', 'ID=arch')]))).toBeUndefined();
});

test.each([
  ['usr/lib/x86_64-linux-gnu/libc.so.6', 'glibc'],
  ['lib/ld-musl-x86_64.so.1', 'musl'],
])('%s is %s', (path, libc) => {
  const files = layered([osRelease('usr/lib/os-release', 'ID=x', 'VERSION_ID=1'), layer(path)]);
  expect(distributionOf(files)?.libc).toBe(libc);
});
