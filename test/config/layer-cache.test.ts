import { mkdir, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../core/config.ts';
import { createWorld } from '../../core/world.ts';
import { failureOf } from '../registry/harness.ts';
import { createRecordingHost } from '../support/run.ts';

const world = createWorld();
let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'layer-cache-')));
  await mkdir(join(folder, 'repository/.git'), { recursive: true });
  await mkdir(join(folder, 'repository/service'));
});
afterEach(() => rm(folder, { recursive: true }));

function load(inputs: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) {
  const root = join(folder, 'repository/service');
  const host = createRecordingHost({ command: 'check', path: root, ...inputs });
  return loadConfig(host, { ...world, cwd: root, env: { PATH: process.env.PATH ?? '', ...env } });
}

test("what layers hold is kept in the user's cache folder, in one that the run names, or not at all", async () => {
  const directory = async (...of: Parameters<typeof load>) => (await load(...of)).registry.layerDirectory;
  const home = await realpath(tmpdir());
  expect(await directory({}, { HOME: home })).toBe(join(home, '.cache/base-image-refresh/layers'));
  expect(await directory({}, { HOME: join(folder, 'no-home') })).toBeUndefined();
  expect(await directory({}, { XDG_CACHE_HOME: '/cache' })).toBe('/cache/base-image-refresh/layers');
  expect(await directory({})).toBeUndefined();
  expect(await directory({ 'layer-cache-dir': '../../layers' })).toBe(join(folder, 'layers'));
  expect(await directory({ 'layer-cache': 'false' }, { HOME: home })).toBeUndefined();
});

test('a folder of the repository is not believed, by whatever way it is named', async () => {
  await symlink(join(folder, 'repository'), join(folder, 'link'));
  for (const dir of ['layers', '../layers', join(folder, 'link/layers'), join(folder, 'repository')]) {
    const { code, message } = await failureOf(load({ 'layer-cache-dir': dir }));
    expect(code).toBe('usage');
    expect(message).toContain(
      `cannot be ${dir}: what stands there is believed, and it is in the repository; give a folder outside of it`,
    );
  }
  const home = join(folder, 'home');
  await mkdir(home);
  const host = createRecordingHost({ command: 'check', path: home });
  const config = await loadConfig(host, { ...world, cwd: home, env: { HOME: home } });
  expect(config.registry.layerDirectory).toBe(join(home, '.cache/base-image-refresh/layers'));
  // Sources without .git, as an archive of a commit has them, with a cache folder in them.
  const sources = join(folder, 'sources');
  await mkdir(sources);
  const asked = createRecordingHost({ command: 'check', path: sources });
  const env = { HOME: home, XDG_CACHE_HOME: join(sources, '.cache') };
  const { registry } = await loadConfig(asked, { ...world, cwd: sources, env });
  expect(registry.layerDirectory).toBeUndefined();
  // A home that is a repository itself has none of its own.
  expect((await load({}, { HOME: join(folder, 'repository') })).registry.layerDirectory).toBeUndefined();
});

test.each<[string, Readonly<Record<string, string>>]>([
  ['pull_request', { GITHUB_EVENT_NAME: 'pull_request', GITHUB_REF: 'refs/pull/12/merge' }],
  ['pull_request_target', { GITHUB_EVENT_NAME: 'pull_request_target' }],
  ['a workflow that ran for one, of which nothing is known', { GITHUB_EVENT_NAME: 'workflow_run' }],
  ['Azure', { BUILD_REASON: 'PullRequest' }],
])('a run of a pull request believes no memory of layers, whatever it may write: %s', async (_, event) => {
  const cache = { 'layer-cache-dir': join(folder, 'layers') };
  expect((await load(cache, event)).registry.layerDirectory).toBeUndefined();
  expect((await load({ ...cache, 'allow-pull-request': 'true' }, event)).registry.layerDirectory).toBeUndefined();
  const nightly = { GITHUB_EVENT_NAME: 'schedule', GITHUB_REF: 'refs/heads/main' };
  expect((await load(cache, nightly)).registry.layerDirectory).toBe(join(folder, 'layers'));
});
