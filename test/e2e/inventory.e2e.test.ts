import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type DeploySite, startDeploySite } from './setup/deploy-site.ts';
import type { KubeObject } from './setup/kubernetes.ts';
import { describeWith } from './setup/parts.ts';

describeWith(['kubernetes', 'kubectl'], 'the inventory of a cluster', () => {
  let site: DeploySite;
  let api: DeploySite['cluster']['api'];
  beforeAll(async () => {
    site = await startDeploySite();
    api = site.cluster.api;
  }, 90_000);
  afterAll(() => site?.stop());

  const pods = (): Promise<KubeObject> => api('GET', '/api/v1/namespaces/shop/pods');
  const podOf = async (prefix: string): Promise<string> =>
    (await pods()).items.map((pod: KubeObject) => pod.metadata.name).find((name: string) => name.startsWith(prefix));

  /** What a kubelet says that it pulled under a tag. */
  async function pulled(pod: string, digest: string | undefined): Promise<void> {
    const path = `/api/v1/namespaces/shop/pods/${pod}`;
    const isReady = async () => (await api('GET', path)).status.phase;
    await expect.poll(isReady, { timeout: 20_000 }).toBe('Running');
    const [status] = (await api('GET', path)).status.containerStatuses;
    const containerStatuses = [{ ...status, imageID: `${site.web}@${digest}` }];
    await api('PATCH', `${path}/status`, { status: { containerStatuses } });
  }

  test('names owners, and says whether tag, base and gate are as they should be', async () => {
    await site.moveBase();
    await site.namespace('shop');
    await site.cronJob('shop', site.template({ restartPolicy: 'Never' }));
    const cronJob = await api('GET', '/apis/batch/v1beta1/namespaces/shop/cronjobs/nightly');
    const owner = { apiVersion: 'batch/v1beta1', kind: 'CronJob', name: 'nightly', uid: cronJob.metadata.uid };
    const job = {
      metadata: { name: 'nightly-1', ownerReferences: [{ ...owner, controller: true }] },
      spec: { template: site.template({ restartPolicy: 'Never' }) },
    };
    await api('POST', '/apis/batch/v1/namespaces/shop/jobs', job);
    const bare = { metadata: { name: 'bare' }, spec: { containers: [site.container] } };
    await api('POST', '/api/v1/namespaces/shop/pods', bare);
    await expect.poll(() => podOf('nightly-1-'), { timeout: 20_000 }).toBeDefined();
    const old = site.registry.store.digestOf('team/web', '1');
    await pulled(await podOf('nightly-1-'), old);
    await pulled('bare', old);

    const refreshed = await site.ran('refresh', [{ name: 'shop', namespaces: ['shop'], timeout: '30s' }]);
    expect(refreshed.conclusion, refreshed.words).toBe('succeeded');
    expect(refreshed.words).toContain(
      `shop: pod shop/bare: app runs ${site.web}:1 and was left unchanged: objects of this kind are not deployed to`,
    );
    const now = site.registry.store.digestOf('team/web', '1');
    // The bare pod was started anew by somebody; the job still runs what it began with.
    await pulled('bare', now);

    const { conclusion, report, words } = await site.ran('inventory', [], { namespace: 'shop' });
    expect(conclusion, words).toBe('succeeded');
    const rows = Object.fromEntries(report.running.map((row: KubeObject) => [row.owner.kind, row]));
    expect(Object.keys(rows).sort()).toEqual(['cronjob', 'deployment', 'pod']);
    const place = { namespace: 'shop', container: 'app' };
    expect(rows.deployment).toMatchObject({
      ...place,
      owner: { kind: 'deployment', name: 'web' },
      image: site.promoted(),
      digest: now,
      pods: 2,
      tag: { verdict: 'unknown' },
      base: { verdict: 'current' },
      gate: { verdict: 'passed' },
    });
    expect(rows.cronjob).toMatchObject({
      ...place,
      owner: { kind: 'cronjob', name: 'nightly' },
      image: `${site.web}:1`,
      digest: old,
      pods: 1,
      tag: { verdict: 'behind', now },
      gate: { verdict: 'unproven' },
    });
    expect(rows.cronjob.base.verdict).not.toBe('current');
    expect(rows.pod).toMatchObject({
      ...place,
      owner: { kind: 'pod', name: 'bare' },
      digest: now,
      pods: 1,
      tag: { verdict: 'current', now },
      base: { verdict: 'current' },
      gate: { verdict: 'passed' },
    });
  });

  test('is had with the documented role', async () => {
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/shop';
    const guide = readFileSync(fileURLToPath(new URL('../../docs/inventory.md', import.meta.url)), 'utf8');
    const { rules } = load(/```yaml\n(rules:\n[^`]+)```/.exec(guide)?.[1] ?? '') as {
      readonly rules: readonly object[];
    };
    await api('POST', `${rbac}/roles`, { metadata: { name: 'reader' }, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' };
    const subjects = [{ kind: 'User', name: 'deployer', apiGroup: 'rbac.authorization.k8s.io' }];
    await api('POST', `${rbac}/rolebindings`, { metadata: { name: 'reader' }, roleRef, subjects });
    const inputs = { namespace: 'shop', kubeconfig: await site.cluster.kubeconfigOf('deployer') };
    const own = await site.ran('inventory', [], inputs);
    expect(own.conclusion, own.words).toBe('succeeded');
    expect(own.report.running).toHaveLength(3);
    const stranger = await site.cluster.kubeconfigOf('stranger');
    const refused = await site.ran('inventory', [], { ...inputs, kubeconfig: stranger });
    expect([refused.conclusion, refused.report.running]).toEqual(['incomplete', []]);
  });

  test('the manifests for AKS are taken by the API server, with every field that they have', async () => {
    const text = readFileSync(fileURLToPath(new URL('../../templates/kubernetes/aks.yaml', import.meta.url)), 'utf8');
    const paths: Readonly<Record<string, string>> = {
      Namespace: '/api/v1/namespaces',
      ServiceAccount: '/api/v1/namespaces/*/serviceaccounts',
      NetworkPolicy: '/apis/networking.k8s.io/v1/namespaces/*/networkpolicies',
      // This server is older than batch/v1 of a CronJob; its form is the same.
      CronJob: '/apis/batch/v1beta1/namespaces/*/cronjobs',
      Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/*/roles',
      RoleBinding: '/apis/rbac.authorization.k8s.io/v1/namespaces/*/rolebindings',
    };
    const documents = parseAllDocuments(text).map((one): KubeObject => one.toJS());
    expect(documents).toHaveLength(8);
    for (const { apiVersion: _, ...document } of documents) {
      const path = paths[document.kind]?.replace('*', document.metadata.namespace) ?? '';
      // What is in a namespace can only be tried where there is one.
      const taken = await api('POST', document.kind === 'Namespace' ? path : `${path}?dryRun=All`, document);
      expect(taken).toMatchObject(document);
    }
  });
});
