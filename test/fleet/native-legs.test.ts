import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { discover } from '../../core/discover/discover.ts';
import { fail } from '../../core/failure.ts';
import { mergeRun } from '../../core/fleet/merge-run.ts';
import { runOf } from '../../core/fleet/plan-run.ts';
import { refreshLeg } from '../../core/fleet/refresh-leg.ts';
import { parseRun, type RunFile, serialiseRun } from '../../core/fleet/run-file.ts';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { formatPlatform } from '../../core/oci/platform.ts';
import { plan } from '../../core/plan/plan.ts';
import type { Engine } from '../../core/rebuild/engine.ts';
import { assembleReport } from '../../core/refresh/assemble-report.ts';
import { checkBuilds } from '../../core/refresh/check-builds.ts';
import type { Run } from '../../core/refresh/context.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { type Image, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

const architectures = ['amd64', 'arm64'] as const;
const platforms = architectures.map((architecture) => ({ os: 'linux', architecture }));
const tags = ['1', '1.2'];

let server: TestRegistry;
let root: string;
let bases: readonly Image[];
let before: readonly Image[];
let old: string;
/** What was built, and what holds a build until the test lets it go on. */
let built: string[];
let hold: (platform: string) => Promise<void>;
const scanned = new Set<string>();

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'bir-native-'));
  built = [];
  hold = async () => {};
  const baseOf = async (content: string) =>
    Promise.all(platforms.map(async (platform) => makeImage({ layers: [await makeLayer({ content })], platform })));
  before = await baseOf('1');
  const base = makeIndex(before);
  await pushImage(server.store, 'library/base', base, '1');
  const reference = `${server.host}/library/base:1`;
  const record = JSON.stringify([{ reference, digest: base.descriptor.digest }]);
  const layer = await makeLayer({ web: '' });
  const images = before.map((one, at) => makeImage({ base: one, layers: [layer], ...given(platforms[at]) }));
  const index = makeIndex(images, { annotations: { [annotationKeys.bases]: record } });
  old = index.descriptor.digest;
  for (const tag of tags) await pushImage(server.store, 'fleet/web', index, tag);
  await mkdir(join(root, 'web'));
  await writeFile(join(root, 'web/Dockerfile'), `FROM ${reference}\nRUN true\n`);
  bases = await baseOf('2');
  await pushImage(server.store, 'library/base', makeIndex(bases), '1');
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true, force: true });
});
afterAll(closeHarnesses);

const given = (platform: (typeof platforms)[number] | undefined) => (platform === undefined ? {} : { platform });
const released = (tag = tags[0] ?? '') => server.store.digestOf('fleet/web', tag);

/** A machine of its own: nothing but the registry is shared. Each build makes other bytes. */
function machine(more: Partial<Config> = {}, ...others: readonly Engine[]): Run {
  const config = testConfig(root, {
    tags,
    platforms,
    ...more,
    fleet: { shards: 'auto', nativeLegs: true, parentWait: 0, changedBases: [] },
    imageInputs: { web: { registry: server.host, repository: 'fleet/web' } },
  });
  const engine = createTestEngine(server, async ({ build, annotations }) => {
    const wanted = build.platforms.map(formatPlatform);
    built.push(wanted.join('+'));
    const number = built.length;
    await hold(wanted.join('+'));
    const images = build.platforms.map(async (platform) => {
      const base = bases[architectures.indexOf(platform.architecture as 'amd64')];
      const layers = [await makeLayer({ built: `${number}` })];
      return makeImage({ ...(base === undefined ? {} : { base }), layers, platform });
    });
    return makeIndex(await Promise.all(images), { annotations });
  });
  const scanner = createTestScanner((_, digest) => {
    scanned.add(digest);
    return [];
  });
  const run = createTestRun(config, { engine, scanner });
  return { ...run, engines: [...others, ...run.engines], world: { ...run.world, now, sleep } };
}

// Twenty times as fast, and the same for all: pauses that pass at once would outlast whoever builds.
const started = Date.now();
const now = () => new Date(started + 20 * (Date.now() - started));
const sleep = (milliseconds: number, signal?: AbortSignal) =>
  delay(milliseconds / 20, undefined, signal === undefined ? {} : { signal });

