import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from 'js-yaml';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../support/images.ts';
import { pushImage } from '../support/push.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { createRecordingHost } from '../support/run.ts';
import { type Cluster, type KubeObject, startCluster } from './setup/kubernetes.ts';
import { describeWith, program } from './setup/parts.ts';

const nothing = JSON.stringify({ version: '2.1.0', runs: [{ tool: { driver: { name: 'anyscan' } }, results: [] }] });

describeWith(['kubernetes', 'kubectl'], 'a deployment', () => {
  let cluster: Cluster;
  let registry: TestRegistry;
  let folder: string;
  let kubeconfig: string;
  let bases = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bir-deploy-'));
    registry = await startRegistry();
    cluster = await startCluster();
    kubeconfig = await cluster.kubeconfigOf('admin');
    cluster.kubelet(() => 'ready');
  }, 90_000);
  afterAll(async () => {
    await cluster?.stop();
    await registry?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const web = () => `${registry.host}/team/web`;

  /** The base moves, so that the image is stale; what it is built on is recorded on it. */
  async function moveBase(): Promise<void> {
    const base = makeImage({ layers: [await makeLayer({ 'etc/base': `${++bases}` })] });
    await pushImage(registry.store, 'library/base', base, '1');
    if (registry.store.digestOf('team/web', '1') !== undefined) return;
    const app = makeImage({ base, layers: [await makeLayer({ app: 'web' })] });
    const annotations = { 'org.opencontainers.image.base.digest': base.descriptor.digest };
    await pushImage(registry.store, 'team/web', makeIndex([app], { annotations }), '1');
    await moveBase();
  }

  const labels = { app: 'web' };
  const container = () => ({ name: 'app', image: `${web()}:1`, imagePullPolicy: 'Always' });
  const template = (more: object = {}) => ({ metadata: { labels }, spec: { containers: [container()], ...more } });

  /** A namespace of its own with a Deployment of the image. */
  async function namespace(name: string, metadata: object = {}, more: object = {}): Promise<void> {
    await cluster.api('POST', '/api/v1/namespaces', { metadata: { name } });
    const spec = { replicas: 2, selector: { matchLabels: labels }, template: template(), ...more };
    const object = { metadata: { name: 'web', labels, ...metadata }, spec };
    await cluster.api('POST', `/apis/apps/v1/namespaces/${name}/deployments`, object);
    await settled(name);
  }

  const cronJobs = (name: string) => `/apis/batch/v1beta1/namespaces/${name}/cronjobs`;
  const cronJob = (name: string, pod: object) => {
    const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: pod } } };
    return cluster.api('POST', cronJobs(name), { metadata: { name: 'nightly' }, spec });
  };

  const read = (name: string): Promise<KubeObject> =>
    cluster.api('GET', `/apis/apps/v1/namespaces/${name}/deployments/web`);
  const imageOf = async (name: string): Promise<string> => (await read(name)).spec.template.spec.containers[0].image;

  async function settled(name: string): Promise<void> {
    await expect
      .poll(async () => (await read(name)).status.availableReplicas ?? 0, { timeout: 20_000 })
      .toBe((await read(name)).spec.replicas);
  }

  interface Ran {
    readonly conclusion: string;
    readonly report: KubeObject;
    readonly image: KubeObject;
    readonly words: string;
    readonly outputs: Readonly<Record<string, string>>;
  }

  let root: string;

  /** Runs a command in a folder of its own, or again in the last one, with these targets. */
  async function ran(
    command: 'refresh' | 'deploy',
    targets: readonly object[],
    inputs: Readonly<Record<string, string>> = {},
    bin = dirname(program('kubectl', 'kubectl')),
  ): Promise<Ran> {
    if (command === 'refresh') root = mkdtempSync(join(folder, 'run-'));
    writeFileSync(join(root, 'Dockerfile'), `FROM ${registry.host}/library/base:1\nCOPY . /\n`);
    const scanner = { tool: 'command', command: ['node', '-p', `'${nothing}'`], format: 'sarif' };
    const images = [{ name: 'web', dockerfile: 'Dockerfile', image: `${web()}:1` }];
    const settings = { images, rebase: 'force', engine: 'rebase', scanner, deploy: targets };
    writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify(settings));
    const real = createWorld({ cwd: root });
    const env = { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, HOME: root };
    const given = { command, format: 'json', kubeconfig, 'allow-unrecognised': 'true', ...inputs };
    const host = createRecordingHost(given);
    const conclusion = await run(host, { ...real, env });
    const report = host.printed[0] === undefined ? undefined : JSON.parse(host.printed[0]);
    const words = host.lines.map(({ message }) => message).join('\n');
    return { conclusion, report, words, image: report?.images[0], outputs: host.outputs };
  }

  const target = (name: string, more: object = {}) => ({ name, namespaces: [name], timeout: '30s', ...more });
  const promoted = () => `${web()}@${registry.store.digestOf('team/web', '1')}`;

  test('a refresh rolls the promoted digest out and sees it well', async () => {
    await namespace('shop');
    await moveBase();
    const { conclusion, image, words, outputs } = await ran('refresh', [target('shop')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.promotion.digest).toBe(registry.store.digestOf('team/web', '1'));
    expect(image.deployment).toMatchObject({ verdict: 'deployed', digest: image.promotion.digest });
    const change = { name: 'app', from: `${web()}:1`, to: promoted(), release: `${web()}:1` };
    const [workload] = image.deployment.targets[0].workloads;
    expect(workload).toMatchObject({ kind: 'deployment', name: 'web', state: 'rolled-out', containers: [change] });
    expect(outputs.deployment).toBe('deployed');
    const now = await read('shop');
    expect(now.spec.template.spec.containers[0].image).toBe(promoted());
    expect(now.status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
    const { annotations } = now.metadata;
    expect(annotations['kubernetes.io/change-cause']).toBe(`base-image-refresh: app to ${promoted()} (${web()}:1)`);
    expect(JSON.parse(annotations['base-image-refresh/previous-images'])).toEqual({ app: `${web()}:1` });
  });

  test('deploy finds it there already, and nothing is changed', async () => {
    const before = await read('shop');
    const { conclusion, image, words } = await ran('deploy', [target('shop')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ name: 'web', state: 'current' });
    expect((await read('shop')).metadata.generation).toBe(before.metadata.generation);
  });

  test('a workload that was moved to a digest moves on with the next promotion, by an old kubectl too', async () => {
    await moveBase();
    const old = dirname(program('kubernetes', 'kubectl'));
    const { conclusion, words } = await ran('refresh', [target('shop')], {}, old);
    expect(conclusion, words).toBe('succeeded');
    expect(await imageOf('shop')).toBe(promoted());
  });

  test('a rollout that does not come up is rolled back to the exact former image, and what follows is held', async () => {
    await namespace('bad');
    await cronJob('bad', template({ restartPolicy: 'Never' }));
    await moveBase();
    cluster.kubelet((image) =>
      image.includes('@') && image === promoted()
        ? { reason: 'ImagePullBackOff', message: 'Back-off pulling image\n::error::x' }
        : 'ready',
    );
    const { conclusion, image, words } = await ran('refresh', [target('bad', { timeout: '8s' }), target('shop')]);
    cluster.kubelet(() => 'ready');
    expect(conclusion).toBe('incomplete');
    const [first, second] = image.deployment.targets;
    expect(first.workloads[0]).toMatchObject({ state: 'rolled-back', why: 'deployment bad/web did not roll out' });
    expect(first.workloads[0].failure.detail).toMatch(
      /^did not roll out: 1 of 2 replicas updated; app of pod web-\S+: ImagePullBackOff \(Back-off pulling image ::error::x\), and the timeout of 8 s has passed$/,
    );
    expect(second).toMatchObject({ name: 'shop', state: 'held', why: 'bad is not known to be healthy' });
    expect(image.failure).toMatchObject({ code: 'deploy-failed', subject: 'bad: deployment bad/web' });
    expect(await imageOf('bad'), words).toBe(`${web()}:1`);
    await settled('bad');
    // All or nothing: what had been changed beside it is back too.
    expect(first.workloads[1]).toMatchObject({ kind: 'cronjob', state: 'rolled-back' });
    const { template: job } = (await cluster.api('GET', `${cronJobs('bad')}/nightly`)).spec.jobTemplate.spec;
    expect(job.spec.containers[0].image).toBe(`${web()}:1`);
    expect(await imageOf('shop')).not.toBe(promoted());
  });

  test('what is left after a failure is left', async () => {
    cluster.kubelet((image) => (image === promoted() ? { reason: 'CrashLoopBackOff', message: 'back-off' } : 'ready'));
    const left = await ran('deploy', [target('bad', { timeout: '2s', 'on-failure': 'leave' })]);
    cluster.kubelet(() => 'ready');
    expect(left.conclusion).toBe('incomplete');
    expect(left.image.deployment.targets[0].workloads[0].state).toBe('failed');
    expect(await imageOf('bad')).toBe(promoted());
  });

  test('deploy takes the report of an earlier run, whoever runs it, and targets by name', async () => {
    const file = join(root, '.base-image-refresh', 'report.json');
    const targets = [target('bad'), target('shop')];
    const { conclusion, image, words } = await ran('deploy', targets, { path: file, 'deploy-target': 'shop' });
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets.map(({ name }: KubeObject) => name)).toEqual(['shop']);
    expect(await imageOf('shop')).toBe(promoted());
  });

  test('a dry run asks the server and changes nothing', async () => {
    await namespace('dry');
    const before = await read('dry');
    const { conclusion, image, words, report } = await ran('deploy', [target('dry')], { 'dry-run': 'true' });
    expect(conclusion, words).toBe('succeeded');
    expect(report.dryRun).toBe(true);
    expect(image.deployment).toMatchObject({ verdict: 'planned' });
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({
      state: 'planned',
      containers: [{ name: 'app', from: `${web()}:1`, to: promoted() }],
    });
    expect(await read('dry')).toEqual(before);
  });

  test('a change by somebody else is not overwritten', async () => {
    await namespace('race');
    const bin = mkdtempSync(join(folder, 'bin-'));
    const real = program('kubectl', 'kubectl');
    const other = `${web()}:somebody-else`;
    const first = `"${real}" --kubeconfig "${kubeconfig}" --namespace race set image deployment/web app=${other}`;
    const script = `#!/bin/sh\ncase " $* " in *" patch "*) ${first} >/dev/null;; esac\nexec "${real}" "$@"\n`;
    writeFileSync(join(bin, 'kubectl'), script, { mode: 0o755 });
    const { conclusion, image } = await ran('deploy', [target('race')], {}, bin);
    expect(conclusion).toBe('incomplete');
    const [workload] = image.deployment.targets[0].workloads;
    expect(workload).toMatchObject({ state: 'refused', failure: { code: 'moved' } });
    expect(workload.failure.detail).toBe(
      `somebody changed app to ${other} during this run, and that was not overwritten`,
    );
    expect(await imageOf('race')).toBe(other);
  });

  test('other changes of the workload meanwhile are kept, and do not get in the way', async () => {
    await namespace('scaled');
    const bin = mkdtempSync(join(folder, 'bin-'));
    const real = program('kubectl', 'kubectl');
    const first = `"${real}" --kubeconfig "${kubeconfig}" --namespace scaled scale deployment/web --replicas=3`;
    const once = `[ -e "${bin}/done" ] || { touch "${bin}/done"; ${first} >/dev/null; }`;
    const script = `#!/bin/sh\ncase " $* " in *" patch "*) ${once};; esac\nexec "${real}" "$@"\n`;
    writeFileSync(join(bin, 'kubectl'), script, { mode: 0o755 });
    const { conclusion, words } = await ran('deploy', [target('scaled')], {}, bin);
    expect(conclusion, words).toBe('succeeded');
    const now = await read('scaled');
    expect(now.spec.replicas).toBe(3);
    expect(now.spec.template.spec.containers[0].image).toBe(promoted());
  });

  test('what GitOps manages is refused unless that is allowed', async () => {
    await namespace('gitops', { labels: { ...labels, 'kustomize.toolkit.fluxcd.io/name': 'apps' } });
    const refused = await ran('deploy', [target('gitops')]);
    expect(refused.conclusion).toBe('incomplete');
    expect(refused.words).toContain(
      'gitops: deployment gitops/web: Flux manages it and would revert the change, so nothing was changed; change its source, or set managed: allow.',
    );
    expect(await imageOf('gitops')).toBe(`${web()}:1`);
    const allowed = await ran('deploy', [target('gitops', { managed: 'allow' })]);
    expect(allowed.conclusion, allowed.words).toBe('succeeded');
    expect(await imageOf('gitops')).toBe(promoted());
  });

  test('what a controller writes without any label is known by who wrote it', async () => {
    await namespace('argo');
    const path = '/apis/apps/v1/namespaces/argo/deployments/web?fieldManager=argocd-controller';
    await cluster.api('PATCH', path, { metadata: { labels: { synced: 'yes' } } });
    for (const part of ['kubectl', 'kubernetes'] as const) {
      const { conclusion, words } = await ran('deploy', [target('argo')], {}, dirname(program(part, 'kubectl')));
      expect(conclusion).toBe('incomplete');
      expect(words).toContain('Argo CD manages it');
    }
  });

  test('a CronJob is set, with init containers, and other releases of the repository are left', async () => {
    await cluster.api('POST', '/api/v1/namespaces', { metadata: { name: 'jobs' } });
    const other = { name: 'old', image: `${web()}:0.9` };
    const pod = template({ initContainers: [{ ...container(), name: 'before' }], restartPolicy: 'Never' });
    pod.spec.containers.push({ ...other, imagePullPolicy: 'Always' });
    await cronJob('jobs', pod);
    const { conclusion, image, words } = await ran('deploy', [target('jobs')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({
      kind: 'cronjob',
      state: 'set',
      why: 'the next job runs it',
      containers: [
        { name: 'before', init: true, to: promoted() },
        { name: 'app', to: promoted() },
      ],
    });
    const now = (await cluster.api('GET', `${cronJobs('jobs')}/nightly`)).spec.jobTemplate.spec.template.spec;
    expect(now.initContainers[0].image).toBe(promoted());
    expect(now.containers.map((each: KubeObject) => each.image)).toEqual([promoted(), other.image]);
    expect(words).toContain(
      `jobs: cronjob jobs/nightly: old runs ${other.image} and was left unchanged: it is not one of ${web()}:1`,
    );
  });

  test('a StatefulSet is rolled out pod by pod', async () => {
    await cluster.api('POST', '/api/v1/namespaces', { metadata: { name: 'sets' } });
    const spec = { serviceName: 'web', replicas: 2, selector: { matchLabels: labels }, template: template() };
    const path = '/apis/apps/v1/namespaces/sets/statefulsets';
    await cluster.api('POST', path, { metadata: { name: 'web' }, spec });
    const { conclusion, image, words } = await ran('deploy', [target('sets')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ kind: 'statefulset', state: 'rolled-out' });
    const { items } = await cluster.api('GET', '/api/v1/namespaces/sets/pods');
    expect(items.map((pod: KubeObject) => pod.spec.containers[0].image)).toEqual([promoted(), promoted()]);
  });

  test('a DaemonSet is rolled out node by node', async () => {
    for (const name of ['node-1', 'node-2']) {
      await cluster.api('POST', '/api/v1/nodes', { metadata: { name } });
      // Nobody here takes the taint of a node that has not reported yet away.
      await cluster.api('PATCH', `/api/v1/nodes/${name}`, { spec: { taints: null } });
    }
    await cluster.api('POST', '/api/v1/namespaces', { metadata: { name: 'daemons' } });
    const path = '/apis/apps/v1/namespaces/daemons/daemonsets';
    const spec = { selector: { matchLabels: labels }, template: template() };
    await cluster.api('POST', path, { metadata: { name: 'web' }, spec });
    const available = async () => (await cluster.api('GET', `${path}/web`)).status.numberAvailable ?? 0;
    await expect.poll(available, { timeout: 20_000 }).toBe(2);
    const { conclusion, image, words } = await ran('deploy', [target('daemons')]);
    expect(conclusion, words).toBe('succeeded');
    expect(image.deployment.targets[0].workloads[0]).toMatchObject({ kind: 'daemonset', state: 'rolled-out' });
    const { items } = await cluster.api('GET', '/api/v1/namespaces/daemons/pods');
    expect(items.map((pod: KubeObject) => pod.spec.containers[0].image)).toEqual([promoted(), promoted()]);
  });

  test('what is paused is refused, and what has no replicas proves nothing and holds what follows', async () => {
    await namespace('paused', {}, { paused: true, replicas: 0 });
    const paused = await ran('deploy', [target('paused')]);
    expect(paused.conclusion).toBe('incomplete');
    expect(paused.words).toContain('its rollout is paused, so nothing was changed; resume it and run again.');
    await namespace('asleep', {}, { replicas: 0 });
    const asleep = await ran('deploy', [target('asleep')]);
    expect(asleep.conclusion, asleep.words).toBe('succeeded');
    expect(asleep.image.deployment.verdict).toBe('pending');
    expect(await imageOf('asleep')).toBe(promoted());
  });

  test('a quota that is used up is told', async () => {
    await namespace('quota');
    const hard = { pods: '2' };
    await cluster.api('POST', '/api/v1/namespaces/quota/resourcequotas', { metadata: { name: 'q' }, spec: { hard } });
    await expect
      .poll(async () => (await cluster.api('GET', '/api/v1/namespaces/quota/resourcequotas/q')).status.used?.pods)
      .toBe('2');
    const { conclusion, words } = await ran('deploy', [target('quota', { timeout: '6s' })]);
    expect(conclusion).toBe('incomplete');
    expect(words).toContain('no pod could be created: FailedCreate (');
    expect(words).toContain('exceeded quota: q');
    expect(await imageOf('quota')).toBe(`${web()}:1`);
  });

  test('the documented role is enough, and a stranger is told what is missing', async () => {
    await namespace('roles');
    const guide = readFileSync(fileURLToPath(new URL('../../docs/deploy.md', import.meta.url)), 'utf8');
    const { rules } = load(/```yaml\n(rules:\n[^`]+)```/.exec(guide)?.[1] ?? '') as {
      readonly rules: readonly object[];
    };
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/roles';
    await cluster.api('POST', `${rbac}/roles`, { metadata: { name: 'deployer' }, rules });
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'deployer' };
    const subjects = [{ kind: 'User', name: 'deployer', apiGroup: 'rbac.authorization.k8s.io' }];
    await cluster.api('POST', `${rbac}/rolebindings`, { metadata: { name: 'deployer' }, roleRef, subjects });
    const stranger = await ran('deploy', [target('roles')], { kubeconfig: await cluster.kubeconfigOf('stranger') });
    expect(stranger.conclusion).toBe('incomplete');
    expect(stranger.image.failure).toMatchObject({ code: 'forbidden' });
    expect(stranger.image.failure.remedy).toContain('list and patch');
    const own = await ran('deploy', [target('roles')], { kubeconfig: await cluster.kubeconfigOf('deployer') });
    expect(own.conclusion, own.words).toBe('succeeded');
    expect(await imageOf('roles')).toBe(promoted());
  });

  test('what is no release any more is not rolled out', async () => {
    await namespace('withdrawn');
    const stray = makeImage({ layers: [await makeLayer({ app: 'by hand' })] });
    await pushImage(registry.store, 'team/web', stray, '1');
    const { conclusion, image } = await ran('deploy', [target('withdrawn')]);
    expect(conclusion).toBe('incomplete');
    expect(image.deployment).toBeNull();
    expect(image.failure).toMatchObject({ code: 'moved', subject: `${web()}:1` });
    expect(await imageOf('withdrawn')).toBe(`${web()}:1`);
  });
});
