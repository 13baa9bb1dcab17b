import { describe, expect, it } from 'vitest';
import { formatPlatform, normalisePlatform, parsePlatform, samePlatform } from '../../core/oci/platform.ts';

describe('a platform', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/x86-64', 'linux/amd64'],
    ['LINUX/AMD64', 'linux/amd64'],
    ['linux/amd64/v1', 'linux/amd64'],
    ['linux/amd64/v2', 'linux/amd64/v2'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm64/v8', 'linux/arm64'],
    ['linux/arm64/8', 'linux/arm64'],
    ['linux/arm64/v9', 'linux/arm64/v9'],
    ['linux/arm', 'linux/arm/v7'],
    ['linux/arm/6', 'linux/arm/v6'],
    ['linux/arm/v5', 'linux/arm/v5'],
    ['linux/ARM/V6', 'linux/arm/v6'],
    ['linux/armhf', 'linux/arm/v7'],
    ['linux/armel', 'linux/arm/v6'],
    ['linux/i386', 'linux/386'],
    ['macos/arm64', 'darwin/arm64'],
    ['linux/riscv64', 'linux/riscv64'],
    ['linux/mips/v8', 'linux/mips/v8'],
    ['linux/386/v1', 'linux/386/v1'],
    [' linux/amd64\n', 'linux/amd64'],
    ['windows(10.0.17763)/amd64', 'windows/amd64'],
  ])('%j is %s', (text, normal) => {
    const platform = parsePlatform(text);
    expect(platform === undefined ? undefined : formatPlatform(platform)).toBe(normal);
  });

  it.each([
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/amd64/',
    'a/b/c/d',
    'linux amd64',
    'lin ux/amd64',
    'x\nlinux/amd64',
  ])('is not %j', (text) => {
    expect(parsePlatform(text)).toBeUndefined();
  });

  it('keeps the version of its system, and has no variant that says nothing', () => {
    expect(parsePlatform('windows(10.0.17763)/amd64')).toStrictEqual({
      os: 'windows',
      architecture: 'amd64',
      osVersion: '10.0.17763',
    });
    expect(parsePlatform('linux/amd64')).toStrictEqual({ os: 'linux', architecture: 'amd64' });
    expect(normalisePlatform({ os: 'linux', architecture: 'riscv64', variant: '' })).toStrictEqual({
      os: 'linux',
      architecture: 'riscv64',
    });
    expect(normalisePlatform({ os: 'linux', architecture: 'arm', variant: '' })).toMatchObject({ variant: 'v7' });
  });

  const windows = (osVersion?: string) => ({
    os: 'windows',
    architecture: 'amd64',
    ...(osVersion === undefined ? {} : { osVersion }),
  });
  it.each([
    [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, { os: 'linux', architecture: 'aarch64' }, true],
    [{ os: 'linux', architecture: 'arm', variant: 'v6' }, { os: 'linux', architecture: 'arm' }, false],
    [
      { os: 'linux', architecture: 'amd64', osVersion: '1' },
      { os: 'linux', architecture: 'amd64', osVersion: '2' },
      true,
    ],
    [windows('10.0.20348.2113'), windows('10.0.20348.1'), true],
    [windows('10.0.20348.2113'), windows('10.0.17763.1'), false],
    [windows('10.0.20348.2113'), windows(), true],
    [windows(), windows('10.0.1.1'), true],
    [windows('10.0.1.1'), { os: 'linux', architecture: 'amd64', osVersion: '10.0.1.1' }, false],
  ])('%j and %j are the same: %s', (left, right, same) => {
    expect(samePlatform(left, right)).toBe(same);
    expect(samePlatform(right, left)).toBe(same);
  });
});
