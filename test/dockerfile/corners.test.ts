import { describe, expect, it } from 'vitest';
import { contextKey } from '../../core/dockerfile/contexts.ts';
import { heredocOf } from '../../core/dockerfile/heredoc.ts';
import { parsePlatformFlag } from '../../core/dockerfile/platform.ts';
import { validatePort } from '../../core/dockerfile/ports.ts';
import { readDockerfile } from '../../core/dockerfile/read.ts';

const amd64 = { os: 'linux', architecture: 'amd64' };
const options = { args: {}, platforms: { build: amd64, target: amd64 }, contexts: {} };

describe('a platform flag', () => {
  it.each([
    ['linux/arm64/v9', { os: 'linux', architecture: 'arm64', variant: 'v9' }],
    ['linux/riscv64', { os: 'linux', architecture: 'riscv64' }],
    ['windows', { os: 'windows', architecture: 'amd64' }],
    ['riscv64', { os: 'linux', architecture: 'riscv64' }],
    ['windows(10.0.17763)', { os: 'windows', architecture: 'amd64', osVersion: '10.0.17763' }],
    ['windows(10.0.17763)/amd64', { os: 'windows', architecture: 'amd64', osVersion: '10.0.17763' }],
    ['windows()/amd64', { os: 'windows', architecture: 'amd64' }],
  ])('%s is complete', (text, platform) => {
    expect(parsePlatformFlag(text, amd64)).toStrictEqual(platform);
  });

  it.each(['', '*', 'linux/*', 'a/b/c/d', 'linux/', 'plan10', 'linux//v8'])('is not %j', (text) => {
    expect(() => parsePlatformFlag(text, amd64)).toThrow(/platform|unknown operating system/);
  });
});

describe('a port', () => {
  it.each(['80', '80-90/udp', '80:80', '127.0.0.1:80:80', '255.255.255.255::80', '[::1]:80:80', '8080-8081:80-81'])(
    'is %s',
    (text) => {
      expect(() => validatePort(text)).not.toThrow();
    },
  );

  it.each([
    '256.0.0.1:80:80',
    '1.2.3:80:80',
    '1.2.3.x:80:80',
    '1.2.3.x4:80:80',
    '1.2.3.4x:80:80',
    '1.2.3.1000:80:80',
    '65536',
    '90-80',
    '80/x',
  ])('is not %s', (text) => {
    expect(() => validatePort(text)).toThrow('invalid port');
  });
});

describe('the mode of a COPY', () => {
  const accepted = (mode: string) =>
    readDockerfile(`FROM scratch\nCOPY --chmod=${mode} a /b\n`, options).kind === 'read';
  it.each([
    ['644', true],
    ['07777', true],
    ['u+x', true],
    ['u+r+w', true],
    ['u=rw,go=r', true],
    ['a+rX,o-w', true],
    ['u=g,ug+s-t', true],
    ['u=rw,=,+x', true],
    ['10000', false],
    ['8', false],
    ['xu+x', false],
    ['u+x,', false],
    ['u+x,q+x', false],
    ['u+y', false],
    ['u+x,g+y', false],
  ])('%s is one: %s', (mode, isOne) => {
    expect(accepted(mode)).toBe(isOne);
  });
});

describe('what another frontend reads', () => {
  const foreign = '# syntax=acme/buildpack:1\n';
  const via = (text: string) => {
    const reading = readDockerfile(text, options);
    return reading.kind === 'read' ? reading.bases.map((base) => base.via) : reading.code;
  };

  it('is listed as far as it reads like a Dockerfile, and never refused', () => {
    expect(via(`${foreign}FROM debian\n`)).toEqual(['syntax', 'from']);
    expect(via(`${foreign}stack: node\n`)).toEqual(['syntax']);
  });

  it.each(['docker/dockerfile:1', 'docker/dockerfile-upstream:master', 'acme.io/dockerfile'])(
    'is refused like any where it is %s',
    (name) => {
      expect(via(`# syntax=${name}\nstack: node\n`)).toBe('unknown-instruction');
    },
  );
});

describe('names', () => {
  it('of contexts are those that people write', () => {
    expect(contextKey('docker.io/library/debian:latest')).toBe('debian');
    expect(() => contextKey('A b')).toThrow('invalid context name A b');
  });

  it.each([
    ['<<EOF', 'EOF'],
    ['<<${A}', '${A}'],
    ['<<${AB-x}', undefined],
    ['<<${@:-x}', undefined],
    ["<<'${AB-x}'", '${AB-x}'],
    ['<<A-x', 'A-x'],
  ])('of the here-document %s is %s', (word, name) => {
    expect(heredocOf(word)?.name).toBe(name);
  });
});
