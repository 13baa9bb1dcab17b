import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../core/oci/digest.ts';
import { formatReference, type Reference } from '../../core/oci/reference.ts';
import type { Registry } from '../../core/registry/registry.ts';
import { releasedNow } from '../../core/report/released.ts';
import { recordInRegistry } from '../support/promotion-records.ts';
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
  const record = (name: string, at: string, to: string, more: object = {}) =>
    shop.write(`.base-image-refresh/promotions/${name}.json`, {
      schemaVersion: 1,
      at,
      digest: to,
      ...more,
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

describe('images of a target', () => {
  const taking = (shop: Awaited<ReturnType<typeof openShop>>, ...images: readonly string[]) =>
    shop.write('.base-image-refresh.yml', { deploy: [{ name: 'shop', timeout: '1s', images }] });

  test('takes what only a record tells of by the name that it had', async () => {
    const shop = await shopWithout(false);
    taking(shop, 'web');
    shop.record('one', '2026-11-20T04:09:00.000Z', shop.digest, { image: 'web' });
    const { report, workload, words } = await shop.deploy(shop.rules);
    expect(workload?.state, words).toBe('rolled-out');
    expect(report?.images.map(({ name }) => name)).toEqual(['web']);
  });

  test('takes the second of two promotions of one name too', async () => {
    const shop = await shopWithout(true);
    taking(shop, 'web');
    const name = shop.old.replace(/:1$/, '');
    shop.registry.store.tag('team/web', 'latest', shop.digest);
    const tags = [{ reference: `${name}:1` }, { reference: `${name}:latest` }];
    await recordInRegistry(shop.registry, 'team/web', shop.digest, { tags });
    const promotion = { digest: shop.digest, tags: [{ reference: `${name}:latest`, previous: null }] };
    shop.write('a.json', savedReport(name, shop.digest));
    shop.write('b.json', savedReport(name, shop.digest, { promotion }));
    const { report, words } = await shop.deploy(shop.rules, {}, { path: 'a.json\nb.json' });
    expect(
      report?.images.map((image) => [image.name, image.deployment?.targets.length]),
      words,
    ).toEqual([
      ['web', 1],
      [`web (${name}:latest)`, 1],
    ]);
  });

  test('that fits none is told, and so is the image that no target takes', async () => {
    const shop = await shopWithout(true);
    taking(shop, 'wbe');
    const { words, deployment } = await shop.deploy(shop.rules);
    expect(words).toContain('shop: images names "wbe", which is no image of this run; the nearest image is web.');
    expect(words).toContain('web: was promoted, and no target takes it; add web to the images of a target.');
    expect(deployment?.verdict).toBe('nowhere');
  });

  test('may be of an image that the configuration names and this report does not', async () => {
    const shop = await shopWithout(true);
    const images = [{ name: 'api', dockerfile: 'api/Dockerfile' }];
    const deploy = [{ name: 'shop', timeout: '1s', images: ['web', 'api'] }];
    shop.write('.base-image-refresh.yml', { images, deploy });
    const { words, conclusion } = await shop.deploy(shop.rules);
    expect(conclusion, words).toBe('succeeded');
    expect(words).not.toContain('is no image');
  });
});

test('a promotion of which somebody moved one tag is deployed by the other, and does not end well', async () => {
  const shop = await shopWithout(true);
  const name = shop.old.replace(/:1$/, '');
  const tags = ['1', 'latest'].map((tag) => ({ reference: `${name}:${tag}`, previous: null }));
  const promotion = { digest: shop.digest, tags };
  shop.write('.base-image-refresh/report.json', savedReport(name, shop.digest, { promotion }));
  const { conclusion, report, workload, words } = await shop.deploy(shop.rules);
  expect(workload?.state, words).toBe('rolled-out');
  expect(words).toContain(`${name}:latest: names nothing and not the promoted ${shop.digest}`);
  expect(report?.images.map(({ failure }) => failure?.code)).toEqual([undefined, 'moved']);
  expect(conclusion).toBe('incomplete');
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

describe('a promotion that was written by hand', () => {
  const evil = `sha256:${'e'.repeat(64)}`;
  const forged = (shop: Awaited<ReturnType<typeof openShop>>, reference: string) => ({
    promotion: { digest: shop.digest, tags: [{ reference, previous: null }] },
  });
  const references = [
    ['a tag with a digest', (name: string, digest: string) => `${name}:1@${digest}`],
    ['a digest without a tag', (name: string, digest: string) => `${name}@${digest}`],
    ['no reference', () => 'UPPER CASE'],
  ] as const;

  test.each(references)('of %s in a report is refused, and the cluster is not asked', async (_, make) => {
    const shop = await shopWithout(true);
    const name = shop.old.replace(/:1$/, '');
    const reference = make(name, shop.digest);
    shop.write('forged.json', savedReport(name, shop.digest, forged(shop, reference)));
    const { conclusion, words } = await shop.deploy(shop.rules, {}, { path: 'forged.json' });
    expect(conclusion).toBe('usage-error');
    expect(words).toContain(`forged.json: names ${reference} as promoted, which is no release tag; give the`);
    expect(existsSync(join(shop.folder, 'calls.jsonl'))).toBe(false);
  });

  test.each(references)('of %s in a record is refused by its file', async (_, make) => {
    const shop = await shopWithout(true);
    const reference = make(shop.old.replace(/:1$/, ''), shop.digest);
    shop.write('.base-image-refresh/promotions/forged.json', {
      schemaVersion: 1,
      at: '2026-11-20T04:09:00.000Z',
      digest: shop.digest,
      tags: [{ reference, previous: null }],
    });
    const { conclusion, words } = await shop.deploy(shop.rules);
    expect(conclusion).toBe('usage-error');
    expect(words).toContain(`promotions/forged.json: names ${reference} as promoted, which is no release tag`);
  });

  test('is asked by its tag even where a digest stands beside it', async () => {
    const asked: string[] = [];
    const registry = {
      forget: () => {},
      head: async (reference: Reference) => {
        asked.push(formatReference(reference));
        return { digest: shop.digest };
      },
    } as unknown as Registry;
    const shop = await shopWithout(true);
    const [image] = savedReport('ghcr.io/acme/web', evil).images;
    if (image === undefined) throw new Error('no image');
    const tags = [{ reference: `ghcr.io/acme/web:1@${evil}` }];
    const promoted = { name: 'web', image, promotion: { at: '', digest: evil as Digest, tags } };
    expect(await releasedNow(registry, [promoted])).toMatchObject([{ kind: 'withdrawn' }]);
    expect(asked).toEqual(['ghcr.io/acme/web:1']);
  });
});

describe('what its own report did not clear', () => {
  const gate = { breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null };
  test.each([
    ['its gate failed', { gate: { ...gate, verdict: 'fail' as const } }, {}],
    ['its tests failed', { validation: { verdict: 'fail' as const, checks: [], changes: [] } }, {}],
    ['it was a dry run', {}, { dryRun: true }],
  ])('is not deployed without a file either: %s', async (_, image, more) => {
    const shop = await shopWithout(true);
    const report = { ...savedReport(shop.old.replace(/:1$/, ''), shop.digest, image), ...more };
    shop.write('.base-image-refresh/report.json', report);
    const { conclusion, words } = await shop.deploy(shop.rules);
    expect(conclusion).toBe('usage-error');
    expect(words).toContain('contains no promotion');
  });
});

test('without a target there is nothing to do', async () => {
  const shop = await openShop();
  const { conclusion, words } = await shop.deploy([config()], {}, { 'deploy-target': 'none' });
  expect(conclusion).toBe('usage-error');
  expect(words).toContain('deploy: no target is configured; add deploy to .base-image-refresh.yml');
});

test('what registries say of their limits is in the report of a deployment too', async () => {
  const shop = await openShop();
  const limits = { 'ratelimit-limit': '100;w=21600', 'ratelimit-remaining': '42;w=21600' };
  const { report } = await shop.deploy(
    [config(), client, { to: ' get ', answers: [{ stdout: { items: [] } }] }],
    {},
    {},
    (real) => ({
      http: async (request) => {
        const answer = await real.http(request);
        return { ...answer, headers: { ...answer.headers, ...limits } };
      },
    }),
  );
  expect(report?.requests.rateLimits).toMatchObject([{ host: shop.registry.host, remaining: 42, limit: 100 }]);
});