async function planned(more?: Partial<Config>) {
  const planning = machine(more);
  const images = await checkBuilds(planning, (await discover(planning.world, planning.config)).builds);
  const steps = plan(images, planning.config);
  const run = await runOf(planning, steps, []);
  const file = join(root, 'run.json');
  await writeFile(file, serialiseRun(run));
  const results = steps.levels.flat().map((step) => ({ kind: 'planned', image: step.image, level: 0, step }));
  const report = { ...assembleReport(planning, 'plan', results as never, []), finishedAt: now().toISOString() };
  return { run, report, file } satisfies { run: RunFile; report: RefreshReport; file: string };
}

const childrenOf = (digest: string | undefined) =>
  JSON.parse(String(server.store.manifest('fleet/web', digest ?? '')?.bytes)).manifests;

function isPromoted(digest: string | undefined): void {
  expect(digest).not.toBe(old);
  expect(tags.map((tag) => released(tag))).toEqual([digest, digest]);
  const children = childrenOf(digest);
  expect(children.map(({ platform }: { platform: object }) => platform)).toMatchObject(platforms);
  for (const child of children) expect(scanned.has(digest ?? '') || scanned.has(child.digest)).toBe(true);
}

test('each platform is built by a leg of its own, and the leg that makes the last of them joins and promotes them', async () => {
  const { run, report, file } = await planned();
  expect(run.legs.map(({ id, platform, images }) => [id, platform, images])).toEqual([
    ['1/2', 'linux/amd64', ['web']],
    ['2/2', 'linux/arm64', ['web']],
  ]);
  expect(() => parseRun(serialiseRun({ ...run, legs: run.legs.slice(0, 1) }), 'run.json')).toThrow('its legs are not');
  const first = await refreshLeg(machine(), { file, shard: '1/2' });
  expect([built, released()]).toEqual([['linux/amd64'], old]);
  expect(first.images[0]?.plan?.because).toEqual([
    'linux/amd64 is made, and linux/arm64 not yet: whoever makes the last goes on',
  ]);
  const half = await mergeRun(machine(), run, [report, first]);
  expect([half.missing, half.report.images[0]?.failure?.detail]).toEqual([['2/2'], 'leg 2/2 left nothing']);
  // Nothing is built again, whoever does a leg again.
  await refreshLeg(machine(), { file, shard: '1/2' });
  expect(built).toEqual(['linux/amd64']);
  const second = await refreshLeg(machine(), { file, shard: '2/2' });
  expect(built).toEqual(['linux/amd64', 'linux/arm64']);
  isPromoted(second.images[0]?.promotion?.digest);
  for (const reports of [
    [first, second],
    [second, first],
  ]) {
    const { report: merged, missing } = await mergeRun(machine(), run, [report, ...reports]);
    expect([missing, merged.images[0]?.promotion?.digest, merged.failures]).toEqual([[], released(), []]);
  }
  const lost = await mergeRun(machine(), run, [report, first, { ...second, images: [] }]);
  expect(lost.report.images[0]?.promotion?.digest).toBe(released());
});

test('legs that make their platforms at once lose nothing between them', async () => {
  const { run, report, file } = await planned();
  const both = await Promise.all(['1/2', '2/2'].map((shard) => refreshLeg(machine(), { file, shard })));
  expect(built.toSorted()).toEqual(['linux/amd64', 'linux/arm64']);
  isPromoted(released());
  const { report: merged } = await mergeRun(machine(), run, [report, ...both]);
  expect([merged.images[0]?.promotion?.digest, merged.images[0]?.failure]).toEqual([released(), null]);
});

test('a rerun beside a leg that still builds waits for it, and nothing is built or promoted as two', async () => {
  const { file } = await planned();
  let go = () => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  hold = () => gate;
  const legs = [refreshLeg(machine(), { file, shard: '1/2' })];
  while (built.length === 0) await delay(5);
  legs.push(refreshLeg(machine(), { file, shard: '1/2' }));
  await delay(300);
  expect(built).toEqual(['linux/amd64']);
  go();
  await Promise.all(legs);
  await Promise.all(['2/2', '2/2'].map((shard) => refreshLeg(machine(), { file, shard })));
  expect(built).toEqual(['linux/amd64', 'linux/arm64']);
  isPromoted(released());
});

