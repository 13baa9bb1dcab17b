import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { useBundles } from '../hosts/bundles.ts';
import { callWorkflow } from './github.ts';
import { type FleetSite, openFleet, tags } from './site.ts';

const bundles = useBundles();
// Processes are slow on a machine that does much else.
vi.setConfig({ testTimeout: 240_000 });
let site: FleetSite;
afterEach(() => site.close());

async function run(night: string) {
  const artifacts = join(site.folder, '..', night);
  mkdirSync(artifacts);
  const machine = { action: bundles().action, workspace: site.folder, artifacts };
  const ends = await callWorkflow(machine, '.github/workflows/refresh.yml', { config: site.settings, shards: '2' });
  return { ends, results: Object.fromEntries(Object.entries(ends).map(([name, { result }]) => [name, result])) };
}

test('the reusable workflow plans, builds level by level and reports; the next night there is nothing to do', async () => {
  site = await openFleet([{ name: 'golden' }, { name: 'web', on: 'golden' }, { name: 'docs' }]);
  const first = await run('first');
  expect(first.results).toEqual({
    ...{ plan: 'success', 'level-1': 'success', 'level-2': 'success', 'level-3': 'skipped', 'level-4': 'skipped' },
    report: 'success',
  });
  expect(first.ends.report?.outputs).toEqual({ conclusion: 'succeeded', stale: 'false', counts: '{"promoted":3}' });
  for (const { name } of site.images) {
    expect(tags.map((tag) => site.released(name, tag) === site.old.get(name))).toEqual([false, false]);
  }
  const artifact = (name: string) => join(site.folder, '../first', name, 'report.json');
  expect(JSON.parse(readFileSync(artifact('refresh-leg-2-0'), 'utf8')).run.shard).toBe('3/3');
  const next = await run('next');
  expect(next.ends.plan?.outputs).toMatchObject({ 'has-work': 'false', matrix: '{"include":[]}' });
  expect(next.results).toMatchObject({ 'level-1': 'skipped', 'level-2': 'skipped', report: 'success' });
  expect(next.ends.report?.outputs).toEqual({ conclusion: 'succeeded', stale: 'false', counts: '{"current":3}' });
});

test('an image that cannot be checked stops no leg, and the run ends as incomplete', async () => {
  site = await openFleet([{ name: 'web' }, { name: 'docs' }]);
  site.registry.inject({ path: '/v2/fleet/web/manifests/1', effect: { kind: 'status', status: 403 } });
  const { results, ends } = await run('night');
  expect(results).toMatchObject({ plan: 'success', 'level-1': 'success', report: 'failure' });
  expect(ends.report?.outputs).toEqual({
    ...{ conclusion: 'incomplete', stale: 'unknown', counts: '{"unknown":1,"promoted":1}' },
  });
  expect([existsSync(join(site.folder, '../night/refresh-plan/run.json')), site.released('web')]).toEqual([
    true,
    site.old.get('web'),
  ]);
});
