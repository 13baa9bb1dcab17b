import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { discover } from '../../core/discover/discover.ts';
import { runOf } from '../../core/fleet/plan-run.ts';
import { refreshLeg } from '../../core/fleet/refresh-leg.ts';
import { serialiseRun } from '../../core/fleet/run-file.ts';
import { plan } from '../../core/plan/plan.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import { checkBuilds } from '../../core/refresh/check-builds.ts';
import { furtherReasons } from '../../core/refresh/further-reasons.ts';
import { refresh } from '../../core/refresh.ts';
import type { ReportedImage } from '../../core/report/report.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import type { Finding } from '../../core/scan/finding.ts';
import type { Scanner } from '../../core/scan/scanner.ts';
import { makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, finding, pinnedBase, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;
let builds: number;
beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'further-test-'));
  builds = 0;
  const base = makeImage({ layers: [await makeLayer({ 'etc/base': '1' })] });
  await pushImage(server.store, 'library/base', base, '1');
  await write(`FROM ${server.host}/library/base:1\nRUN apt-get install -y curl\n`);
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

async function write(dockerfile: string): Promise<void> {
  await mkdir(join(root, 'app'), { recursive: true });
  await writeFile(join(root, 'app/Dockerfile'), dockerfile);
}

// A build that comes out another each time, as one that installs packages does.
async function make(order: BuildOrder) {
  builds += 1;
  const layers = [await makeLayer({ built: `time ${builds}` })];
  return makeIndex([makeImage({ ...pinnedBase(server, order), layers })], { annotations: order.annotations });
}

const clean = createTestScanner(() => []);
const days = (count: number) => count * 86_400_000;

async function run(config: Partial<Config>, { scanner = clean, later = 0, ...parts }: Asked = {}) {
  const engine = { ...createTestEngine(server, make), ...parts };
  const made = createTestRun(testConfig(root, { imageInputs: { app: at(server, 'team/app', '1') }, ...config }), {
    engine,
    scanner,
  });
  const world = { ...made.world, now: () => new Date(made.world.now().getTime() + later) };
  const report = await refresh({ ...made, world });
  return { image: report.images[0] as ReportedImage, conclusion: conclusionOf(report, 'never'), report };
}

interface Asked {
  readonly scanner?: Scanner;
  readonly later?: number;
  readonly name?: 'rebase';
}

const released = () => server.store.digestOf('team/app', '1');

it('builds again what is older than max-age, once', async () => {
  await run({});
  const first = released();
  const maxAge = { text: '30d', milliseconds: days(30) };
  const rebuildRules = { reasons: [], maxAge };
  expect((await run({ rebuildRules }, { later: days(29) })).image.plan?.action).toBe('skip');
  const old = await run({ rebuildRules }, { later: days(31) });
  expect(old.image.plan?.because[0]).toMatch(/^it was built \d{4}-.* UTC, and max-age is 30d$/);
  expect([old.image.verdict, released() === first, builds]).toEqual(['current', false, 2]);
  expect((await run({ rebuildRules }, { later: days(31) })).image.plan?.action).toBe('skip');
  expect(builds).toBe(2);
});

it.each(['1970-01-01T00:00:00Z', '2099-01-01T00:00:00Z'])(
  'takes what was built %s for too old, for nobody knows its age',
  async (created) => {
    const base = server.store.digestOf('library/base', '1');
    const annotations = { 'org.opencontainers.image.base.digest': String(base) };
    await pushImage(server.store, 'team/app', makeIndex([makeImage({ created })], { annotations }), '1');
    const { image } = await run({ rebuildRules: { reasons: [], maxAge: { text: '1w', milliseconds: days(7) } } });
    expect(image.plan?.because).toEqual(['nothing records when it was built, and max-age is 1w']);
  },
);

it('swaps no layers for what a build has to bring', async () => {
  await run({});
  const rebuildRules = { reasons: [], maxAge: { text: '1d', milliseconds: days(1) } };
  const auto = await run({ rebuildRules }, { later: days(2), name: 'rebase' });
  expect(auto.image.failure?.code).toBe('missing-tool');
  const swapped = await run({ rebuildRules, engine: 'rebase' }, { later: days(2), name: 'rebase' });
  expect(swapped.image.plan?.action).toBe('skip');
});

it('rebuilds where what builds the image has changed, if the checkout is what is built', async () => {
  await run({});
  const rebuildRules = { reasons: ['build-file'] } as const;
  expect((await run({ rebuildRules })).image.plan?.action).toBe('skip');
  await write(`FROM ${server.host}/library/base:1\nRUN apt-get install -y wget\n`);
  const changed = await run({ rebuildRules });
  expect(changed.image.plan?.because).toEqual(['what builds it is not what it was built by']);
  expect((await run({ rebuildRules })).image.plan?.action).toBe('skip');
  const { image } = await run({ rebuildRules, args: { VERSION: '2' } });
  expect(image.plan?.because).toEqual(['what builds it is not what it was built by']);
});

it('puts an image through the gate again when that is another one', async () => {
  await run({});
  const rebuildRules = { reasons: ['policy'] } as const;
  expect((await run({ rebuildRules })).image.plan?.action).toBe('skip');
  const gate = { severityThreshold: 'low', onlyFixable: false, newOnly: false, exceptions: [] } as const;
  const before = released();
  const scanner = createTestScanner(() => [{ ...finding('CVE-9', 'low'), owner: 'app' }]);
  const refused = await run({ rebuildRules, gate }, { scanner });
  expect(refused.image.plan?.because).toEqual(['the gate is not the one that let it through']);
  expect([refused.image.gate?.verdict, refused.conclusion, released()]).toEqual(['fail', 'policy-failed', before]);
  expect((await run({ rebuildRules, gate })).image.promotion).not.toBeNull();
  expect((await run({ rebuildRules, gate })).image.plan?.action).toBe('skip');
});

