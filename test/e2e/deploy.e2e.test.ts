import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

describeWith(['kubernetes'], 'a deployment', () => {
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

  /** A namespace of its own with a Deployment of the image. */
  async function namespace(name: string, more: object = {}): Promise<void> {
    await cluster.api('POST', '/api/v1/namespaces', { metadata: { name } });
    const labels = { app: 'web' };
    const container = { name: 'app', image: `${web()}:1`, imagePullPolicy: 'Always' };
    const template = { metadata: { labels }, spec: { containers: [container] } };
    const spec = { replicas: 2, selector: { matchLabels: labels }, template };
    await cluster.api('POST', `/apis/apps/v1/namespaces/${name}/deployments`, {
      metadata: { name: 'web', labels },
      spec,
      ...more,
    });
  }

  async function refresh(settings: object, inputs: Readonly<Record<string, string>> = {}) {
    const root = mkdtempSync(join(folder, 'run-'));
    writeFileSync(join(root, 'Dockerfile'), `FROM ${registry.host}/library/base:1\nCOPY . /\n`);
    const scanner = { tool: 'command', command: ['node', '-p', `'${nothing}'`], format: 'sarif' };
    const file = {
      images: [{ name: 'web', dockerfile: 'Dockerfile', image: `${web()}:1` }],
      rebase: 'force',
      engine: 'rebase',
      scanner,
    };
    writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify({ ...file, ...settings }));
    const PATH = [process.execPath, program('kubernetes', 'kubectl')].map(dirname).join(':');
    const real = createWorld({ cwd: root });
    const world = { ...real, env: { PATH, HOME: root } };
    const host = createRecordingHost({
      command: 'refresh',
      format: 'json',
      kubeconfig,
      'allow-unrecognised': 'true',
      ...inputs,
    });
    const conclusion = await run(host, world);
    const report = host.printed[0] === undefined ? undefined : JSON.parse(host.printed[0]);
    return { conclusion, report, root, lines: host.lines.map(({ message }) => message), image: report?.images[0] };
  }

  test('a refresh rolls the promoted digest out and sees it well', async () => {
    await namespace('shop');
    await moveBase();
    const { conclusion, image, lines } = await refresh({
      deploy: [{ name: 'test', namespaces: ['shop'], timeout: '30s' }],
    });
    expect(conclusion, lines.join('\n')).toBe('succeeded');
    const digest = registry.store.digestOf('team/web', '1');
    expect(image.promotion.digest).toBe(digest);
    expect(image.deployment).toMatchObject({ verdict: 'deployed', digest });
    const now: KubeObject = await cluster.api('GET', '/apis/apps/v1/namespaces/shop/deployments/web');
    expect(now.spec.template.spec.containers[0].image).toBe(`${web()}@${digest}`);
    expect(now.status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
  }, 60_000);
});
