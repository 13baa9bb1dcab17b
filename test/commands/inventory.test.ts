import { describe, expect, test } from 'vitest';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { client, config, openShop, type Rule } from '../deploy/support.ts';

interface Row {
  readonly owner: object;
  readonly pods: number;
  readonly tag: { readonly verdict: string };
  readonly notes: readonly string[];
}

const controlled = (kind: string, name: string) => [{ kind, name, controller: true }];

function pod(
  name: string,
  image: string,
  digest: string,
  more: { readonly owners?: object; readonly phase?: string } = {},
) {
  const imageID = digest === '' ? '' : `${image.replace(/:[^:/]*$/, '')}@${digest}`;
  return {
    metadata: { name, namespace: 'shop', ownerReferences: more.owners },
    spec: { containers: [{ name: 'app', image }] },
    status: { phase: more.phase ?? 'Running', containerStatuses: [{ name: 'app', imageID }] },
  };
}

const lists = (pods: readonly object[], makers: Readonly<Record<string, readonly object[]>> = {}): readonly Rule[] => [
  config(),
  client,
  { to: 'get pods ', answers: [{ stdout: { items: pods } }] },
  ...Object.entries(makers).map(([what, items]) => ({ to: `get ${what} `, answers: [{ stdout: { items } }] })),
  { to: ' get ', answers: [{ stdout: { items: [] } }] },
];

const maker = (kind: string, name: string, by: string, of: string) => ({
  kind,
  metadata: { name, namespace: 'shop', ownerReferences: controlled(by, of) },
});

async function listed(rules: (shop: Awaited<ReturnType<typeof openShop>>) => readonly Rule[], inputs: object = {}) {
  const shop = await openShop();
  const ran = await shop.deploy(rules(shop), {}, { command: 'inventory', ...inputs });
  return { ...ran, shop, document: JSON.parse(JSON.stringify(ran.report ?? null)) };
}

