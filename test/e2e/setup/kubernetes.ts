import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Daemon, startDaemon } from './daemon.ts';
import { program } from './parts.ts';

/** A control plane without nodes: what a kubelet would report is written by `kubelet`. */
export interface Cluster {
  /** A kubeconfig for somebody: the administrator, or who may do only what a role allows. */
  kubeconfigOf(user: (typeof users)[number]): Promise<string>;
  /** Asks the API server as administrator; fails where it answers other than 2xx. */
  api(method: string, path: string, body?: object): Promise<KubeObject>;
  /** From now on pods that run an image are what this says of it: ready, or waiting for a reason. */
  kubelet(judge: (image: string) => 'ready' | { readonly reason: string; readonly message: string }): void;
  log(): string;
  stop(): Promise<void>;
}

/** An object of the API, as far as tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: every kind of object has another form.
export type KubeObject = any;

const users = ['admin', 'deployer', 'stranger'] as const;

/** Starts etcd, the API server and the controllers on free loopback ports, with data that is nobody else's. */
export async function startCluster(): Promise<Cluster> {
  const root = await mkdtemp(join(tmpdir(), 'bir-kube-'));
  const started: Daemon[] = [];
  const kubelet: { judge?: Parameters<Cluster['kubelet']>[0]; timer?: NodeJS.Timeout; busy: boolean } = { busy: false };
  const stop = async () => {
    clearInterval(kubelet.timer);
    for (const daemon of started.reverse()) await daemon.stop();
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
  };
  const start = (name: string, args: readonly string[]) => {
    const daemon = startDaemon(program('kubernetes', name), args, { PATH: process.env.PATH ?? '', HOME: root });
    started.push(daemon);
    return daemon;
  };
  try {
    const etcd = await startEtcd(root, start);
    const tokens = new Map(users.map((user) => [user, randomBytes(16).toString('hex')]));
    const server = await startServer(root, etcd, tokens, start);
    startControllers(root, await writeKubeconfig(root, server, 'admin', tokens.get('admin') ?? ''), start);
    const api: Cluster['api'] = (method, path, body) =>
      ask(`${server}${path}`, tokens.get('admin') ?? '', method, body);
    kubelet.timer = setInterval(async () => {
      if (kubelet.busy || kubelet.judge === undefined) return;
      kubelet.busy = true;
      await reportPods(api, kubelet.judge).catch(() => {});
      kubelet.busy = false;
    }, 250);
    return {
      kubeconfigOf: (user) => writeKubeconfig(root, server, user, tokens.get(user) ?? ''),
      api,
      kubelet: (judge) => {
        kubelet.judge = judge;
      },
      log: () => started.map((daemon) => daemon.log()).join('\n'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function ask(url: string, token: string, method: string, body: object | undefined): Promise<KubeObject> {
  return new Promise((resolve, reject) => {
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, 'content-type': type };
    const asked = request(url, { method, headers, rejectUnauthorized: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      answer.on('end', () => {
        const isGood = (answer.statusCode ?? 500) < 300;
        if (isGood) resolve(text.startsWith('{') ? JSON.parse(text) : text);
        else reject(new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 500)}`));
      });
    });
    asked.on('error', reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

// The status that a kubelet writes of each pod that nobody has told of yet, or that was told of otherwise.
async function reportPods(api: Cluster['api'], judge: Parameters<Cluster['kubelet']>[0]): Promise<void> {
  const { items } = await api('GET', '/api/v1/pods');
  for (const pod of items) {
    const state = judge(pod.spec.containers[0].image);
    const said = state === 'ready' ? 'ready' : state.reason;
    if (pod.metadata.deletionTimestamp !== undefined || pod.metadata.annotations?.told === said) continue;
    const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    const marked = await api('PATCH', path, { metadata: { annotations: { told: said } } });
    await api('PUT', `${path}/status`, { ...marked, status: statusOf(pod, state) });
  }
}

function statusOf(pod: KubeObject, state: ReturnType<Parameters<Cluster['kubelet']>[0]>): object {
  const isReady = state === 'ready';
  const now = new Date().toISOString().replace(/\.\d+/, '');
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: isReady || type === 'Initialized' || type === 'PodScheduled' ? 'True' : 'False',
    lastTransitionTime: now,
  }));
  const containerStatuses = pod.spec.containers.map(({ name, image }: KubeObject) => ({
    name,
    image,
    imageID: image,
    ready: isReady,
    restartCount: 0,
    state: isReady ? { running: { startedAt: now } } : { waiting: state },
  }));
  return { phase: isReady ? 'Running' : 'Pending', conditions, containerStatuses, startTime: now };
}

type Start = (name: string, args: readonly string[]) => Daemon;

async function startEtcd(root: string, start: Start): Promise<string> {
  const [client, peer] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
  const clients = [`--listen-client-urls=${client}`, `--advertise-client-urls=${client}`];
  const peers = [`--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`];
  const cluster = [`--initial-cluster=default=${peer}`, '--unsafe-no-fsync'];
  start('etcd', [`--data-dir=${join(root, 'etcd')}`, ...clients, ...peers, ...cluster]);
  return client;
}

async function startServer(
  root: string,
  etcd: string,
  tokens: ReadonlyMap<string, string>,
  start: Start,
): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  await writeFile(join(root, 'sa.key'), privateKey);
  await writeFile(join(root, 'sa.pub'), publicKey);
  const rows = [...tokens].map(
    ([user, token]) => `${token},${user},${user}${user === 'admin' ? ',system:masters' : ''}`,
  );
  await writeFile(join(root, 'tokens.csv'), `${rows.join('\n')}\n`);
  const port = await freePort();
  const daemon = start('kube-apiserver', [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    // Of a block for documentation: it may not be loopback, and nobody goes there.
    '--advertise-address=192.0.2.2',
    `--secure-port=${port}`,
    '--insecure-port=0',
    `--cert-dir=${join(root, 'certs')}`,
    `--service-account-key-file=${join(root, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(root, 'sa.key')}`,
    '--service-account-issuer=https://cluster.example',
    `--token-auth-file=${join(root, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--disable-admission-plugins=ServiceAccount',
    '--service-cluster-ip-range=10.0.0.0/24',
  ]);
  const server = `https://127.0.0.1:${port}`;
  const isReady = () => ask(`${server}/readyz`, tokens.get('admin') ?? '', 'GET', undefined).catch(() => undefined);
  await daemon.until(async () => ((await isReady()) === 'ok' ? true : undefined), 60_000);
  return server;
}

function startControllers(root: string, kubeconfig: string, start: Start): void {
  const without = ['nodeipam', 'nodelifecycle', 'cloud-node-lifecycle', 'service', 'route'];
  start('kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    `--service-account-private-key-file=${join(root, 'sa.key')}`,
    `--controllers=*,${without.map((name) => `-${name}`).join(',')}`,
    '--port=0',
    '--secure-port=0',
    '--leader-elect=false',
  ]);
}

async function writeKubeconfig(root: string, server: string, user: string, token: string): Promise<string> {
  const certificate = await readFile(join(root, 'certs', 'apiserver.crt'));
  const authority = { 'certificate-authority-data': certificate.toString('base64') };
  const file = join(root, `${user}.kubeconfig`);
  const document = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...authority } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: `${user}@test`, context: { cluster: 'test', user, namespace: 'default' } }],
    'current-context': `${user}@test`,
  };
  await writeFile(file, JSON.stringify(document), { mode: 0o600 });
  return file;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
