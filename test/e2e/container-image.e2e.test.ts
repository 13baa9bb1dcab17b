import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry } from '../../testing/registry.ts';
import { type ContainersStore, makeStore } from './setup/containers.ts';
import { describeWith } from './setup/parts.ts';

const root = join(import.meta.dirname, '../..');
const containerfile = join(root, 'Containerfile');

/** Files of a base as distroless has it: Node where the image looks for it, and the libraries that it is linked with. */
function nodeBase(folder: string): void {
  const copy = (from: string, to: string) => {
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(realpathSync(from), join(folder, to));
  };
  copy(process.execPath, 'nodejs/bin/node');
  const { stdout } = spawnSync('ldd', [process.execPath], { encoding: 'utf8' });
  for (const [, path = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) copy(path, path);
  mkdirSync(join(folder, 'etc'));
  writeFileSync(join(folder, 'etc/passwd'), 'nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n');
  mkdirSync(join(folder, 'tmp'), { mode: 0o1777 });
}

describeWith(['buildah'], 'the container image of the command line', () => {
  let folder: string;
  let store: ContainersStore;
  let container: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bir-image-'));
    store = await makeStore('buildah');
    nodeBase(join(folder, 'base'));
    const empty = (await store.run('from', 'scratch')).trim();
    await store.run('add', '--quiet', empty, join(folder, 'base'), '/');
    await store.run('commit', '--quiet', empty, 'localhost/node:1');
    await built('localhost/cli:1', '--build-arg', 'NODE=localhost/node:1');
    container = (await store.run('from', 'localhost/cli:1')).trim();
  });
  afterAll(async () => {
    await store?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const built = (tag: string, ...args: readonly string[]) =>
    store.run('build', '--quiet', '--pull-never', '--file', containerfile, ...args, '--tag', tag, root);
  const inspected = async (image: string) => JSON.parse(await store.run('inspect', '--type', 'image', image)).OCIv1;

  /** Runs it as an engine would: its entry point with these arguments, as its user, in its folder. */
  async function ran(work: string, ...args: readonly string[]): Promise<string> {
    const { config } = await inspected('localhost/cli:1');
    const user = ['--user', config.User, '--workingdir', config.WorkingDir, '--volume', `${work}:/work`];
    return store.run('run', ...user, container, '--', ...config.Entrypoint, ...args);
  }

  test('runs as a user without rights, and has nothing but the bundle that npm publishes', async () => {
    const { config, architecture } = await inspected('localhost/cli:1');
    expect(config).toMatchObject({
      User: '65532:65532',
      WorkingDir: '/work',
      Entrypoint: ['/nodejs/bin/node', '/app/index.cjs'],
      Cmd: ['--help'],
    });
    expect(architecture).toBe('amd64');
    const mounted = (await store.run('mount', container)).trim();
    const bundle = readdirSync(join(root, 'dist/cli'));
    expect(bundle).toContain('index.cjs');
    expect(readdirSync(join(mounted, 'app')).sort()).toEqual(['LICENSE', ...bundle].sort());
    expect(
      readdirSync(mounted)
        .filter((name) => !readdirSync(join(folder, 'base')).includes(name))
        .sort(),
    ).toEqual(['app', 'work']);
  });

  test('its commands run in it, on a repository that is mounted', async () => {
    const registry = await startRegistry();
    const base = makeImage({ layers: [await makeLayer({ 'etc/base': '1' })] });
    await pushImage(registry.store, 'library/base', base, '1');
    const work = mkdtempSync(join(folder, 'work-'));
    chmodSync(work, 0o777);
    writeFileSync(join(work, 'Dockerfile'), `FROM ${registry.host}/library/base:1\n`);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await ran(work, '--version')).toBe(`${version}\n`);
    const words = ['check', '--image', `${registry.host}/team/web:1`, '--format', 'json'];
    const { images } = JSON.parse(await ran(work, ...words));
    await registry.close();
    expect(images).toMatchObject([{ verdict: 'stale', bases: [{ verdict: 'missing', to: base.descriptor.digest }] }]);
    expect(readdirSync(join(work, '.base-image-refresh'))).toContain('report.html');
  });

  test('is built for another platform without running anything', async () => {
    await built('localhost/cli:arm', '--build-arg', 'NODE=scratch', '--platform', 'linux/arm64');
    expect((await inspected('localhost/cli:arm')).architecture).toBe('arm64');
  });
});
