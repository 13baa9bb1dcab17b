import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, expect, test, vi } from 'vitest';
import { parseRun, type RunFile } from '../../core/fleet/run-file.ts';
import { digestOf } from '../../core/oci/digest.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { type FleetSite, openFleet, tags } from './site.ts';

const family = [{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'api', on: 'golden' }, { name: 'docs' }];
// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 180_000 });
let site: FleetSite;
afterEach(() => site.close());

async function planned(args: readonly string[] = []): Promise<RunFile> {
  const ended = await site.bir(['plan', '--output-dir=plan', '--shards=2', ...args]);
  expect(ended.code, ended.stderr).toBe(0);
  return JSON.parse(readFileSync(join(site.folder, 'plan/run.json'), 'utf8'));
}

async function leg(shard: string, args: readonly string[] = []) {
  const output = `leg-${shard.replace('/', '-')}`;
  const ended = await site.bir([
    'refresh',
    '--run=plan/run.json',
    `--shard=${shard}`,
    `--output-dir=${output}`,
    ...args,
  ]);
  const read = () => JSON.parse(readFileSync(join(site.folder, output, 'report.json'), 'utf8')) as RefreshReport;
  return { ...ended, image: (name: string) => read().images.find((one) => one.name === name) as ReportedImage, read };
}

test('each leg does its images, those of the second level on what the first has released', async () => {
  site = await openFleet(family);
  const run = await planned();
  expect(run.legs.map(({ id, level, images }) => [id, level, images])).toEqual([
    ['1/4', 1, ['docs']],
    ['2/4', 1, ['golden']],
    ['3/4', 2, ['api']],
    ['4/4', 2, ['web']],
  ]);
  for (const { id, images } of run.legs) {
    const ended = await leg(id);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.read().images.map(({ name }) => name)).toEqual(images);
    expect(ended.read().run).toEqual({ id: run.id, shard: id });
    for (const name of images) {
      const digest = ended.image(name).promotion?.digest;
      expect(tags.map((tag) => site.released(name, tag))).toEqual([digest, digest]);
      expect(site.wasScanned(name, digest)).toBe(true);
    }
  }
  expect((await leg('3/4')).image('api').plan?.because).toEqual([
    `this run has promoted it already, as ${site.released('api')}`,
  ]);
});

test('run.json is what its schema says', async () => {
  site = await openFleet(family);
  const run = await planned();
  const schema = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/reference/run.schema.json'), 'utf8'));
  const holds = new Ajv({ formats: { 'date-time': true } }).compile(schema);
  expect(holds(run), JSON.stringify(holds.errors)).toBe(true);
  expect(holds({ ...run, extra: 1 })).toBe(false);
  expect(holds({ ...run, legs: [{ ...run.legs[0], images: [1] }] })).toBe(false);
});

test('a leg whose parent was not refreshed holds its images, by the name of the parent', async () => {
  site = await openFleet(family);
  await planned();
  const ended = await leg('4/4');
  expect(ended.image('web').failure?.detail).toBe(
    'its base golden, which leg 2/4 was to do, was not refreshed, so it was not rebuilt',
  );
  expect([ended.code, site.released('web')]).toEqual([0, site.old.get('web')]);
});

test('a base that moves after the plan is built as it was planned; a release that moves is left alone', async () => {
  site = await openFleet(family);
  const run = await planned();
  const base = run.images[0]?.bases[0]?.digest;
  const later = await site.moveBase('v3');
  const first = await leg('2/4');
  expect(first.code, first.stderr).toBe(0);
  expect(first.image('golden').build?.pinned.map(({ digest }) => digest)).toEqual([base]);
  expect(first.stderr).toContain(
    `/library/base:1 has moved on to ${later.descriptor.digest.slice(0, 19)} since the plan`,
  );
  const { store } = site.registry;
  store.tag('fleet/docs', '1', site.old.get('api') as never);
  const other = await leg('1/4');
  expect([other.code, other.image('docs').failure?.code]).toEqual([3, 'moved']);
  // Somebody's fix under the second tag alone is theirs as well.
  store.tag('fleet/docs', '1', site.old.get('docs') as never);
  store.tag('fleet/docs', '1.2', site.old.get('api') as never);
  const beside = await leg('1/4');
  expect([beside.code, beside.image('docs').failure?.code]).toEqual([3, 'moved']);
  expect(beside.image('docs').failure?.subject).toBe(`${site.repository('docs')}:1.2`);
  expect(tags.map((tag) => site.released('docs', tag))).toEqual([site.old.get('docs'), site.old.get('api')]);
});

test('a leg refuses what the plan did not see', async () => {
  site = await openFleet(family);
  await planned();
  const text = readFileSync(join(site.folder, 'plan/run.json'), 'utf8');
  const refused: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['9/9', [], /has no leg 9\/9: its legs are 1\/4 to 4\/4/],
    ['1/4', [`--run-digest=${digestOf('other')}`], /has the digest sha256:\w+, and the plan wrote sha256/],
    ['1/4', ['--severity-threshold=low'], /was planned with another policy/],
    ['1/4', ['--source=released'], /was planned with another settings/],
    ['1/4', ['--scanner=grype'], /was planned with another settings/],
  ];
  await Promise.all(
    refused.map(async ([shard, args, words]) => {
      const { code, stderr } = await leg(shard, args);
      expect([code, stderr]).toEqual([2, expect.stringMatching(words)]);
    }),
  );
  expect((await leg('1/4', [`--run-digest=${digestOf(text)}`])).code).toBe(0);
  for (const [change, words] of [
    [{ schemaVersion: 2 }, 'run.json: has schemaVersion 2, and only 1 is known here; use the version that wrote it.'],
    [{ extra: true }, 'run.json: extra: '],
    [{ legs: [] }, 'run.json: its legs are not the images that are planned, each once; '],
  ] as const) {
    const changed = JSON.stringify({ ...JSON.parse(text), ...change });
    expect(() => parseRun(changed, 'run.json')).toThrow(words);
  }
});
