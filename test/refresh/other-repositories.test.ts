import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { formatReference } from '../../core/oci/reference.ts';
import { refresh } from '../../core/refresh.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

const revisionKey = 'org.opencontainers.image.revision';

let server: TestRegistry;
let second: TestRegistry;
let root: string;
let base: Image;
let commits: readonly string[];

const git = (...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();

beforeEach(async () => {
  [server, second] = await Promise.all([startRegistry(), startRegistry()]);
  root = await mkdtemp(join(tmpdir(), 'other-repositories-'));
  git('init', '-q');
  commits = [];
  for (const text of ['one', 'two']) {
    await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n# ${text}\n`);
    git('add', '-A');
    git('commit', '-q', '-m', text);
    commits = [...commits, git('rev-parse', 'HEAD')];
  }
  base = makeImage({ layers: [await makeLayer({ base: 'old' })] });
  await pushImage(server.store, 'library/base', base, '1');
});
afterEach(async () => {
  await Promise.all([server.close(), second.close()]);
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

/** An image of a commit, by its labels, on the old base. */
async function released(revision: string | undefined, labels: Readonly<Record<string, string>> = {}) {
  const Labels = { ...(revision === undefined ? {} : { [revisionKey]: revision }), ...labels };
  const app = makeImage({ base, layers: [await makeLayer({ app: 'app' })], config: { Labels } });
  return makeIndex([app], { annotations: { [annotationKeys.baseDigest]: base.descriptor.digest } });
}

async function moveBase(): Promise<void> {
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
}

/** Refreshes `team/web:1`, which is `mirror/web:1` of the second registry too. */
async function run(overrides: Partial<Config> = {}) {
  const config = testConfig(root, {
    source: 'released',
    imageInputs: { '': at(server, 'team/web', '1') },
    tags: ['1', { ...at(second, 'mirror/web', '1'), tag: '1' }],
    ...overrides,
  });
  const engine = createTestEngine(server);
  const report = await refresh(createTestRun(config, { engine, scanner: createTestScanner(() => []) }));
  const [image] = report.images;
  return { image, orders: engine.orders, broken: image?.continuity?.broken.map(({ what }) => what) };
}

const tags = () => [server.store.digestOf('team/web', '1'), second.store.digestOf('mirror/web', '1')];

describe('tags in another registry', () => {
  test('get the same bytes in order, with a record in each repository', async () => {
    const image = await released(commits[1]);
    await pushImage(server.store, 'team/web', image, '1');
    await pushImage(second.store, 'mirror/web', image, '1');
    await moveBase();
    const { image: reported, broken } = await run();
    expect(broken).toEqual([]);
    const digest = reported?.promotion?.digest;
    expect(digest).not.toBe(image.descriptor.digest);
    expect(tags()).toEqual([digest, digest]);
    expect(second.store.manifest('mirror/web', '1')?.bytes).toEqual(server.store.manifest('team/web', '1')?.bytes);
    expect(reported?.promotion?.tags.map(({ reference, previous }) => [reference, previous])).toEqual([
      [formatReference(at(server, 'team/web', '1')), image.descriptor.digest],
      [formatReference(at(second, 'mirror/web', '1')), image.descriptor.digest],
    ]);
    for (const [{ store }, name] of [
      [server, 'team/web'],
      [second, 'mirror/web'],
    ] as const) {
      const record = store.tags(name).find((tag) => tag.startsWith('bir-p1-'));
      expect(record).toContain(digest?.slice(7, 20));
    }
  });

  test('are new where nothing stands under them', async () => {
    await pushImage(server.store, 'team/web', await released(commits[1]), '1');
    await moveBase();
    const { image } = await run();
    expect(tags()).toEqual([image?.promotion?.digest, image?.promotion?.digest]);
    expect(image?.promotion?.tags[1]?.previous).toBeNull();
  });

  test('lose nothing of their own: another label, another commit, an unknown one', async () => {
    await pushImage(server.store, 'team/web', await released(commits[0]), '1');
    await moveBase();
    for (const [other, what] of [
      [await released(commits[0], { version: '2' }), ['label version']],
      [await released(commits[1]), [`label ${revisionKey}`, 'source']],
      [await released(undefined), ['source']],
    ] as const) {
      await pushImage(second.store, 'mirror/web', other, '1');
      const before = tags();
      const { image, broken } = await run();
      const place = `${second.host}/mirror/web:1`;
      expect(broken).toEqual(what.map((one) => `${one} of ${place}`));
      expect(image?.held?.remedy).toContain(
        `${place} names another image than ${server.host}/team/web:1: take it out of tags, or accept`,
      );
      expect(tags()).toEqual(before);
    }
    const { image } = await run({ continuity: { accept: ['release-tags'] } });
    expect(image?.continuity?.explained).toContainEqual(
      expect.objectContaining({ aspect: 'release-tags', because: 'accepted' }),
    );
    expect(tags()).toEqual([image?.promotion?.digest, image?.promotion?.digest]);
  });

  test('that lag behind by the base alone are brought up', async () => {
    const older = makeImage({ layers: [await makeLayer({ base: 'older' })] });
    await pushImage(server.store, 'library/base', older, 'older');
    const newer = base;
    await pushImage(server.store, 'team/web', await released(commits[1]), '1');
    base = older;
    await pushImage(second.store, 'mirror/web', await released(commits[1]), '1');
    base = newer;
    await moveBase();
    const { image, broken } = await run();
    expect(broken).toEqual([]);
    expect(tags()).toEqual([image?.promotion?.digest, image?.promotion?.digest]);
  });

  test('keep a signature that stands there alone', async () => {
    const image = await released(commits[1]);
    await pushImage(server.store, 'team/web', image, '1');
    await pushImage(second.store, 'mirror/web', image, '1');
    const payload = 'application/vnd.dev.cosign.simplesigning.v1+json';
    second.store.putManifest('mirror/web', {
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: second.store.putBlob('mirror/web', '{}', 'application/vnd.oci.empty.v1+json'),
      layers: [second.store.putBlob('mirror/web', 'payload', payload)],
      subject: { ...image.descriptor, platform: undefined },
    });
    await moveBase();
    const before = tags();
    const { image: held, broken } = await run();
    expect(broken).toEqual([`signature by cosign of ${second.host}/mirror/web:1`]);
    expect(held?.held?.remedy).toBe('set sign to cosign with its key, or accept signature');
    expect(tags()).toEqual(before);
  });
});

test('a new first tag leaves what the others name to be replaced as carefully as before', async () => {
  await pushImage(second.store, 'mirror/web', await released(commits[0], { version: '1' }), '1');
  await moveBase();
  const { image, orders } = await run();
  expect(orders[0]?.source).toEqual({ revision: commits[0], dirty: false });
  expect(image?.continuity?.carried.map(({ what }) => what)).toContain('label version');
  expect(tags()).toEqual([image?.promotion?.digest, image?.promotion?.digest]);
});
