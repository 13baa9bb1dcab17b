import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { installScanner } from '../../core/scan/install/install.ts';
import { installableGrype, installableTrivy, releaseOf, type ToolRelease } from '../../core/scan/install/releases.ts';
import { scannerProgram } from '../../core/scan/program.ts';
import { scanners } from '../../core/scan/scanners.ts';
import { createWorld } from '../../core/world.ts';

const program = '#!/bin/sh\necho trivy\n';
const file = 'trivy_9.9.9_Linux-64bit.tar.gz';

type Entry = Parameters<ReturnType<typeof pack>['entry']>[0];

async function archiveOf(...entries: readonly (readonly [Entry, string])[]): Promise<Buffer> {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

function releaseOfBytes(archive: Uint8Array): ToolRelease {
  const sha256 = createHash('sha256').update(archive).digest('hex');
  return { version: '9.9.9', assets: { 'linux-x64': { file, sha256 } } };
}

let folder: string;
let whole: Buffer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'install-'));
  whole = await archiveOf([{ name: 'LICENSE' }, 'free'], [{ name: 'trivy', mode: 0o755 }, program]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function serve(listener: RequestListener): Promise<{ readonly url: string; readonly paths: string[] }> {
  const paths: string[] = [];
  const server: Server = createServer((request, response) => {
    paths.push(request.url ?? '');
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, paths };
}

function worldOf(env: Readonly<Record<string, string>> = {}, platform = { os: 'linux', architecture: 'x64' } as const) {
  const world = createWorld({ cwd: folder });
  onTestFinished(() => world.close());
  const base = { PATH: `${folder}/bin:/usr/bin:/bin`, HOME: folder, RUNNER_TOOL_CACHE: `${folder}/tools` };
  return { ...world, env: { ...base, ...env }, platform, sleep: async () => {} };
}

const kept = () => join(folder, 'tools/base-image-refresh/trivy-9.9.9', file);

function install(url: string, release: ToolRelease, world = worldOf(), lines: string[] = []) {
  const log = (line: string) => void lines.push(line);
  return installScanner(world, { tool: installableTrivy, downloadUrl: url, release, log });
}

describe('a scanner that is installed', () => {
  test('is the program of the release, executable, from where the releases are laid out', async () => {
    const { url, paths } = await serve((_, response) => response.end(whole));
    const installed = await install(`${url}/mirror/`, releaseOfBytes(whole));
    expect(await readFile(installed, 'utf8')).toBe(program);
    expect((await stat(installed)).mode & 0o777).toBe(0o755);
    expect(paths).toEqual([`/mirror/v9.9.9/${file}`]);
  });

  test("is kept in the host's tool cache and fetched no second time", async () => {
    const { url, paths } = await serve((_, response) => response.end(whole));
    await install(url, releaseOfBytes(whole));
    expect(await readFile(kept())).toEqual(whole);
    expect(await readFile(await install(url, releaseOfBytes(whole)), 'utf8')).toBe(program);
    expect(paths).toHaveLength(1);
  });

  test.each([
    ['BASE_IMAGE_REFRESH_CACHE', 'own', 'own'],
    ['AGENT_TOOLSDIRECTORY', 'agent', 'agent/base-image-refresh'],
    ['XDG_CACHE_HOME', 'xdg', 'xdg/base-image-refresh/tools'],
  ])('is kept where %s says', async (name, value, place) => {
    const { url } = await serve((_, response) => response.end(whole));
    await install(url, releaseOfBytes(whole), worldOf({ RUNNER_TOOL_CACHE: '', [name]: join(folder, value) }));
    expect(await readFile(join(folder, place, 'trivy-9.9.9', file))).toEqual(whole);
  });

  test('is fetched anew where what was kept is not what was put there', async () => {
    const { url, paths } = await serve((_, response) => response.end(whole));
    const lines: string[] = [];
    await mkdir(join(kept(), '..'), { recursive: true });
    await writeFile(kept(), whole.subarray(0, 100));
    expect(await readFile(await install(url, releaseOfBytes(whole), worldOf(), lines), 'utf8')).toBe(program);
    expect(lines[0]).toBe(`${kept()} is not what was put there: it is downloaded again`);
    expect(await readFile(kept())).toEqual(whole);
    expect(paths).toHaveLength(1);
  });

  test('serves this run where the tool cache cannot be written', async () => {
    const { url } = await serve((_, response) => response.end(whole));
    await writeFile(join(folder, 'tools'), 'a file');
    const lines: string[] = [];
    expect(await readFile(await install(url, releaseOfBytes(whole), worldOf(), lines), 'utf8')).toBe(program);
    expect(lines.some((line) => line.startsWith('trivy is not cached for later runs: '))).toBe(true);
  });

  test('is whole for each of several runs that install it at once', async () => {
    const { url } = await serve((_, response) => response.end(whole));
    const release = releaseOfBytes(whole);
    const installed = await Promise.all(Array.from({ length: 8 }, () => install(url, release)));
    expect(new Set(installed).size).toBe(8);
    for (const each of installed) expect(await readFile(each, 'utf8')).toBe(program);
    expect(await readdir(join(kept(), '..'))).toEqual([file]);
  });

  test('is had through a redirect to another host', async () => {
    const store = await serve((_, response) => response.end(whole));
    const front = await serve((request, response) => {
      response.writeHead(302, { location: `${store.url}/objects${request.url}` }).end();
    });
    expect(await readFile(await install(front.url, releaseOfBytes(whole)), 'utf8')).toBe(program);
    expect(store.paths).toEqual([`/objects/v9.9.9/${file}`]);
  });

  test.each([
    ['a server that fails at first', 503],
    ['a server that is busy at first', 429],
  ])('is had from %s', async (_, status) => {
    const { url, paths } = await serve((_request, response) => {
      if (paths.length < 3) response.writeHead(status).end();
      else response.end(whole);
    });
    expect(await readFile(await install(url, releaseOfBytes(whole)), 'utf8')).toBe(program);
    expect(paths).toHaveLength(3);
  });
});

describe('nothing is installed, and nothing kept,', () => {
  afterEach(async () => expect(await stat(kept()).catch(() => 'absent')).toBe('absent'));

  test('of other bytes than those whose checksum is built in', async () => {
    const other = await archiveOf([{ name: 'trivy' }, 'evil']);
    const { url, paths } = await serve((_, response) => response.end(other));
    await expect(install(url, releaseOfBytes(whole))).rejects.toThrow(
      /^127\.0\.0\.1:\d+: trivy_9\.9\.9_Linux-64bit\.tar\.gz has sha256:[0-9a-f]{64} and not sha256:[0-9a-f]{64}; do not use it/,
    );
    expect(paths).toHaveLength(1);
  });

  test('of an archive that breaks off, however often it is asked for', async () => {
    const { url, paths } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': whole.length });
      response.write(whole.subarray(0, 50), () => response.destroy());
    });
    await expect(install(url, releaseOfBytes(whole))).rejects.toThrow('could not be downloaded in 3 attempts');
    expect(paths).toHaveLength(3);
  });

  test('of an archive that is cut short without a word', async () => {
    const { url } = await serve((_, response) => response.end(whole.subarray(0, 50)));
    await expect(install(url, releaseOfBytes(whole))).rejects.toThrow(/ has sha256:\S+ and not sha256:/);
  });

  test('where there is no such release', async () => {
    const { url, paths } = await serve((_, response) => response.writeHead(404).end());
    await expect(install(url, releaseOfBytes(whole))).rejects.toThrow(
      `/v9.9.9/${file}: answered 404; check the network, or name a mirror with scanner-download-url.`,
    );
    expect(paths).toHaveLength(1);
  });

  test('where the server redirects in a circle, or to no address', async () => {
    const circle = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    await expect(install(circle.url, releaseOfBytes(whole))).rejects.toThrow('redirects more than 5 times');
    const file = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    await expect(install(file.url, releaseOfBytes(whole))).rejects.toThrow('redirects to an address that is not HTTPS');
  });
});

