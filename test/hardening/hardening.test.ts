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
    [{ User: '00' }, true],
    [{ User: '+0:100' }, true],
    [{ User: '-0' }, true],
    [{ User: ' 0' }, true],
    [{ User: 'toor' }, true],
    [{ User: 'zero:app' }, true],
    [{ User: 'app' }, false],
    [{ User: '65532' }, false],
    [{ User: '010' }, false],
    [{ User: 'rooter' }, false],
    [{ User: 'nobody' }, false],
  ])('%o runs as root: %s', async (config, root) => {
    const passwd =
      'root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\nzero:x:00:5::/:/bin/sh\napp:x:1000:0::/:/bin/sh\nnobody:x:65534:0::/:\n';
    const { shown } = await factsOf([{ 'etc/passwd': passwd }], config);
    expect('root-user' in shown).toBe(root);
  });

  test.each([
    [{ User: 'app' }, true],
    [{ User: 'app:1000' }, true],
    [{ User: '1000:app' }, false],
  ])('%o runs as root where no /etc/passwd can be read: %s', async (config, root) => {
    const { shown } = await factsOf([{ 'app/x': 'x' }], config);
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

  test('name files that give capabilities', async () => {
    const pax = { 'SCHILY.xattr.security.capability': '\u0001\u0000\u0000\u0002' };
    const { shown } = await factsOf([{ 'usr/bin/ping': { content: 'ping', pax }, 'usr/bin/other': 'x' }]);
    expect(shown).toEqual({ capabilities: ['usr/bin/ping'] });
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

  test.each([
    ['usr/bin/x86_64-linux-gnu-gcc-12', 'compiler'],
    ['usr/bin/clang++-14', 'compiler'],
    ['usr/bin/aarch64-linux-gnu-ld.bfd', 'compiler'],
    ['usr/bin/musl-gcc', 'compiler'],
    ['usr/bin/gcc-ranlib-12', undefined],
    ['usr/bin/assistant', undefined],
    ['usr/local/bin/pip3.11', 'package-manager'],
    ['usr/local/bin/npm', 'package-manager'],
    ['usr/bin/uv', 'package-manager'],
    ['usr/bin/npm-check', undefined],
    ['srv/npm', undefined],
  ])('%s is a %s', async (path, kind) => {
    const { shown } = await factsOf([{ [path]: 'x' }]);
    expect(Object.keys(shown)).toEqual(kind === undefined ? [] : [kind]);
  });

  const lines = 'MIIEpAIBAAKCAQEA04up8hoqzS1APIB0RhjXyObwHQnOzhAk5Bd7mhkSbPkyhP1\n'.repeat(3);
  const pem = (label: string, fields = '') => `-----BEGIN ${label}-----\n${fields}${lines}-----END ${label}-----\n`;
  test.each([
    ['an RSA key', pem('RSA PRIVATE KEY'), true],
    ['an OpenSSH key', pem('OPENSSH PRIVATE KEY'), true],
    ['an encrypted key', pem('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n'), true],
    ['a key behind its certificate', pem('CERTIFICATE') + pem('PRIVATE KEY'), true],
    ['a key of Windows', pem('PRIVATE KEY').replaceAll('\n', '\r\n'), true],
    ['a PuTTY key', 'PuTTY-User-Key-File-3: ssh-ed25519\n', true],
    ['a public key', pem('PUBLIC KEY'), false],
    ['a certificate', pem('CERTIFICATE'), false],
    ['a program that writes keys', `const header = "-----BEGIN RSA PRIVATE KEY-----\\n";\n`, false],
    ['a key in a large file', 'x'.repeat(70_000) + pem('PRIVATE KEY'), false],
  ])('%s is credentials by its content: %s', async (_, content, isSecret) => {
    const { shown } = await factsOf([{ 'app/tls/server': content }]);
    expect(shown).toEqual(isSecret ? { secrets: ['app/tls/server'] } : {});
  });

  test('name what lower layers hold of credentials that are deleted', async () => {
    const { shown } = await factsOf([
      { 'app/.env': 'A=b', 'app/key': pem('PRIVATE KEY'), 'root/.npmrc': 'x' },
      { 'app/.wh..env': '', 'app/.wh.key': '' },
    ]);
    expect(shown).toEqual({ secrets: ['root/.npmrc'], 'deleted-secrets': ['app/.env', 'app/key'] });
  });

  test.each<readonly [readonly string[], readonly string[]]>([
    [['AWS_SECRET_ACCESS_KEY=abc', 'PATH=/bin'], ['AWS_SECRET_ACCESS_KEY']],
    [
      ['DB_PASSWORD=x', 'NPM_TOKEN=y', 'apiKey=z'],
      ['DB_PASSWORD', 'NPM_TOKEN', 'apiKey'],
    ],
    [['DATABASE_URL=postgres://app:hunter22@db/app'], ['DATABASE_URL']],
    [
      ['DB_PASSWORD=$uperS3cret!', 'API_TOKEN=<abc>def>'],
      ['API_TOKEN', 'DB_PASSWORD'],
    ],
    [['DB_PASSWORD=${DB_PASSWORD}', 'API_TOKEN=<your token>'], []],
    [[`THING=ghp_${'a'.repeat(36)}`], ['THING']],
    [['DB_PASSWORD=', 'DB_PASSWORD_FILE=/x', 'SECRET=/run/secrets/x', 'TOKEN=$TOKEN', 'TOKENIZERS=1'], []],
    [['GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305', 'PYTHON_SHA256=00', 'HOME=/root'], []],
  ])('of the variables %j these look like credentials: %j', async (Env, names) => {
    const { shown } = await factsOf([{ app: 'x' }], { User: '1', Env });
    expect(shown).toEqual(names.length === 0 ? {} : { 'secret-variables': names });
  });

  test.each([
    ['ARG NPM_TOKEN=abc', ['NPM_TOKEN']],
    ['RUN |2 NPM_TOKEN=abc VERSION=1 /bin/sh -c npm ci # buildkit', ['NPM_TOKEN']],
    ['/bin/sh -c #(nop)  ENV DB_PASSWORD=x', ['DB_PASSWORD']],
    [`RUN /bin/sh -c curl -H "Authorization: Bearer ghp_${'a'.repeat(36)}" x`, ['a token in the history']],
    ['RUN /bin/sh -c npm config set //x/:_authToken=$NPM_TOKEN', []],
    ['RUN /bin/sh -c NPM_TOKEN=$(cat /run/secrets/npm) npm ci', []],
    ['ARG NPM_TOKEN', []],
  ])('of the history "%s" these look like credentials: %j', async (created_by, names) => {
    const layer = await makeLayer({ app: 'x' });
    const image = makeImage({
      layers: [layer],
      config: { User: '1' },
      history: [{ created: '2026-01-01T00:00:00Z', created_by, empty_layer: true }],
    });
    const { digest } = await pushImage(server.store, 'acme/web', image, '1');
    const { facts } = await readHardening(createHarness().registry, withDigest(at(server, 'acme/web', '1'), digest));
    expect(facts.flatMap(({ files }) => files)).toEqual(names);
    expect(hardeningWords({ facts, sizes: [], slimmer: [] }).join()).not.toContain('abc');
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
