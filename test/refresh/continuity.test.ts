import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { refresh } from '../../core/refresh.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

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

async function run(overrides: Partial<Config> = {}) {
  const scanned: string[] = [];
  const scanner = createTestScanner((_, digest) => {
    scanned.push(digest);
    return [];
  });
  const host = createRecordingHost();
  const config = testConfig(root, { imageInputs: { '': at(server, 'team/web', '1') }, ...overrides });
  const report = await refresh(createTestRun(config, { engine: createTestEngine(server), scanner, host }));
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
