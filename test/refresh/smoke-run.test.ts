import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { rebaseEngine } from '../../core/rebuild/rebase.ts';
import { refresh } from '../../core/refresh.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;
let published: Digest;
beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'smoke-test-'));
  const [old, fresh] = [await base('old'), await base('new')];
  await pushImage(server.store, 'library/base', old, '0');
  await pushImage(server.store, 'library/base', fresh, '1');
  const web = makeImage({
    base: old,
    layers: [await makeLayer({ app: 'web' })],
    config: { Entrypoint: ['/app'] },
    annotations: { 'org.opencontainers.image.base.digest': old.descriptor.digest },
  });
  published = (await pushImage(server.store, 'team/web', web, '1')).digest;
  await mkdir(join(root, 'web'));
  await writeFile(join(root, 'web/Dockerfile'), `FROM ${server.host}/library/base:1\nCOPY app /app\n`);
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

async function base(content: string) {
  const files = { 'etc/os-release': 'ID=debian\nVERSION_ID="12"\n', 'etc/base': content };
  return makeImage({ layers: [await makeLayer(files)] });
}

/** A docker in which the published image and every other end with these codes, and that notes what it is asked. */
async function installDocker(old: number, rebased: number): Promise<void> {
  const state = (code: number) => `echo '{"Status":"exited","ExitCode":${code},"Error":""}'`;
  const lines = [
    '#!/bin/sh',
    `echo "$*" >> "${root}/calls"`,
    'case "$*" in',
    `create*${published}*) echo old ;;`,
    'create*) echo rebased ;;',
    `'inspect --format {{json .State}} old') ${state(old)} ;;`,
    `inspect*) ${state(rebased)} ;;`,
    "'start --attach rebased') echo 'lost a library' >&2 ;;",
    'esac',
  ];
  await writeFile(join(root, 'docker'), `${lines.join('\n')}\n`);
  await chmod(join(root, 'docker'), 0o755);
}

async function refreshed(config: Partial<Config> = {}) {
  const host = createRecordingHost();
  const build = createTestEngine(server);
  const settings = testConfig(root, { imageInputs: { web: at(server, 'team/web', '1') }, ...config });
  const run = createTestRun(settings, { engine: build, scanner: createTestScanner(() => []), host });
  const world = { ...run.world, env: { PATH: `${root}:/usr/bin:/bin`, HOME: root } };
  const rebase = rebaseEngine({ world, registry: run.registry, policy: settings.rebase.policy });
  const report = await refresh({ ...run, world, engines: [rebase, build] });
  const [image] = report.images;
  return { image, host, tags: server.store.tags('team/web') };
}

const smoke = (words: string) => expect.stringContaining(words);

it('promotes what was rebased and ends as the published image does', async () => {
  await installDocker(0, 0);
  const { image } = await refreshed();
  expect(image?.build).toMatchObject({
    engine: 'rebase',
    notes: expect.arrayContaining(['smoke run: started with docker, it ended with 0, as the published image does']),
  });
  expect(image?.promotion?.digest).toBe(server.store.digestOf('team/web', '1'));
});

it('builds instead what no longer starts, says why, and leaves no candidate', async () => {
  await installDocker(0, 3);
  // The engine that stands for a build makes another image, as an index.
  const { image, host, tags } = await refreshed({ continuity: { accept: ['configuration', 'form'] } });
  const why =
    'smoke run of what was rebased: started with docker, it ended with 3 (lost a library), where the published image ended with 0';
  expect(image?.build).toMatchObject({ engine: 'buildx', notes: expect.arrayContaining([why]) });
  expect(host.lines).toContainEqual({ level: 'warning', message: `web: built instead, ${why}` });
  expect(host.lines).toContainEqual({ level: 'info', message: `web: rebuilding with buildx (rebase: ${why})` });
  expect(image?.promotion?.digest).toBe(server.store.digestOf('team/web', '1'));
  expect(tags.filter((tag) => tag.startsWith('bir-c1-'))).toEqual([]);
});

it('lets the proof stand where nothing runs containers, and says that nothing was tried', async () => {
  const { image } = await refreshed();
  expect(image?.build).toMatchObject({
    engine: 'rebase',
    notes: expect.arrayContaining([smoke('no smoke run: nothing here runs containers: docker ')]),
  });
});

it.each<[string, Partial<Config>]>([
  ['it is not wanted', { rebase: { policy: 'when-safe', smokeRun: false, candidateOnly: false } }],
  ['the engine is named', { engine: 'rebase' }],
  ['it is forced', { rebase: { policy: 'force', smokeRun: true, candidateOnly: false } }],
])('starts nothing where %s', async (_, config) => {
  await installDocker(0, 3);
  const { image } = await refreshed(config);
  expect(image?.build).toMatchObject({ engine: 'rebase', notes: expect.not.arrayContaining([smoke('smoke run')]) });
});
