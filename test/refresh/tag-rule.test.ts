import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { discoverReleased } from '../../core/check/chosen-release.ts';
import type { Config } from '../../core/config/model.ts';
import type { Digest } from '../../core/oci/digest.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { refresh } from '../../core/refresh.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { load } from '../config/support.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

const now = '2026-12-01T08:09:10Z';
let server: TestRegistry;
let root: string;
let base: Image;

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'tag-rule-'));
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n`);
  base = makeImage({ layers: [await makeLayer({ base: 'old' })] });
  await pushImage(server.store, 'library/base', base, '1');
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

async function publish(tag: string, created?: string): Promise<Digest> {
  const app = makeImage({
    base,
    layers: [await makeLayer({ app: tag })],
    ...(created === undefined ? {} : { created }),
  });
  const image = makeIndex([app], { annotations: { [annotationKeys.baseDigest]: base.descriptor.digest } });
  return (await pushImage(server.store, 'team/web', image, tag)).digest;
}

async function moveBase(text = 'new'): Promise<void> {
  await pushImage(server.store, 'library/base', makeImage({ layers: [await makeLayer({ base: text })] }), '1');
}

async function configOf(...lines: readonly string[]): Promise<Config> {
  const entry = ['- dockerfile: Dockerfile', `image: ${server.host}/team/web`, ...lines];
  await writeFile(join(root, '.base-image-refresh.yml'), `images:\n  ${entry.join('\n    ')}\n`);
  const { images } = await load(root, {});
  return testConfig(root, { images, imageInputs: {}, source: 'checkout' });
}

async function run(...lines: readonly string[]) {
  const config = await configOf(...lines);
  const engine = createTestEngine(server);
  const made = createTestRun(config, { engine, scanner: createTestScanner(() => []) });
  const world = { ...made.world, now: () => new Date(now) };
  const report = await refresh({ ...made, world });
  const [image] = report.images;
  const tags = image?.promotion?.tags.map(({ reference, previous }) => [reference.split(':').at(-1), previous]);
  return { image, tags, engine, report };
}

const digest = (tag: string) => server.store.digestOf('team/web', tag);

describe('a rule alone', () => {
  test('moves the tag that it chooses, and no other', async () => {
    const [old, other] = [await publish('1.9.0'), await publish('2.0.0')];
    const published = await publish('1.10.0');
    await moveBase();
    const { image, tags } = await run('tag-rule: { semver: 1.x }');
    expect(tags).toEqual([['1.10.0', published]]);
    expect(digest('1.10.0')).toBe(image?.promotion?.digest);
    expect([digest('1.9.0'), digest('2.0.0')]).toEqual([old, other]);
  });

  test.each([
    ['no tag fits', ['main-1'], 'tag-rule: { semver: 1.x }', 'none of its 1 tags fits "{version}" within "1.x"'],
    ['two are alike', ['main-7', 'main-07'], 'tag-rule: { pattern: "main-{number}" }', 'main-07, main-7 are alike'],
    ['none says when', ['a'], 'tag-rule: { newest: "*" }', 'a does not say when it was created'],
  ])('is unknown, and nothing is built, where %s', async (_, published, rule, words) => {
    // Of a build that is to be reproducible.
    for (const tag of published) await publish(tag, '1980-01-01T00:00:00Z');
    await moveBase();
    const { image, engine } = await run(rule);
    expect(image).toMatchObject({ verdict: 'unknown', image: null, promotion: null });
    expect(image?.failure?.detail).toContain(words);
    expect(engine.orders).toEqual([]);
  });

  test('is unknown where its registry does not answer', async () => {
    server.inject({ path: /tags\/list/, effect: { kind: 'status', status: 403 } });
    const made = createTestRun(await configOf('tag-rule: { semver: 1.x }'), {
      engine: createTestEngine(server),
      scanner: createTestScanner(() => []),
    });
    const { builds } = await discoverReleased(made, made.config);
    expect(builds[0]?.build).toMatchObject({ releases: [], chosen: { unknown: { code: 'forbidden' } } });
  });

  test('by creation takes what was made last, whatever it is called', async () => {
    await publish('main-9', '2026-01-02T00:00:00Z');
    const published = await publish('main-1', '2026-02-02T00:00:00Z');
    await publish('dev-1', '2026-03-02T00:00:00Z');
    await moveBase();
    const { tags } = await run('tag-rule: { newest: "main-*" }');
    expect(tags).toEqual([['main-1', published]]);
  });
});

describe('release tags as templates', () => {
  const lines = ['tag-rule: { semver: 1.x }', 'tags: ["{version}-{date}", latest]'];

  test('are made beside the tag that was chosen, and found by the next run', async () => {
    const published = await publish('1.2.0');
    server.store.tag('team/web', 'latest', published);
    await moveBase();
    const { image, tags } = await run(...lines);
    const fresh = image?.promotion?.digest;
    expect(tags).toEqual([
      ['1.2.0-20261201', null],
      ['latest', published],
    ]);
    expect([digest('1.2.0'), digest('1.2.0-20261201'), digest('latest')]).toEqual([published, fresh, fresh]);
    const again = await run(...lines);
    expect(again.image).toMatchObject({ verdict: 'current', promotion: null });
    expect(again.image?.image).toMatch(/team\/web:1\.2\.0-20261201$/);
  });

  test('move nothing that has their name already', async () => {
    await publish('1.2.0');
    const taken = await publish('1.2.0-20261201');
    await moveBase();
    const { image } = await run('tag-rule: { semver: 1.x }', 'tags: ["{version}-{date}"]');
    expect(image?.failure).toMatchObject({ code: 'refused' });
    expect(image?.failure?.detail).toContain(`names ${taken} already`);
    expect(digest('1.2.0-20261201')).toBe(taken);
  });

  test('make nothing that their own rule would not choose', async () => {
    // Tagged where it is tomorrow already.
    const published = await publish('main-20261202');
    server.store.tag('team/web', 'latest', published);
    await moveBase();
    const { image } = await run('tag-rule: { pattern: "main-{date}" }', 'tags: ["main-{date}", latest]');
    expect(image?.failure).toMatchObject({ code: 'refused' });
    expect(image?.failure?.detail).toContain('comes no later than main-20261202 by tag-rule');
    expect([digest('main-20261201'), digest('latest')]).toEqual([undefined, published]);
  });

  test('take time, digest and the next number', async () => {
    await publish('main-9');
    await moveBase();
    const { image, tags } = await run(
      'tag-rule: { pattern: "main-{number}" }',
      'tags: ["main-{number}", "main-{number}-{date}{time}-{digest}"]',
    );
    const short = image?.promotion?.digest.slice(7, 19);
    expect(tags).toEqual([
      ['main-10', null],
      [`main-10-20261201080910-${short}`, null],
    ]);
  });
});
