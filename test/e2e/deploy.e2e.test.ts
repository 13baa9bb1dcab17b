import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { type DeploySite, startDeploySite } from './setup/deploy-site.ts';
import type { KubeObject } from './setup/kubernetes.ts';
import { describeWith, program } from './setup/parts.ts';

const target = (name: string, more: object = {}) => ({ name, namespaces: [name], timeout: '30s', ...more });

describeWith(['kubernetes', 'kubectl'], 'a deployment', () => {
  let site: DeploySite;
  let cluster: DeploySite['cluster'];
  let web: string;
  /** What the release tag named before its last promotion. */
  let former: string;
  beforeAll(async () => {
    site = await startDeploySite();
    cluster = site.cluster;
    web = site.web;
  }, 90_000);
  // What a test that fails leaves behind would fail those after it.
  beforeEach(() => cluster.kubelet(() => 'ready'));
  afterAll(() => site?.stop());

  test('a refresh rolls the promoted digest out and sees it well', async () => {
    await site.namespace('shop');
    await site.moveBase();
    const { conclusion, image, words, outputs } = await site.ran('refresh', [target('shop')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.promotion.digest).toBe(site.registry.store.digestOf('team/web', '1'));
    expect(image.deployment).toMatchObject({ verdict: 'deployed', digest: image.promotion.digest });
    const change = { name: 'app', from: `${web}:1`, to: site.promoted(), release: `${web}:1` };
    const [workload] = image.deployment.targets[0].workloads;
    expect(workload).toMatchObject({ kind: 'deployment', name: 'web', state: 'rolled-out', containers: [change] });
    expect(outputs.deployment).toBe('deployed');
    const now = await site.read('shop');
    expect(now.spec.template.spec.containers[0].image).toBe(site.promoted());
    expect(now.status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
    const { annotations } = now.metadata;
    expect(annotations['kubernetes.io/change-cause']).toBe(`base-image-refresh: app to ${site.promoted()} (${web}:1)`);
    expect(JSON.parse(annotations['base-image-refresh/previous-images'])).toEqual({ app: `${web}:1` });
  });

  test('deploy finds it there already, and nothing is changed', async () => {
    const before = await site.read('shop');
    const { conclusion, image, words } = await site.ran('deploy', [target('shop')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ name: 'web', state: 'current' });
    expect((await site.read('shop')).metadata.generation).toBe(before.metadata.generation);
  });

  test('a workload that was moved to a digest moves on with the next promotion, by an old kubectl too', async () => {
    await site.moveBase();
    const old = dirname(program('kubernetes', 'kubectl'));
    const { conclusion, words } = await site.ran('refresh', [target('shop')], {}, old);
    expect(conclusion, words).toBe('succeeded');
    expect(await site.imageOf('shop')).toBe(site.promoted());
  });

  test('a rollout that does not come up is rolled back to the bytes that its tag named, and what follows is held', async () => {
    await site.namespace('bad');
    await site.cronJob('bad', site.template({ restartPolicy: 'Never' }));
    former = site.promoted();
    await site.moveBase();
    cluster.kubelet((image) =>
      image.includes('@') && image === site.promoted()
        ? { reason: 'ImagePullBackOff', message: 'Back-off pulling image\n::error::x' }
        : 'ready',
    );
    const { conclusion, image, words } = await site.ran('refresh', [target('bad', { timeout: '8s' }), target('shop')]);
    cluster.kubelet(() => 'ready');
    expect(conclusion).toBe('incomplete');
    const [first, second] = image.deployment.targets;
    expect(first.workloads[0]).toMatchObject({ state: 'rolled-back', why: 'deployment bad/web did not roll out' });
    expect(first.workloads[0].failure.detail).toMatch(
      /^did not roll out: 1 of 2 replicas updated; app of pod web-\S+: ImagePullBackOff \(Back-off pulling image ::error::x\), and the timeout of 8 s has passed$/,
    );
    expect(second).toMatchObject({ name: 'shop', state: 'held', why: 'bad is not known to be healthy' });
    expect(image.failure).toMatchObject({ code: 'deploy-failed', subject: 'bad: deployment bad/web' });
    // The tag itself names what did not come up.
    expect(await site.imageOf('bad'), words).toBe(former);
    await site.settled('bad');
    // All or nothing: what had been changed beside it is back too.
    expect(first.workloads[1]).toMatchObject({ kind: 'cronjob', state: 'rolled-back' });
    expect((await site.readCronJob('bad')).containers[0].image).toBe(former);
    expect(await site.imageOf('shop')).not.toBe(site.promoted());
  });

  test('what is left after a failure is left', async () => {
    cluster.kubelet((image) =>
      image === site.promoted() ? { reason: 'CrashLoopBackOff', message: 'back-off' } : 'ready',
    );
    const left = await site.ran('deploy', [target('bad', { timeout: '2s', 'on-failure': 'leave' })]);
    cluster.kubelet(() => 'ready');
    expect(left.conclusion).toBe('incomplete');
    expect(left.image.deployment.targets[0].workloads[0].state).toBe('failed');
    expect(await site.imageOf('bad')).toBe(site.promoted());
  });

  test('deploy takes the report of an earlier run, whoever runs it, and targets by name', async () => {
    const file = site.savedReport();
    const targets = [target('bad'), target('shop')];
    const { conclusion, image, words } = await site.ran('deploy', targets, { path: file, 'deploy-target': 'shop' });
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets.map(({ name }: KubeObject) => name)).toEqual(['shop']);
    expect(await site.imageOf('shop')).toBe(site.promoted());
  });

  test('a dry run asks the server and changes nothing', async () => {
    await site.namespace('dry');
    const before = await site.read('dry');
    const { conclusion, image, words, report } = await site.ran('deploy', [target('dry')], { 'dry-run': 'true' });
    expect(conclusion, words).toBe('succeeded');
    expect(report.dryRun).toBe(true);
    expect(image.deployment).toMatchObject({ verdict: 'planned' });
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({
      state: 'planned',
      containers: [{ name: 'app', from: `${web}:1`, to: site.promoted() }],
    });
    expect(await site.read('dry')).toEqual(before);
  });

  test('a run that is killed leaves its rollout to the cluster, and the next one finds it', async () => {
    await site.namespace('killed');
    cluster.kubelet(() => ({ reason: 'ContainerCreating', message: '' }));
    const isChanged = async () => (await site.imageOf('killed')) === site.promoted();
    expect(await site.killedOnce(isChanged, [target('killed')])).toBeNull();
    cluster.kubelet(() => 'ready');
    const { conclusion, image, words } = await site.ran('deploy', [target('killed')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ name: 'web', state: 'current' });
    await site.settled('killed');
  });

  test('a change by somebody else is not overwritten', async () => {
    await site.namespace('race');
    const other = `${web}:somebody-else`;
    const bin = site.patchingAfter(`KUBECTL --namespace race set image deployment/web app=${other} >/dev/null`);
    const { conclusion, image } = await site.ran('deploy', [target('race')], {}, bin);
    expect(conclusion).toBe('incomplete');
    const [workload] = image.deployment.targets[0].workloads;
    expect(workload).toMatchObject({ state: 'refused', failure: { code: 'moved' } });
    expect(workload.failure.detail).toBe(
      `somebody changed app to ${other} during this run, and that was not overwritten`,
    );
    expect(await site.imageOf('race')).toBe(other);
  });

  test('other changes of the workload meanwhile are kept, and do not get in the way', async () => {
    await site.namespace('scaled');
    const scale = 'KUBECTL --namespace scaled scale deployment/web --replicas=3 >/dev/null';
    const bin = site.patchingAfter(`[ -e "FOLDER/done" ] || { touch "FOLDER/done"; ${scale}; }`);
    const { conclusion, words } = await site.ran('deploy', [target('scaled')], {}, bin);
    expect(conclusion, words).toBe('succeeded');
    const now = await site.read('scaled');
    expect(now.spec.replicas).toBe(3);
    expect(now.spec.template.spec.containers[0].image).toBe(site.promoted());
  });

  test('what GitOps manages is refused unless that is allowed', async () => {
    await site.namespace('gitops', { labels: { ...site.labels, 'kustomize.toolkit.fluxcd.io/name': 'apps' } });
    const refused = await site.ran('deploy', [target('gitops')]);
    expect(refused.conclusion).toBe('incomplete');
    expect(refused.words).toContain(
      'gitops: deployment gitops/web: Flux manages it and would revert the change, so nothing was changed; change its source, or set managed: allow.',
    );
    expect(await site.imageOf('gitops')).toBe(`${web}:1`);
    const allowed = await site.ran('deploy', [target('gitops', { managed: 'allow' })]);
    expect(allowed.conclusion, allowed.words).toBe('succeeded');
    expect(await site.imageOf('gitops')).toBe(site.promoted());
  });

  test('what a controller writes without any label is known by who wrote it', async () => {
    await site.namespace('argo');
    const path = '/apis/apps/v1/namespaces/argo/deployments/web?fieldManager=argocd-controller';
    await cluster.api('PATCH', path, { metadata: { labels: { synced: 'yes' } } });
    for (const part of ['kubectl', 'kubernetes'] as const) {
      const { conclusion, words } = await site.ran('deploy', [target('argo')], {}, dirname(program(part, 'kubectl')));
      expect(conclusion).toBe('incomplete');
      expect(words).toContain('Argo CD manages it');
    }
  });

  test('a CronJob is set, with init containers, and other releases of the repository are left', async () => {
    await site.emptyNamespace('jobs');
    const other = { name: 'old', image: `${web}:0.9` };
    const pod = site.template({ initContainers: [{ ...site.container, name: 'before' }], restartPolicy: 'Never' });
    pod.spec.containers.push({ ...other, imagePullPolicy: 'Always' });
    await site.cronJob('jobs', pod);
    const { conclusion, image, words } = await site.ran('deploy', [target('jobs')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({
      kind: 'cronjob',
      state: 'set',
      why: 'the next job runs it',
      containers: [
        { name: 'before', init: true, to: site.promoted() },
        { name: 'app', to: site.promoted() },
      ],
    });
    const now = await site.readCronJob('jobs');
    expect(now.initContainers[0].image).toBe(site.promoted());
    expect(now.containers.map((each: KubeObject) => each.image)).toEqual([site.promoted(), other.image]);
    expect(words).toContain(
      `jobs: cronjob jobs/nightly: old runs ${other.image} and was left unchanged: it is not one of ${web}:1`,
    );
  });

  test('a StatefulSet is rolled out pod by pod', async () => {
    await site.emptyNamespace('sets');
    const spec = { serviceName: 'web', replicas: 2, selector: { matchLabels: site.labels }, template: site.template() };
    const path = '/apis/apps/v1/namespaces/sets/statefulsets';
    await cluster.api('POST', path, { metadata: { name: 'web' }, spec });
    const { conclusion, image, words } = await site.ran('deploy', [target('sets')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ kind: 'statefulset', state: 'rolled-out' });
    const { items } = await cluster.api('GET', '/api/v1/namespaces/sets/pods');
    expect(items.map((pod: KubeObject) => pod.spec.containers[0].image)).toEqual([site.promoted(), site.promoted()]);
  });

  test('a DaemonSet is rolled out node by node', async () => {
    for (const name of ['node-1', 'node-2']) {
      await cluster.api('POST', '/api/v1/nodes', { metadata: { name } });
      // Nobody here takes the taint of a node that has not reported yet away.
      await cluster.api('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } });
    }
    await site.emptyNamespace('daemons');
    const path = '/apis/apps/v1/namespaces/daemons/daemonsets';
    const spec = { selector: { matchLabels: site.labels }, template: site.template() };
    await cluster.api('POST', path, { metadata: { name: 'web' }, spec });
    const available = async () => (await cluster.api('GET', `${path}/web`)).status.numberAvailable ?? 0;
    await expect.poll(available, { timeout: 20_000 }).toBe(2);
    const { conclusion, image, words } = await site.ran('deploy', [target('daemons')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ kind: 'daemonset', state: 'rolled-out' });
    const { items } = await cluster.api('GET', '/api/v1/namespaces/daemons/pods');
    expect(items.map((pod: KubeObject) => pod.spec.containers[0].image)).toEqual([site.promoted(), site.promoted()]);
  });

  test('what is paused is refused, and what has no replicas proves nothing and holds what follows', async () => {
    await site.namespace('paused', {}, { paused: true, replicas: 0 });
    const paused = await site.ran('deploy', [target('paused')]);
    expect(paused.conclusion).toBe('incomplete');
    expect(paused.words).toContain('its rollout is paused, so nothing was changed; resume it and run again.');
    await site.namespace('asleep', {}, { replicas: 0 });
    const asleep = await site.ran('deploy', [target('asleep')]);
    expect(asleep.conclusion, asleep.words).toBe('succeeded');
    expect(asleep.image.deployment.verdict).toBe('pending');
    expect(await site.imageOf('asleep')).toBe(site.promoted());
  });

  test('a quota that is used up is told', async () => {
    await site.namespace('quota');
    const hard = { pods: '2' };
    await cluster.api('POST', '/api/v1/namespaces/quota/resourcequotas', { metadata: { name: 'q' }, spec: { hard } });
    await expect
      .poll(async () => (await cluster.api('GET', '/api/v1/namespaces/quota/resourcequotas/q')).status.used?.pods)
      .toBe('2');
    const { conclusion, words } = await site.ran('deploy', [target('quota', { timeout: '6s' })]);
    expect(conclusion).toBe('incomplete');
    expect(words).toContain('no pod could be created: FailedCreate (');
    expect(words).toContain('exceeded quota: q');
    expect(await site.imageOf('quota')).toBe(former);
  });

  test('the documented role is enough, and a stranger is told what is missing', async () => {
    await site.namespace('roles');
    const guide = readFileSync(fileURLToPath(new URL('../../docs/deploy.md', import.meta.url)), 'utf8');
    const { rules } = load(/```yaml\n(rules:\n[^`]+)```/.exec(guide)?.[1] ?? '') as {
      readonly rules: readonly object[];
    };
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/roles';
    await cluster.api('POST', `${rbac}/roles`, { metadata: { name: 'deployer' }, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' };
    const subjects = [{ kind: 'User', name: 'deployer', apiGroup: 'rbac.authorization.k8s.io' }];
    await cluster.api('POST', `${rbac}/rolebindings`, { metadata: { name: 'deployer' }, roleRef, subjects });
    const stranger = await site.ran('deploy', [target('roles')], {
      kubeconfig: await cluster.kubeconfigOf('stranger'),
    });
    expect(stranger.conclusion).toBe('incomplete');
    expect(stranger.image.failure).toMatchObject({ code: 'forbidden' });
    expect(stranger.image.failure.remedy).toContain('list and patch');
    const own = await site.ran('deploy', [target('roles')], { kubeconfig: await cluster.kubeconfigOf('deployer') });
    expect(own.conclusion, own.words).toBe('succeeded');
    expect(await site.imageOf('roles')).toBe(site.promoted());
  });

  test('what is no release any more is not rolled out', async () => {
    await site.namespace('withdrawn');
    const stray = makeImage({ layers: [await makeLayer({ app: 'by hand' })] });
    await pushImage(site.registry.store, 'team/web', stray, '1');
    const { conclusion, image } = await site.ran('deploy', [target('withdrawn')]);
    expect(conclusion).toBe('incomplete');
    expect(image.deployment).toBeNull();
    expect(image.failure).toMatchObject({ code: 'moved', subject: `${web}:1` });
    expect(await site.imageOf('withdrawn')).toBe(`${web}:1`);
  });
});
