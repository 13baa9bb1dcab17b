import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readHardening } from '../../core/hardening/read-hardening.ts';
import { slimmerBases, slimmerNames } from '../../core/hardening/slimmer.ts';
import { familiar, parseReference, withDigest } from '../../core/oci/reference.ts';
import { hardeningWords } from '../../core/report/scan-words.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { at, closeAll, createHarness, start } from '../registry/harness.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await start();
});
afterEach(closeAll);

type Files = Parameters<typeof makeLayer>[0];

async function factsOf(layers: readonly Files[], config: Readonly<Record<string, unknown>> = { User: '1000' }) {
  const made = await Promise.all(layers.map((files) => makeLayer(files)));
  const { digest } = await pushImage(server.store, 'acme/web', makeImage({ layers: made, config }), '1');
  const { registry } = createHarness();
  const read = await readHardening(registry, withDigest(at(server, 'acme/web', '1'), digest));
  return { ...read, shown: Object.fromEntries(read.facts.map(({ kind, files }) => [kind, files])) };
}

describe('facts of an image', () => {
  test.each([
    [{}, true],
    [{ User: '' }, true],
    [{ User: 'root' }, true],
    [{ User: '0:0' }, true],
    [{ User: 'root:app' }, true],
    [{ User: 'app' }, false],
    [{ User: '65532' }, false],
    [{ User: 'rooter' }, false],
  ])('%o runs as root: %s', async (config, root) => {
    const { shown } = await factsOf([{ app: 'app' }], config);
    expect('root-user' in shown).toBe(root);
  });

  test('name files by what they are, where they stand, and what is deleted later is none', async () => {
    const { shown } = await factsOf([
      {
        'bin/sh': 'sh',
        'usr/bin/apt-get': 'apt',
        'usr/bin/curl': 'curl',
        'usr/local/bin/gcc': 'gcc',
        'home/app/.ssh/id_ed25519': 'key',
        'usr/bin/wget': 'wget',
      },
      { 'usr/bin/.wh.wget': '' },
    ]);
    expect(shown).toEqual({
      shell: ['bin/sh'],
      'package-manager': ['usr/bin/apt-get'],
      downloader: ['usr/bin/curl'],
      compiler: ['usr/local/bin/gcc'],
      secrets: ['home/app/.ssh/id_ed25519'],
    });
  });

  test('follow links, and look where PATH looks', async () => {
    const { shown } = await factsOf([{ 'opt/tools/busybox': 'b', 'opt/tools/sh': { symlink: '/opt/tools/busybox' } }], {
      User: '1',
      Env: ['PATH=/opt/tools'],
    });
    expect(shown.shell).toContain('opt/tools/sh');
  });

  test.each([
    ['root/.aws/credentials', true],
    ['root/.docker/config.json', true],
    ['app/config.json', false],
    ['app/.env', true],
    ['app/.env.production', true],
    ['app/.env.example', false],
    ['app/server.p12', true],
    ['etc/ssl/certs/ca-certificates.crt', false],
    ['app/node_modules/x/.npmrc', false],
    ['root/.npmrc', true],
    ['usr/share/doc/x/.netrc', false],
  ])('%s looks like credentials: %s', async (path, secret) => {
    const { shown } = await factsOf([{ [path]: 'x' }]);
    expect('secrets' in shown).toBe(secret);
  });

  test('tell platforms apart only where they differ, and how large each is', async () => {
    const shell = await makeLayer({ 'bin/sh': 'sh' });
    const arm = { os: 'linux', architecture: 'arm64' };
    const config = { User: '1' };
    const images = [
      makeImage({ layers: [shell], config }),
      makeImage({ layers: [shell, await makeLayer({ 'bin/curl': 'c' })], config, platform: arm }),
    ];
    const { digest } = await pushImage(server.store, 'acme/web', makeIndex(images), '1');
    const { facts, sizes } = await readHardening(
      createHarness().registry,
      withDigest(at(server, 'acme/web', '1'), digest),
    );
    expect(facts.map(({ kind, platforms }) => [kind, platforms.length])).toEqual([
      ['shell', 2],
      ['downloader', 1],
    ]);
    expect(sizes.map(({ layers }) => layers)).toEqual([1, 2]);
    expect(hardeningWords({ facts, sizes, slimmer: ['node:22-slim'] })).toEqual([
      'It has a shell (/bin/sh).',
      expect.stringMatching(/^It has programs that fetch from the network \(\/bin\/curl\), on linux\/arm64/),
      expect.stringMatching(
        /^It is linux\/amd64 0\.0 MiB in 1 layer, linux\/arm64(?:\/v8)? 0\.0 MiB in 2 layers, compressed\.$/,
      ),
      'There are slimmer bases: node:22-slim.',
    ]);
  });
});

describe('slimmer bases', () => {
  test.each([
    ['node:22', ['node:22-slim', 'node:22-alpine', 'gcr.io/distroless/nodejs22-debian12:latest']],
    [
      'node:22-bookworm',
      ['node:22-bookworm-slim', 'node:22-bookworm-alpine', 'gcr.io/distroless/nodejs22-debian12:latest'],
    ],
    ['node:22-alpine', []],
    ['python:3.12', ['python:3.12-slim', 'python:3.12-alpine', 'gcr.io/distroless/python3-debian12:latest']],
    ['nginx:1.27', ['nginx:1.27-slim', 'nginx:1.27-alpine']],
    ['debian:11', ['debian:11-slim', 'debian:11-alpine']],
    [
      'mcr.microsoft.com/dotnet/aspnet:8.0',
      [
        'mcr.microsoft.com/dotnet/aspnet:8.0-alpine',
        'mcr.microsoft.com/dotnet/aspnet:8.0-noble-chiseled',
        'mcr.microsoft.com/dotnet/aspnet:8.0-jammy-chiseled',
      ],
    ],
    ['mcr.microsoft.com/dotnet/sdk:8.0', []],
    ['ghcr.io/acme/base:1', []],
    [`node@sha256:${'1'.repeat(64)}`, []],
  ])('of %s are asked for as %o', (base, names) => {
    expect(slimmerNames(parseReference(base)).map(familiar)).toEqual(names);
  });

  test('are named only where the registry has them', async () => {
    const image = makeImage({ layers: [] });
    await pushImage(server.store, 'library/debian', image, '12-slim');
    const { registry } = createHarness({ mirrors: { 'docker.io': server.host, 'gcr.io': '127.0.0.1:1' } });
    expect(await slimmerBases(registry, parseReference('debian:12'))).toEqual(['debian:12-slim']);
  });
});
