import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { client, config, deploymentOf, openShop, type Rule, savedReport } from './support.ts';

const digest = `sha256:${'0'.repeat(64)}`;

async function shopWithout(report: boolean) {
  const shop = await openShop();
  if (!report) rmSync(join(shop.folder, '.base-image-refresh', 'report.json'));
  const rules: readonly Rule[] = [
    config(),
    client,
    { to: 'get deployments.apps --namespace=shop --show', answers: [{ stdout: { items: [deploymentOf(shop.old)] } }] },
    { to: 'get deployments.apps .* web ', answers: [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }] },
    { to: ' patch ', answers: [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }] },
    { to: ' get ', answers: [{ stdout: { items: [] } }] },
  ];
  const record = (name: string, at: string, to: string) =>
    shop.write(`.base-image-refresh/promotions/${name}.json`, {
      schemaVersion: 1,
      at,
      digest: to,
      tags: [{ reference: shop.old, previous: null }],
    });
  return { ...shop, rules, record };
}

describe('without a file', () => {
  test('the report of the output directory is taken, and its own record counts once', async () => {
    const shop = await shopWithout(true);
    shop.record('one', '2026-11-20T04:09:00.000Z', shop.digest);
    const { report, workload, words } = await shop.deploy(shop.rules);
    expect(workload?.state, words).toBe('rolled-out');
    expect(report?.images.map(({ name, dockerfile }) => [name, dockerfile])).toEqual([['web', 'Dockerfile']]);
  });

  test('a record of a run that was killed before its report is enough', async () => {
    const shop = await shopWithout(false);
    shop.record('one', '2026-11-20T04:09:00.000Z', shop.digest);
    shop.write('.base-image-refresh/promotions/broken.json', { schemaVersion: 1 });
    const { report, workload, words } = await shop.deploy(shop.rules);
    expect(workload?.state, words).toBe('rolled-out');
    expect(report?.images.map(({ name }) => name)).toEqual([shop.old]);
  });

  test('a record of what never became the release does not get in the way of what is', async () => {
    const shop = await shopWithout(true);
    shop.record('later', '2026-11-20T05:00:00.000Z', digest);
    shop.record('undated', 'yesterday', digest);
    const { conclusion, report, workload } = await shop.deploy(shop.rules);
    expect(conclusion).toBe('succeeded');
    expect(report?.images.map(({ name }) => name)).toEqual(['web']);
    expect(workload?.containers).toMatchObject([{ from: shop.old, to: shop.wanted }]);
  });

  test('nothing is nothing to deploy', async () => {
    const shop = await shopWithout(false);
    const { conclusion, words } = await shop.deploy(shop.rules);
    expect(conclusion).toBe('usage-error');
    expect(words).toContain('contains no promotion; give the report.json of a run that promoted an image.');
  });
});

describe('with files', () => {
  test('each tells of its images, and of one image the later', async () => {
    const shop = await shopWithout(true);
    const name = shop.old.replace(/:1$/, '');
    shop.write('old.json', { ...savedReport(name, digest), finishedAt: '2026-11-19T00:00:00.000Z' });
    shop.write('new.json', savedReport(name, shop.digest));
    const { conclusion, report } = await shop.deploy(shop.rules, {}, { path: 'old.json\nnew.json' });
    expect(conclusion).toBe('succeeded');
    expect(report?.images).toMatchObject([{ name: 'web', promotion: { digest: shop.digest } }]);
  });

  test('the report of an earlier deployment is taken too, and nothing was lost from it', async () => {
    const shop = await shopWithout(true);
    const first = await shop.deploy(shop.rules);
    expect(first.report?.command).toBe('deploy');
    const saved = join('.base-image-refresh', 'deploy', 'report.json');
    const again = await shop.deploy(shop.rules, {}, { path: saved });
    expect(again.conclusion).toBe('succeeded');
    expect(again.report?.images[0]?.gate).toEqual(first.report?.images[0]?.gate);
  });
});

test('without a target there is nothing to do', async () => {
  const shop = await openShop();
  const { conclusion, words } = await shop.deploy([config()], {}, { 'deploy-target': 'none' });
  expect(conclusion).toBe('usage-error');
  expect(words).toContain('deploy: no target is configured; add deploy to .base-image-refresh.yml');
});
