import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { run } from '../../../core/run.ts';
import { createWorld } from '../../../core/world.ts';
import { makeImage, makeIndex, makeLayer } from '../../../testing/images.ts';
import { pushImage } from '../../../testing/push.ts';
import { startRegistry } from '../../../testing/registry.ts';
import { createRecordingHost } from '../../support/run.ts';
import { saying } from '../../support/scanner.ts';
import { runCli } from './cli.ts';
import { type KubeObject, startCluster } from './kubernetes.ts';
import { program } from './parts.ts';
import type { Kill } from './run.ts';

/** How a command ended. */
export interface Ran {
  readonly conclusion: string;
  readonly report: KubeObject;
  /** The one image of the report. */
  readonly image: KubeObject;
  /** All that was logged. */
  readonly words: string;
  readonly outputs: Readonly<Record<string, string>>;
}

export type DeploySite = Awaited<ReturnType<typeof startDeploySite>>;

const nothing = JSON.stringify({
  version: '2.1.0',
  runs: [{ tool: { driver: { name: 'anyscan', rules: [{ id: 'CVE-1999-1' }] } }, results: [] }],
});
const labels = { app: 'web' };

/** A registry with one image on a base that moves, and a cluster whose namespaces run it. */
export async function startDeploySite() {
  const folder = mkdtempSync(join(tmpdir(), 'bir-deploy-'));
  const registry = await startRegistry();
  const cluster = await startCluster();
  const kubeconfig = await cluster.kubeconfigOf('admin');
  cluster.kubelet(() => 'ready');
  const web = `${registry.host}/team/web`;
  let bases = 0;
  let root = folder;

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

  const container = { name: 'app', image: `${web}:1`, imagePullPolicy: 'Always' };
  const template = (more: object = {}) => ({ metadata: { labels }, spec: { containers: [container], ...more } });
  const read = (name: string): Promise<KubeObject> =>
    cluster.api('GET', `/apis/apps/v1/namespaces/${name}/deployments/web`);

  async function settled(name: string): Promise<void> {
    const { replicas } = (await read(name)).spec;
    await expect.poll(async () => (await read(name)).status.availableReplicas ?? 0, { timeout: 20_000 }).toBe(replicas);
  }

  /** An empty namespace. */
  const emptyNamespace = (name: string) => cluster.api('POST', '/api/v1/namespaces', { metadata: { name } });

  /** A namespace of its own with a Deployment of the image. */
  async function namespace(name: string, metadata: object = {}, more: object = {}): Promise<void> {
    await emptyNamespace(name);
    const spec = { replicas: 2, selector: { matchLabels: labels }, template: template(), ...more };
    const object = { metadata: { name: 'web', labels, ...metadata }, spec };
    await cluster.api('POST', `/apis/apps/v1/namespaces/${name}/deployments`, object);
    await settled(name);
  }

  const cronJobs = (name: string) => `/apis/batch/v1beta1/namespaces/${name}/cronjobs`;

  /** Runs a command in a folder of its own, or again in the last one, with these targets. */
  async function ran(
    command: 'refresh' | 'deploy' | 'inventory',
    targets: readonly object[],
    inputs: Readonly<Record<string, string>> = {},
    bin = dirname(program('kubectl', 'kubectl')),
  ): Promise<Ran> {
    if (command === 'refresh') root = mkdtempSync(join(folder, 'run-'));
    configure(targets);
    const env = { PATH: `${bin}:${dirname(process.execPath)}:/usr/bin:/bin`, HOME: root };
    const given = {
      command,
      format: 'json',
      kubeconfig,
      'allow-unrecognised': 'true',
      allow: 'scanner-command',
      ...inputs,
    };
    const host = createRecordingHost(given);
    const conclusion = await run(host, { ...createWorld({ cwd: root }), env });
    const report = host.printed[0] === undefined ? undefined : JSON.parse(host.printed[0]);
    const words = host.lines.map(({ message }) => message).join('\n');
    return { conclusion, report, words, image: report?.images?.[0], outputs: host.outputs };
  }

  function configure(targets: readonly object[]): void {
    writeFileSync(join(root, 'Dockerfile'), `FROM ${registry.host}/library/base:1\nCOPY . /\n`);
    const scanner = { tool: 'command', command: [...saying(nothing), '{image}'], format: 'sarif' };
    const images = [{ name: 'web', dockerfile: 'Dockerfile', image: `${web}:1` }];
    const settings = { images, rebase: 'force', engine: 'rebase', scanner, deploy: targets };
    writeFileSync(join(root, '.base-image-refresh.yml'), JSON.stringify(settings));
  }

  return {
    cluster,
    registry,
    kubeconfig,
    web,
    labels,
    container,
    template,
    moveBase,
    namespace,
    emptyNamespace,
    read,
    settled,
    ran,
    imageOf: async (name: string): Promise<string> => (await read(name)).spec.template.spec.containers[0].image,
    /** The image by the digest that its release tag names now. */
    promoted: () => `${web}@${registry.store.digestOf('team/web', '1')}`,
    /** Report of the last refresh. */
    savedReport: () => join(root, '.base-image-refresh', 'report.json'),
    cronJob: async (name: string, pod: object) => {
      const spec = { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: pod } } };
      await cluster.api('POST', cronJobs(name), { metadata: { name: 'nightly' }, spec });
    },
    /** What jobs of the CronJob run. */
    readCronJob: async (name: string): Promise<KubeObject> =>
      (await cluster.api('GET', `${cronJobs(name)}/nightly`)).spec.jobTemplate.spec.template.spec,
    /** Starts a deployment of the last refresh as a process of its own and kills it as soon as this holds. */
    killedOnce: async (holds: () => Promise<boolean>, targets: readonly object[]): Promise<number | null> => {
      configure(targets);
      const env = { PATH: dirname(program('kubectl', 'kubectl')), HOME: root, TMPDIR: root };
      const onStart = async (kill: Kill) => {
        await expect.poll(holds, { timeout: 20_000 }).toBe(true);
        kill('SIGKILL');
      };
      return (
        await runCli(['deploy', '--kubeconfig', kubeconfig, '--allow', 'scanner-command'], { cwd: root, env, onStart })
      ).code;
    },
    /** A folder with a kubectl that does something else first whenever it is to patch. */
    patchingAfter: (first: string): string => {
      const bin = mkdtempSync(join(folder, 'bin-'));
      const real = program('kubectl', 'kubectl');
      const before = first.replaceAll('KUBECTL', `"${real}" --kubeconfig "${kubeconfig}"`).replaceAll('FOLDER', bin);
      const script = `#!/bin/sh\ncase " $* " in *" patch "*) ${before};; esac\nexec "${real}" "$@"\n`;
      writeFileSync(join(bin, 'kubectl'), script, { mode: 0o755 });
      return bin;
    },
    stop: async () => {
      await cluster.stop();
      await registry.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
