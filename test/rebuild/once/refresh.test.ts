import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../../core/config/model.ts';
import { fail } from '../../../core/failure.ts';
import type { Engine } from '../../../core/rebuild/engine.ts';
import { refresh } from '../../../core/refresh.ts';
import { conclusionOf } from '../../../core/report/totals.ts';
import { makeImage, makeIndex, makeLayer } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../../testing/registry.ts';
import { repository } from '../../hosts/repository.ts';
import { at, closeHarnesses } from '../../registry/harness.ts';
import {
  createRecordingHost,
  createTestEngine,
  createTestRun,
  createTestScanner,
  testConfig,
} from '../../support/run.ts';

let server: TestRegistry;
let root: string;
let published: string;

beforeEach(async () => {
  server = await startRegistry();
  root = repository({});
  writeFileSync(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\nRUN true\n`);
  const old = makeImage({ layers: [await makeLayer({ base: 'old' })] });
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
  const annotations = { 'org.opencontainers.image.base.digest': old.descriptor.digest };
  published = (await pushImage(server.store, 'team/web', makeIndex([makeImage({ base: old })], { annotations }), '1'))
    .digest;
});
afterEach(() => server.close());
afterAll(closeHarnesses);

async function run(engine: Engine, config: Partial<Config> = {}) {
  const host = createRecordingHost();
  const imageInputs = { '': at(server, 'team/web', '1') };
  const scanner = createTestScanner(() => []);
  const report = await refresh(createTestRun(testConfig(root, { imageInputs, ...config }), { engine, scanner, host }));
  return { report, lines: host.lines.map(({ message }) => message), image: report.images[0] };
}

function failing(code: 'build-failed' | 'unreachable'): Engine & { calls: number } {
  const engine = {
    ...createTestEngine(server),
    calls: 0,
    rebuild: async () => {
      engine.calls += 1;
      throw fail(code, 'web', 'docker build failed: exit code 3');
    },
  };
  return engine;
}

test('images that fail side by side are all remembered, each beside its image and nowhere on the machine', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  for (const name of names) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'Dockerfile'), `FROM ${server.host}/library/base:1\nRUN ${name}\n`);
  }
  const images = names.map((name) => ({
    name,
    dockerfile: `${name}/Dockerfile`,
    image: at(server, `team/${name}`, '1'),
    tags: [],
    platforms: [],
    args: {},
  }));
  await run(failing('build-failed'), { imageInputs: {}, images });
  for (const name of names) {
    expect(server.store.tags(`team/${name}`)).toEqual([expect.stringMatching(/^bir-k1-[0-9a-f]{64}$/)]);
  }
  expect(readdirSync(join(root, '.base-image-refresh'))).not.toContain('builds.json');
});

test('what was promoted and put back by hand is not built again, and stays stale', async () => {
  const engine = createTestEngine(server);
  const first = await run(engine);
  const promoted = first.image?.promotion?.digest;
  server.store.tag('team/web', '1', published as never);
  const second = await run(engine);
  expect(engine.orders).toHaveLength(1);
  expect(second.image).toMatchObject({
    verdict: 'stale',
    build: null,
    promotion: null,
    failure: null,
    plan: {
      action: 'skip',
      because: [
        expect.stringMatching(`^the same build was promoted at .* as ${promoted}; run with force to repeat it$`),
      ],
    },
  });
  expect(server.store.digestOf('team/web', '1')).toBe(published);
  expect(second.lines.join('\n')).toContain('not built again, the same build was promoted at ');
  const forced = await run(engine, { force: true });
  expect(forced.image?.promotion).not.toBeNull();
});

test('what somebody overwrote with another image after the promotion is built again', async () => {
  const engine = createTestEngine(server);
  await run(engine);
  const old = makeImage({ layers: [await makeLayer({ base: 'old' })] });
  const annotations = { 'org.opencontainers.image.base.digest': old.descriptor.digest, by: 'another' };
  await pushImage(server.store, 'team/web', makeIndex([makeImage({ base: old })], { annotations }), '1');
  const { image } = await run(engine);
  expect(engine.orders).toHaveLength(2);
  expect(image?.promotion).not.toBeNull();
});

test('what no record of a promotion bears out is built again', async () => {
  const engine = createTestEngine(server);
  await run(engine);
  server.store.tag('team/web', '1', published as never);
  for (const tag of server.store.tags('team/web')) if (tag.startsWith('bir-p1-')) server.store.untag('team/web', tag);
  const { image } = await run(engine);
  expect(engine.orders).toHaveLength(2);
  expect(image?.promotion).not.toBeNull();
});

test('another file of the context makes another build of it', async () => {
  const engine = createTestEngine(server);
  await run(engine);
  server.store.tag('team/web', '1', published as never);
  writeFileSync(join(root, 'page'), 'new');
  await run(engine);
  expect(engine.orders).toHaveLength(2);
});

test('what is gone from the registry is built again', async () => {
  const engine = createTestEngine(server);
  await run(engine);
  server.store.untag('team/web', '1');
  await run(engine);
  expect(engine.orders).toHaveLength(2);
});

test('a build that failed three times waits on any machine, and the run is incomplete', async () => {
  const engine = failing('build-failed');
  for (let nth = 0; nth < 4; nth += 1) {
    await run(engine);
    rmSync(join(root, '.base-image-refresh'), { recursive: true });
  }
  expect(engine.calls).toBe(3);
  const { report, image } = await run(engine);
  expect(image?.failure?.detail).toMatch(
    /^the same build failed 3 times, last at .*, so it is tried again only after .*Z$/,
  );
  expect(conclusionOf(report, 'never')).toBe('incomplete');
  await run(engine, { force: true });
  expect(engine.calls).toBe(4);
});

test('a registry that is down breaks nothing for good', async () => {
  const engine = failing('unreachable');
  for (let nth = 0; nth < 5; nth += 1) await run(engine);
  expect(engine.calls).toBe(5);
});

test('nothing is built or promoted under a key whose register cannot be written', async () => {
  const engine = { ...createTestEngine(server), calls: 0 };
  const counting: Engine = {
    ...engine,
    rebuild: async (order) => {
      engine.calls += 1;
      return createTestEngine(server).rebuild(order);
    },
  };
  const fault = server.inject({ method: 'PUT', path: /manifests\/bir-k1-/, effect: { kind: 'status', status: 403 } });
  const { report, image } = await run(counting);
  expect([engine.calls, conclusionOf(report, 'never')]).toEqual([0, 'incomplete']);
  expect(image?.failure).toMatchObject({ code: 'forbidden', subject: expect.stringContaining(':bir-k1-') });
  expect(server.store.digestOf('team/web', '1')).toBe(published);
  fault.remove();
  expect((await run(counting)).image?.promotion).not.toBeNull();
});

test('a candidate is taken under its key only where it is what its builder wrote down', async () => {
  const engine = createTestEngine(server);
  const { store } = server;
  const own = () => store.tags('team/web').find((tag) => tag.startsWith('bir-c1-')) ?? '';
  const fault = server.inject({ method: 'PUT', path: /manifests\/bir-p1-/, effect: { kind: 'status', status: 403 } });
  const first = await run(engine);
  expect(first.image).toMatchObject({ promotion: null, failure: { code: 'forbidden' } });
  const made = store.digestOf('team/web', own());
  const again = await run(engine);
  expect([engine.orders.length, again.image?.build?.digest]).toEqual([1, made]);
  fault.remove();
  // Right by its layers and its records, and made by somebody else.
  const manifest = JSON.parse(store.manifest('team/web', made ?? '')?.bytes.toString() ?? '');
  const other = { ...manifest, annotations: { ...manifest.annotations, other: '1' } };
  const forged = store.putManifest('team/web', other, { tag: own() });
  const next = await run(engine);
  expect(engine.orders).toHaveLength(2);
  expect(next.image?.promotion?.digest).toBe(made);
  expect(store.digestOf('team/web', '1')).not.toBe(forged.digest);
});