test('what somebody put under the key of a platform is joined to nothing', async () => {
  const { run, report, file } = await planned();
  await refreshLeg(machine(), { file, shard: '1/2' });
  const [part = ''] = server.store.tags('fleet/web').filter((tag) => tag.startsWith('bir-c1-'));
  const [base] = bases;
  const layers = [await makeLayer({ built: 'elsewhere' })];
  const { annotations } = JSON.parse(
    String(server.store.manifest('fleet/web', server.store.digestOf('fleet/web', part) ?? '')?.bytes),
  );
  const forged = makeIndex([makeImage({ ...(base === undefined ? {} : { base }), layers, ...given(platforms[0]) })], {
    annotations,
  });
  await pushImage(server.store, 'fleet/web', forged, part);
  const second = await refreshLeg(machine(), { file, shard: '2/2' });
  expect([second.images[0]?.promotion, released()]).toEqual([null, old]);
  // Its leg makes it anew, and then it is whole.
  const again = await refreshLeg(machine(), { file, shard: '1/2' });
  expect(built).toEqual(['linux/amd64', 'linux/arm64', 'linux/amd64']);
  isPromoted(again.images[0]?.promotion?.digest);
  const children = childrenOf(released()).map(({ digest }: { digest: string }) => digest);
  expect(children).not.toContain(JSON.parse(String(forged.bytes)).manifests[0].digest);
  const { report: merged } = await mergeRun(machine(), run, [report, second, again]);
  expect(merged.images[0]?.failure).toBe(null);
});

test('a forced run takes nothing of another, and its legs what each other made', async () => {
  await refreshLeg(machine(), { file: (await planned()).file, shard: '1/2' });
  const force = { force: true };
  const { run, report, file } = await planned(force);
  const legs = [];
  for (const shard of ['1/2', '2/2']) legs.push(await refreshLeg(machine(force), { file, shard }));
  expect(built).toEqual(['linux/amd64', 'linux/amd64', 'linux/arm64']);
  isPromoted(legs[1]?.images[0]?.promotion?.digest);
  const { report: merged, missing } = await mergeRun(machine(force), run, [report, ...legs]);
  expect([missing, merged.images[0]?.promotion?.digest, merged.failures]).toEqual([[], released(), []]);
});

test('an image that is current and built anew is not done by the leg of one platform', async () => {
  bases = before;
  await pushImage(server.store, 'library/base', makeIndex(before), '1');
  const force = { force: true };
  const { run, report, file } = await planned(force);
  expect(run.images.map(({ verdict, state }) => [verdict, state])).toEqual([['current', 'planned']]);
  const first = await refreshLeg(machine(force), { file, shard: '1/2' });
  const half = await mergeRun(machine(force), run, [report, first]);
  expect([half.missing, half.report.images[0]?.failure?.detail]).toEqual([['2/2'], 'leg 2/2 left nothing']);
});

test('a platform that fails time after time waits, as any build does', async () => {
  const { file } = await planned();
  hold = async () => {
    throw fail('build-failed', 'web', 'no such package');
  };
  const { attempts } = machine().config.build;
  for (let at = 0; at < attempts; at += 1) await refreshLeg(machine(), { file, shard: '2/2' });
  const last = await refreshLeg(machine(), { file, shard: '2/2' });
  expect(built).toHaveLength(attempts);
  expect(last.images[0]?.failure?.detail).toContain(`the same build failed ${attempts} times`);
  // The other leg has nothing to do with that.
  hold = async () => {};
  const other = await refreshLeg(machine(), { file, shard: '1/2' });
  expect(other.images[0]?.plan).toMatchObject({ pending: true });
});

test('what was to be rebased and is built after all is built whole by the leg that others have left it to', async () => {
  const rebase: Engine = {
    name: 'rebase',
    suits: async () => ({ kind: 'suitable' }),
    remakes: async () => true,
    rebuild: async () => {
      throw fail('unsafe-rebase', 'web', 'it no longer starts');
    },
  };
  const { run, report, file } = await planned();
  const second = await refreshLeg(machine({}, rebase), { file, shard: '2/2' });
  expect(second.images[0]?.plan?.because).toEqual(['the leg of linux/amd64 makes it whole']);
  const first = await refreshLeg(machine({}, rebase), { file, shard: '1/2' });
  expect(built).toEqual(['linux/amd64+linux/arm64']);
  isPromoted(first.images[0]?.promotion?.digest);
  const { report: merged } = await mergeRun(machine(), run, [report, second, first]);
  expect(merged.images[0]).toMatchObject({ failure: null, promotion: { digest: released() } });
});