const curl = (id: string, more: Partial<Finding> = {}): Finding => ({
  ...finding(id, 'high', '8.5'),
  package: { name: 'curl' },
  owner: 'app',
  ...more,
});

it('promotes a trial build that takes a fix', async () => {
  await run({});
  const before = released();
  const scanner = createTestScanner((_, digest) => (isIn(before, digest) ? [curl('CVE-1')] : []));
  const { image, conclusion } = await run({ rebuildRules: { reasons: ['fixable'] } }, { scanner });
  expect(image.plan?.because).toEqual([
    'there are fixes of 1 finding from high on in what its build installs (CVE-1 of curl), and a trial build on the same base decides',
  ]);
  expect([conclusion, image.promotion?.digest === released(), released() === before]).toEqual([
    'succeeded',
    true,
    false,
  ]);
  expect((await run({ rebuildRules: { reasons: ['fixable'] } }, { scanner })).image.plan?.action).toBe('skip');
});

it('promotes no trial build that takes none, and makes it again when the scanner knows other fixes, or in another week', async () => {
  await run({});
  const before = released();
  const rebuildRules = { reasons: ['fixable'] } as const;
  const scanner = createTestScanner(() => [curl('CVE-1')]);
  const idle = await run({ rebuildRules }, { scanner });
  expect(idle.image.plan).toMatchObject({
    action: 'skip',
    because: ['a trial build on the same base takes none of the fixes that are known'],
  });
  expect([idle.conclusion, released(), builds]).toEqual(['succeeded', before, 2]);
  expect(server.store.tags('team/app').filter((tag) => tag.startsWith('bir-c1-'))).toEqual([]);
  const again = await run({ rebuildRules }, { scanner });
  expect(again.image.plan?.because[0]).toMatch(/^the trial build of .* took none of these fixes; run with force/);
  expect(builds).toBe(2);
  await run({ rebuildRules }, { scanner: createTestScanner(() => [curl('CVE-1'), curl('CVE-2')]) });
  expect(builds).toBe(3);
  await run({ rebuildRules }, { scanner, later: days(7) });
  expect([builds, released()]).toEqual([4, before]);
});

it('makes no trial build for what it cannot mend, or policy accepts', async () => {
  await run({});
  const rebuildRules = { reasons: ['fixable'] } as const;
  const { fixed: _, ...unfixed } = curl('CVE-1');
  const gate = {
    severityThreshold: 'high',
    onlyFixable: false,
    newOnly: false,
    exceptions: [{ id: 'CVE-3', reason: 'not reachable' }],
  } as const;
  for (const found of [unfixed, curl('CVE-2', { owner: 'base' }), curl('CVE-3'), curl('CVE-4', { severity: 'low' })]) {
    const { image } = await run({ rebuildRules, gate }, { scanner: createTestScanner(() => [found]) });
    expect([found.id, image.plan?.action]).toEqual([found.id, 'skip']);
  }
  expect(builds).toBe(1);
});

it('does not take an image that could not be scanned for one that needs no rebuild', async () => {
  await run({});
  const broken: Scanner = {
    name: 'test',
    scan: async () => {
      throw new Error('no database');
    },
  };
  const { image, conclusion } = await run({ rebuildRules: { reasons: ['fixable'] } }, { scanner: broken });
  expect([image.plan?.action, image.plan?.because, conclusion]).toEqual([
    'skip',
    ['it is not known whether it needs a rebuild'],
    'incomplete',
  ]);
  expect(builds).toBe(1);
});

it('has a leg do what was planned, which finds out nothing anew', async () => {
  await run({});
  const before = released();
  const rebuildRules = { reasons: ['fixable'] } as const;
  let scans = 0;
  const scanner = createTestScanner((_, digest) => {
    scans += 1;
    return isIn(before, digest) ? [curl('CVE-1')] : [];
  });
  const config = testConfig(root, { imageInputs: { app: at(server, 'team/app', '1') }, rebuildRules });
  const engine = createTestEngine(server, make);
  const planning = createTestRun(config, { engine, scanner });
  const images = await checkBuilds(planning, (await discover(planning.world, config)).builds);
  const planned = plan(images, { force: false, further: await furtherReasons(planning, images) });
  const file = await runOf(planning, planned, []);
  expect([scans, file.images[0]?.trial, file.images[0]?.epoch]).toEqual([
    1,
    true,
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  await writeFile(join(root, 'run.json'), serialiseRun(file));
  const leg = createTestRun(config, { engine, scanner });
  const report = await refreshLeg(leg, { file: join(root, 'run.json'), shard: '1/1' });
  expect(report.images[0]?.plan?.because).toEqual(file.images[0]?.because);
  // Of what was built and of what it replaces; nothing was scanned to find a reason.
  expect([report.images[0]?.promotion?.digest, scans]).toEqual([released(), 3]);
  expect(released()).not.toBe(before);
});

function isIn(index: string | undefined, digest: string): boolean {
  return String(server.store.manifest('team/app', index ?? '')?.bytes).includes(digest) || index === digest;
}
