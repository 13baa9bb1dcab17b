import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest';
import type { Config } from '../../core/config/model.ts';
import { discover } from '../../core/discover/discover.ts';
import { plan } from '../../core/plan/plan.ts';
import type { Engine } from '../../core/rebuild/engine.ts';
import { carryOut } from '../../core/refresh/apply-plan.ts';
import { assembleReport } from '../../core/refresh/assemble-report.ts';
import { checkBuilds } from '../../core/refresh/check-builds.ts';
import { renderTable } from '../../core/report/table.ts';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { at, closeHarnesses } from '../registry/harness.ts';
import { createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';

let server: TestRegistry;
let root: string;

beforeEach(async () => {
  server = await startRegistry();
  root = await mkdtemp(join(tmpdir(), 'foresee-test-'));
  const secret = 'RUN --mount=type=secret,id=token,required=true true';
  await writeFile(join(root, 'Dockerfile'), `FROM ${server.host}/library/base:1\n${secret}\n`);
  const base = async (content: string) => makeImage({ layers: [await makeLayer({ base: content })] });
  const old = await base('old');
  await pushImage(server.store, 'team/web', makeImage({ base: old, layers: [await makeLayer({ app: 'app' })] }), '1');
  await pushImage(server.store, 'library/base', await base('new'), '1');
});
afterEach(async () => {
  await server.close();
  await rm(root, { recursive: true });
});
afterAll(closeHarnesses);

async function foreseen(command: 'plan' | 'refresh', engine: Engine, overrides: Partial<Config> = {}) {
  const images = { imageInputs: { '': at(server, 'team/web', '1') } };
  const config = testConfig(root, { command, dryRun: true, ...images, ...overrides });
  const run = createTestRun(config, { engine, scanner: createTestScanner(() => []) });
  const { builds } = await discover(run.world, config);
  const results = await carryOut(run, plan(await checkBuilds(run, builds), { force: false }));
  const report = assembleReport(run, command, results, []);
  const screen = { columns: 200, colour: false, unicode: true };
  return { plan: report.images[0]?.plan, table: renderTable(report, screen as Parameters<typeof renderTable>[1]) };
}

test('a plan names what would hold an image that no builder can make as it was', async () => {
  const { plan: known, table } = await foreseen('plan', createTestEngine(server));
  expect(known?.held?.detail).toContain('token');
  expect(table).toContain('1 image: 1 would be held.');
});

test('a plan names the rebase that a refresh will make in its place', async () => {
  const rebase = { ...createTestEngine(server), name: 'rebase' as const };
  const { plan: known, table } = await foreseen('plan', rebase);
  expect(known?.held).toBeUndefined();
  expect(known?.engine?.name).toBe('rebase');
  expect(table).toContain('1 image: 1 would be rebuilt.');
});

test('a dry run says once what would hold an image, and counts it apart', async () => {
  const { table } = await foreseen('refresh', createTestEngine(server), { source: 'released' });
  const remedy = 'set --source to checkout once to build what is checked out and record it';
  expect(table.replace(/\s+/g, ' ').split(remedy)).toHaveLength(2);
  expect(table).toContain('Dry run: nothing was written. 1 image: 1 would be held.');
});