describe('an archive that its checksum vouches for is still refused', () => {
  test.each([
    [
      'with a name that leads out',
      [
        [{ name: '../../bin/trivy' }, program],
        [{ name: 'trivy' }, program],
      ],
      'leads out of its folder',
    ],
    [
      'with an absolute name',
      [
        [{ name: '/usr/bin/trivy' }, program],
        [{ name: 'trivy' }, program],
      ],
      'leads out of its folder',
    ],
    ['with a link for a program', [[{ name: 'trivy', type: 'symlink', linkname: '/bin/sh' }, '']], 'holds no trivy'],
    ['without the program', [[{ name: 'README.md' }, 'nothing']], 'holds no trivy'],
  ] as const)('%s', async (_, entries, words) => {
    const archive = await archiveOf(...entries);
    const { url } = await serve((_request, response) => response.end(archive));
    await expect(install(url, releaseOfBytes(archive))).rejects.toThrow(words);
    expect(await readdir(folder)).toEqual(['tools']);
  });

  test('that is no gzip', async () => {
    const { url } = await serve((_, response) => response.end('hello'));
    await expect(install(url, releaseOfBytes(Buffer.from('hello')))).rejects.toThrow('is not a whole archive');
  });
});

describe('what can be installed', () => {
  test.each([{ os: 'win32', architecture: 'x64' } as const, { os: 'linux', architecture: 's390x' } as const])(
    'is said where there is nothing for $os on $architecture',
    async (platform) => {
      const world = worldOf({}, platform as never);
      await expect(installScanner(world, { tool: installableGrype, log: () => {} })).rejects.toThrow(
        `grype: no checksum of version 0.111.0 for ${platform.os}-${platform.architecture} is built in, only for linux-x64, linux-arm64, darwin-x64, darwin-arm64; install grype yourself`,
      );
    },
  );

  test('has one checksum for each of four platforms, no two alike', () => {
    const sums = Object.values(scanners).flatMap(({ installable }) =>
      (installable?.releases ?? []).flatMap(({ assets }) => Object.values(assets).map(({ sha256 }) => sha256)),
    );
    expect(sums.every((sum) => /^[0-9a-f]{64}$/.test(sum))).toBe(true);
    expect(new Set(sums).size).toBe(sums.length);
    for (const { version } of installableTrivy.releases)
      expect(releaseOf(installableTrivy, version).version).toBe(version);
  });

  test('names the files as their publishers do', () => {
    const { file: trivy } = releaseOf(installableTrivy, 'v0.74.0').assets['darwin-arm64'] ?? {};
    expect(trivy).toBe('trivy_0.74.0_macOS-ARM64.tar.gz');
    expect(releaseOf(installableGrype, undefined).assets['linux-x64']?.file).toBe('grype_0.111.0_linux_amd64.tar.gz');
  });
});

