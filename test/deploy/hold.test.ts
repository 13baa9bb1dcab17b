import { describe, expect, test } from 'vitest';
import { client, config, deploymentOf, openShop, type Rule } from './support.ts';

const none: Rule = { to: ' get ', answers: [{ stdout: { items: [] } }] };

/** A shop with staging and production, of which production runs the old image. */
async function twoTargets(staging: (shop: Awaited<ReturnType<typeof openShop>>) => readonly Rule[], more: object = {}) {
  const shop = await openShop();
  const names = ['staging', 'production'];
  const targets = names.map((name) => ({ name, namespaces: [name], timeout: '1s' }));
  shop.write('.base-image-refresh.yml', { deploy: [{ ...targets[0], ...more }, targets[1]] });
  const rules: readonly Rule[] = [
    config(),
    client,
    ...staging(shop),
    {
      to: 'get deployments.apps --namespace=production --show',
      answers: [{ stdout: { items: [deploymentOf(shop.old)] } }],
    },
    { to: 'get deployments.apps .* web ', answers: [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }] },
    { to: ' patch ', answers: [{ stdout: deploymentOf(shop.wanted, { generation: 2 }) }] },
    none,
  ];
  const ran = await shop.deploy(rules);
  const [first, second] = ran.deployment?.targets ?? [];
  return { ...ran, first, second, patched: shop.calls().some(({ args }) => args.includes('patch')) };
}

/** A StatefulSet of staging that runs an image. */
function setOf(image: string, spec: object, status: object): readonly Rule[] {
  const { spec: common, ...rest } = deploymentOf(image);
  const metadata = { ...rest.metadata, namespace: 'staging', uid: 's' };
  const set = { metadata, spec: { ...common, ...spec }, status: { observedGeneration: 1, ...status } };
  return [
    { to: 'get statefulsets.apps --namespace=staging --show', answers: [{ stdout: { items: [set] } }] },
    { to: 'get statefulsets.apps --namespace=staging web', answers: [{ stdout: set }] },
  ];
}

describe('what an earlier run left pending holds what follows again', () => {
  const onDelete = { updateStrategy: { type: 'OnDelete' } };
  const partition = { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } };
  const apart = { currentRevision: 'a', updateRevision: 'b' };
  test.each<[string, object, object, string]>([
    ['OnDelete and no pod is ready', onDelete, { replicas: 1, ...apart }, 'its strategy is OnDelete'],
    ['OnDelete and the old pod runs on', onDelete, { readyReplicas: 1, ...apart }, 'its strategy is OnDelete'],
    ['a partition', partition, { readyReplicas: 3, updatedReplicas: 1, ...apart }, 'its partition is 2'],
    ['no replicas', { replicas: 0 }, {}, 'it has no replicas'],
  ])('%s', async (_, spec, status, why) => {
    const ran = await twoTargets(({ wanted }) => setOf(wanted, spec, status));
    expect(ran.first?.workloads, ran.words).toMatchObject([{ state: 'pending', why: expect.stringContaining(why) }]);
    expect(ran.second).toMatchObject({ state: 'held', why: 'staging is not known to be healthy' });
    expect(ran.conclusion).toBe('incomplete');
    expect(ran.patched).toBe(false);
  });

  test.each<[string, object, object]>([
    ['all pods were replaced by hand', onDelete, { readyReplicas: 1, updatedReplicas: 1, ...apart }],
    ['the revisions are one', partition, { readyReplicas: 3, currentRevision: 'b', updateRevision: 'b' }],
  ])('until it is in effect: %s', async (_, spec, status) => {
    const ran = await twoTargets(({ wanted }) => setOf(wanted, spec, status));
    expect(ran.first?.workloads, ran.words).toMatchObject([{ state: 'current' }]);
    expect(ran.second?.workloads).toMatchObject([{ state: 'rolled-out' }]);
    expect(ran.conclusion).toBe('succeeded');
  });
});

describe('a target in which nothing runs what it takes', () => {
  test('shows nothing, and what follows is held', async () => {
    const ran = await twoTargets(() => []);
    expect(ran.first).toMatchObject({ state: 'done', why: 'no workload runs the promoted releases' });
    expect(ran.second).toMatchObject({
      state: 'held',
      why: 'no workload of staging runs the promoted releases',
    });
    expect(ran.words).toContain('production: held, no workload of staging runs the promoted releases');
    expect(ran.conclusion).toBe('incomplete');
    expect(ran.patched).toBe(false);
  });

  test('holds nothing where it takes none of the promoted images', async () => {
    const ran = await twoTargets(() => [], { images: ['api'] });
    expect(ran.first?.workloads, ran.words).toMatchObject([{ state: 'rolled-out' }]);
    expect(ran.deployment?.targets.map(({ name }) => name)).toEqual(['production']);
    expect(ran.conclusion).toBe('succeeded');
  });
});
