import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { refresh } from '../../core/refresh.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import { type ImageParts, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import {
  createRecordingHost,
  createTestEngine,
  createTestRun,
  createTestScanner,
  pinnedBase,
  testConfig,
} from '../support/run.ts';

let server: TestRegistry;
let root: string;

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'continuity-test-'));
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

/** Publishes `team/web:1` with a label and a second platform, where one is wanted, on a base that has moved since. */
async function publish(more: readonly string[] = []) {
  const platforms = ['amd64', ...more].map((architecture) => ({ os: 'linux', architecture }));
  const base = async (content: string) => {
    const layers = [await makeLayer({ base: content })];
    return platforms.map((platform) => makeImage({ layers, platform }));
  };
  const [old, fresh] = [await base('old'), await base('new')];
  const { digest: from } = await pushImage(server.store, 'library/base', makeIndex(old), '1');
  const layers = [await makeLayer({ app: 'app' })];
  const images = old.map((image) => makeImage({ base: image, layers, config: { Labels: { version: '1.2' } } }));
  const annotations = { 'org.opencontainers.image.base.digest': from };
  const { digest } = await pushImage(server.store, 'team/web', makeIndex(images, { annotations }), '1');
  await pushImage(server.store, 'library/base', makeIndex(fresh), '1');
  return digest;
}

async function run(overrides: Partial<Config> = {}, engine = createTestEngine(server)) {
  const scanned: string[] = [];
  const scanner = createTestScanner((_, digest) => {
    scanned.push(digest);
    return [];
  });
  const host = createRecordingHost();
  const config = testConfig(root, { imageInputs: { '': at(server, 'team/web', '1') }, ...overrides });
  const report = await refresh(createTestRun(config, { engine, scanner, host }));
  return { report, scanned, image: report.images[0], errors: host.lines.filter(({ level }) => level === 'error') };
}

const released = () => JSON.parse(String(server.store.manifest('team/web', '1')?.bytes));

test('what is scanned and promoted has what the build left out', async () => {
  await publish();
  const { report, scanned, image } = await run();
  const { digest } = released().manifests[0];
  const { config } = JSON.parse(String(server.store.manifest('team/web', digest)?.bytes));
  const labels = JSON.parse(String(server.store.blob('team/web', config.digest))).config.Labels;
  expect(labels).toEqual({ version: '1.2' });
  expect(image?.continuity?.carried.map(({ what }) => what)).toEqual(['label version']);
  expect(image?.promotion?.digest).toBe(server.store.digestOf('team/web', '1'));
  expect(image?.build?.digest).toBe(image?.promotion?.digest);
  expect(scanned).toContain(digest);
  expect(conclusionOf(report, 'never')).toBe('succeeded');
});

test('a break holds the image by policy, with its remedy in log and report', async () => {
  const before = await publish(['arm64']);
  const { report, image, errors } = await run();
  expect(server.store.digestOf('team/web', '1')).toBe(before);
  expect(image?.gate?.verdict).toBe('pass');
  expect(image?.held).toEqual({
    because: 'continuity',
    remedy: 'build it for linux/arm64 too, or accept platforms',
  });
  expect(image?.promotion).toBeNull();
  expect(conclusionOf(report, 'never')).toBe('policy-failed');
  expect(errors.map(({ message }) => message).join()).toContain(
    'would break the continuity of the published image: platform linux/arm64 is gone',
  );
  expect(image?.candidate?.state).toBe('kept');
});

test('a break that is accepted holds nothing', async () => {
  const before = await publish(['arm64']);
  const { report, image } = await run({ continuity: { accept: ['platforms'] } });
  expect(server.store.digestOf('team/web', '1')).not.toBe(before);
  expect(image?.continuity?.explained).toContainEqual(
    expect.objectContaining({ what: 'platform linux/arm64', because: 'accepted' }),
  );
  expect(conclusionOf(report, 'never')).toBe('succeeded');
});

test('what stands beside the published image and cannot be read leaves the image undecided: exit code 3', async () => {
  const before = await publish();
  const path = `/v2/team/web/manifests/${before.replace(':', '-')}.sig`;
  server.inject({ method: 'GET', path, effect: { kind: 'status', status: 403 } });
  const { report, image } = await run();
  expect(image?.promotion).toBeNull();
  expect(conclusionOf(report, 'never')).toBe('incomplete');
  expect(server.store.digestOf('team/web', '1')).toBe(before);
});

describe('the first refresh of an image whose base nobody recorded', () => {
  const based = async (version: string, history: ImageParts['history'] = []) =>
    makeImage({ layers: [await makeLayer({ base: version })], config: { Env: [`BASE_VERSION=${version}`] }, history });
  const rebuilding = () =>
    createTestEngine(server, async (order) => {
      const layers = [await makeLayer({ app: 'app' })];
      return makeIndex([makeImage({ ...pinnedBase(server, order), layers })], { annotations: order.annotations });
    });

  /** Publishes an image without any record on a base that is gone, and moves the base twice. */
  async function publishUnrecorded(history: (version: string) => ImageParts['history']) {
    const old = await based('1', history('1'));
    await pushImage(server.store, 'team/web', makeImage({ base: old, layers: [await makeLayer({ app: 'app' })] }), '1');
    await pushImage(server.store, 'library/base', await based('2', history('2')), '1');
    return () => based('3', history('3')).then((base) => pushImage(server.store, 'library/base', base, '1'));
  }

  test('is explained where the history of the image shows what came from its base', async () => {
    await publishUnrecorded((version) => [
      { created: '2026-01-01T00:00:00Z', created_by: `ENV BASE_VERSION=${version}`, empty_layer: true },
    ]);
    const { image } = await run({}, rebuilding());
    expect(image?.continuity?.broken).toEqual([]);
    expect(image?.continuity?.explained).toContainEqual(
      expect.objectContaining({ what: 'variable BASE_VERSION', because: 'base' }),
    );
    expect(image?.promotion).not.toBeNull();
  });

  test('is held once where nothing shows it, with a remedy that holds for later runs', async () => {
    const move = await publishUnrecorded(() => []);
    const { image, report } = await run({}, rebuilding());
    expect(conclusionOf(report, 'never')).toBe('policy-failed');
    expect(image?.continuity?.broken).toMatchObject([{ aspect: 'configuration', what: 'variable BASE_VERSION' }]);
    expect(image?.held?.remedy).toBe(
      'what the published image was built on is not known: look whether the base changed it, and accept configuration in one run, after which its base is recorded',
    );
    const accepted = await run({ continuity: { accept: ['configuration'] } }, rebuilding());
    expect(accepted.image?.promotion).not.toBeNull();
    await move();
    const next = await run({}, rebuilding());
    expect(next.image?.continuity?.broken).toEqual([]);
    expect(next.image?.promotion).not.toBeNull();
  });
});
