import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type AcrTasksServer, resource, type ScheduledBuild, startAcrTasks } from '../../support/acr-tasks.ts';
import type { RunningDockerd } from './dockerd.ts';
import { program } from './parts.ts';
import { must } from './run.ts';

/** A registry that is Azure's for a run that is started with `env`: its name, its tasks, and a login of the Azure CLI. */
export interface AzureSite {
  readonly registryHost: string;
  readonly resource: string;
  /** How the network is reached: everything of Azure by a proxy that answers for it, by certificates of an authority of its own. */
  readonly env: Readonly<Record<string, string>>;
  readonly tasks: AcrTasksServer;
  stop(): Promise<void>;
}

const registryHost = 'myregistry.azurecr.io';

/** Starts it over a real registry; what its tasks are given is built by a real Docker, without BuildKit, as they build. */
export async function startAzure(registry: string, engine: RunningDockerd): Promise<AzureSite> {
  const folder = await mkdtemp(join(tmpdir(), 'bir-azure-'));
  const tasks = await startAcrTasks({ build: (build) => buildClassic(folder, registry, engine, build) });
  const keys = await certificates(folder);
  const secure = createSecureServer(keys, (incoming, outgoing) => {
    const isRegistry = incoming.headers.host === registryHost;
    if (isRegistry && incoming.url?.startsWith('/oauth2/')) return exchange(incoming, outgoing);
    forward(isRegistry ? `http://${registry}` : tasks.url, incoming, outgoing);
  });
  const proxy = createServer();
  proxy.on('connect', (_, socket) => {
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    secure.emit('connection', socket);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const authority = join(folder, 'ca.pem');
  return {
    registryHost,
    resource,
    tasks,
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      NODE_EXTRA_CA_CERTS: authority,
      SSL_CERT_FILE: authority,
      PATH: [await azureCli(folder), dirname(process.execPath), process.env.PATH].join(delimiter),
    },
    stop: async () => {
      proxy.closeAllConnections();
      await Promise.all([new Promise((resolve) => proxy.close(resolve)), tasks.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

// An Entra token is exchanged for a refresh token, and that for a token of the registry (ACR, AAD-OAuth).
function exchange(incoming: IncomingMessage, outgoing: ServerResponse): void {
  incoming.resume();
  const name = incoming.url === '/oauth2/exchange' ? 'refresh_token' : 'access_token';
  outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ [name]: 'of-the-registry' }));
}

function forward(to: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const onward = request(
    `${to}${incoming.url}`,
    { method: incoming.method ?? 'GET', headers: { ...incoming.headers, 'x-forwarded-proto': 'https' } },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

// The builder of ACR Tasks is Docker's classic one; it is given texts, and answers what the registry then names.
async function buildClassic(
  folder: string,
  registry: string,
  engine: RunningDockerd,
  { request: asked, source, modes }: ScheduledBuild,
): Promise<string> {
  const context = await mkdtemp(join(folder, 'context-'));
  for (const [name, text] of Object.entries(source)) {
    if (text.startsWith('directory')) continue;
    await writeFile(join(context, name), text);
    await chmod(join(context, name), modes[name] ?? 0o644);
  }
  const [name] = asked.imageNames as readonly string[];
  const { architecture } = asked.platform as { readonly architecture: string };
  const args = asked.arguments as readonly { readonly name: string; readonly value: string }[];
  const image = `${registry}/${name}`;
  const options = [
    `--platform=linux/${architecture}`,
    ...(asked.noCache === true ? ['--no-cache'] : []),
    ...args.map((arg) => `--build-arg=${arg.name}=${arg.value}`),
    ...['--file', join(context, String(asked.dockerFilePath)), '--tag', image],
  ];
  const env = { ...engine.env, DOCKER_BUILDKIT: '0' };
  await must(program('dockerd', 'docker'), ['build', ...options, context], { env });
  const pushed = await must(program('dockerd', 'docker'), ['push', image], { env });
  const [, digest] = /digest: (sha256:[0-9a-f]{64})/.exec(pushed) ?? [];
  if (digest === undefined) throw new Error(pushed);
  return digest;
}

async function certificates(folder: string) {
  const at = (name: string) => join(folder, name);
  const names = [registryHost, 'management.azure.com', 'storage.example'].map((name) => `DNS:${name}`);
  const made = (...args: readonly string[]) => must('openssl', args, { cwd: folder });
  await writeFile(at('names.cnf'), `subjectAltName=${names.join(',')}\n`);
  const fresh = ['-newkey', 'rsa:2048', '-nodes'];
  await made('req', '-x509', ...fresh, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=test CA');
  await made('req', ...fresh, '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=azure');
  const signing = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.cnf'];
  await made('x509', '-req', '-in', 'request.pem', ...signing, '-out', 'cert.pem');
  return { key: await readFile(at('key.pem')), cert: await readFile(at('cert.pem')) };
}

// `az account get-access-token`: somebody has logged in.
async function azureCli(folder: string): Promise<string> {
  const expires = Math.floor(Date.now() / 1000) + 3600;
  const answer = JSON.stringify({ accessToken: 'entra-token', expires_on: expires, tokenType: 'Bearer' });
  await writeFile(join(folder, 'az'), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  return folder;
}