describe('the program that scans', () => {
  const settings = { skipDatabaseUpdate: true };

  test('is the one on PATH where no version is asked for', async () => {
    await mkdir(join(folder, 'bin'));
    await writeFile(join(folder, 'bin/trivy'), program, { mode: 0o755 });
    const found = await scannerProgram(worldOf(), installableTrivy, { ...settings, install: true }, () => {});
    expect(found).toBe(join(folder, 'bin/trivy'));
  });

  test('is not installed unless that is asked for', async () => {
    await expect(scannerProgram(worldOf(), installableTrivy, settings, () => {})).rejects.toThrow(
      'trivy: is not on PATH; install Trivy, let --scanner-install do it, or name its executable with --scanner-path.',
    );
  });

  test.each([
    ['where PATH has none', {}],
    ['at the version asked for, whatever PATH has', { version: '0.69.3' }],
  ])('is installed %s, and refused where it is not the one whose checksum is built in', async (_, changes) => {
    if ('version' in changes) {
      await mkdir(join(folder, 'bin'));
      await writeFile(join(folder, 'bin/trivy'), program, { mode: 0o755 });
    }
    const { url, paths } = await serve((_request, response) => response.end(whole));
    const wanted = { ...settings, install: true, downloadUrl: url, ...changes };
    await expect(scannerProgram(worldOf(), installableTrivy, wanted, () => {})).rejects.toThrow(
      'and not sha256:1816b632dfe529869c740c0913e36bd1629cb7688bd5634f4a858c1d57c88b75',
    );
    expect(paths).toEqual(['/v0.69.3/trivy_0.69.3_Linux-64bit.tar.gz']);
  });
});