describe('inventory', () => {
  test('says of what runs its owner, and whether tag and gate are as they should be', async () => {
    const { document, conclusion, shop } = await listed(({ old, digest }) => [
      ...lists(
        [
          pod('web-1-a', old, digest, { owners: controlled('ReplicaSet', 'web-1') }),
          pod('web-1-b', old, digest, { owners: controlled('ReplicaSet', 'web-1') }),
          pod('roll-1-a', old, digest, { owners: controlled('ReplicaSet', 'roll-1') }),
          pod('clean-7-a', old, digest, { owners: controlled('Job', 'clean-7') }),
          pod('once-a', old, digest, { owners: controlled('Job', 'once') }),
          pod('db-0', old, digest, { owners: controlled('StatefulSet', 'db') }),
          pod('bare', old, digest),
          pod('done', old, digest, { phase: 'Succeeded' }),
        ],
        {
          'replicasets.apps': [
            maker('ReplicaSet', 'web-1', 'Deployment', 'web'),
            maker('ReplicaSet', 'roll-1', 'Rollout', 'roll'),
          ],
          'jobs.batch': [maker('Job', 'clean-7', 'CronJob', 'clean')],
        },
      ),
    ]);
    const rows = document.running.map(({ owner, pods }: Row) => ({ ...owner, pods }));
    expect(rows).toEqual([
      { kind: 'deployment', name: 'web', pods: 2 },
      { kind: 'rollout', name: 'roll', pods: 1 },
      { kind: 'cronjob', name: 'clean', pods: 1 },
      { kind: 'job', name: 'once', pods: 1 },
      { kind: 'statefulset', name: 'db', pods: 1 },
      { kind: 'pod', name: 'bare', pods: 1 },
    ]);
    expect(document.running[0]).toMatchObject({
      target: 'shop',
      namespace: 'shop',
      container: 'app',
      image: shop.old,
      digest: shop.digest,
      tag: { verdict: 'current', now: shop.digest },
      base: { verdict: 'unknown', reference: null },
      gate: { verdict: 'passed' },
      notes: ['nothing records its base'],
    });
    expect(conclusion).toBe('succeeded');
    expect(shop.calls().filter(({ args }) => args.some((arg) => /^(?:patch|apply|delete|create)$/.test(arg)))).toEqual(
      [],
    );
  });

  test('knows what is behind its tag, on a stale base, and was never promoted', async () => {
    const shop = await openShop();
    const layers = [await makeLayer({ base: 'old' })];
    const base = makeImage({ layers });
    await pushImage(shop.registry.store, 'team/base', base, '1');
    const reference = `${shop.registry.host}/team/base:1`;
    const annotations = {
      'org.opencontainers.image.base.name': reference,
      'org.opencontainers.image.base.digest': base.descriptor.digest,
    };
    const image = makeImage({ base, layers: [await makeLayer({ app: 'api' })], annotations });
    await pushImage(shop.registry.store, 'team/api', image, '1');
    await pushImage(shop.registry.store, 'team/base', makeImage({ layers: [await makeLayer({ base: 'new' })] }), '1');
    const next = makeImage({ layers: [await makeLayer({ app: 'next' })] });
    await pushImage(shop.registry.store, 'team/api', next, '1');
    const api = `${shop.registry.host}/team/api:1`;
    const rules = lists([pod('api', api, image.descriptor.digest)]);
    const { report } = await shop.deploy(rules, {}, { command: 'inventory', namespace: 'shop' });
    const [entry] = JSON.parse(JSON.stringify(report)).running;
    expect(entry).toMatchObject({
      target: 'the cluster',
      tag: { verdict: 'behind', now: next.descriptor.digest },
      base: { verdict: 'stale', reference: `${reference}@${base.descriptor.digest}` },
      gate: { verdict: 'unproven' },
    });
    expect(entry.notes).toEqual([expect.stringMatching(/^no record in .*team\/api says that sha256:/)]);
  });

  test('does not take for current what no node has pulled, or has no tag', async () => {
    const { document } = await listed(({ old, wanted, digest }) => [
      ...lists([pod('a', old, ''), pod('b', wanted, digest), pod('c', 'NO', digest)]),
    ]);
    const rows = document.running.map(({ tag, notes }: Row) => [tag.verdict, notes[0]]);
    expect(rows).toEqual([
      ['unknown', 'the node does not say which digest it runs'],
      ['unknown', 'it is named by digest alone, so that no tag says what it should be'],
      ['unknown', 'NO is no reference of an image'],
    ]);
  });

  test('goes on with what pods say where owners may not be listed', async () => {
    const { document, words, conclusion } = await listed(({ old, digest }) => [
      { to: 'get (?:replicasets|jobs)', answers: [{ code: 1, stderr: 'Error from server (Forbidden): no\n' }] },
      ...lists([pod('web-1-a', old, digest, { owners: controlled('ReplicaSet', 'web-1') })]),
    ]);
    expect(document.running[0].owner).toEqual({ kind: 'replicaset', name: 'web-1' });
    expect(words).toContain('owners are known by their pods alone');
    expect(conclusion).toBe('succeeded');
  });

  test('is incomplete where the cluster or a registry does not answer', async () => {
    const silent = await listed(() => [
      config(),
      client,
      { to: ' get ', answers: [{ code: 1, stderr: 'error: no\n' }] },
    ]);
    expect(silent.conclusion).toBe('incomplete');
    const gone = await listed(({ digest, registry }) => lists([pod('a', `${registry.host}/team/gone:1`, digest)]));
    expect(gone.document.running[0].tag.verdict).toBe('unknown');
    expect(gone.conclusion).toBe('incomplete');
  });

  test('asks all namespaces at once, and refuses what is no name', async () => {
    const { shop } = await listed(() => lists([]), { namespace: '*' });
    expect(shop.calls().some(({ args }) => args.includes('pods') && args.includes('--all-namespaces'))).toBe(true);
    const refused = await listed(() => lists([]), { namespace: '--x' });
    expect(refused.conclusion).toBe('usage-error');
  });
});
