import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RegistryCredential } from '../../../core/registry/settings.ts';
import { startRegistry } from '../../../testing/registry.ts';
import { startDaemon } from '../setup/daemon.ts';
import { type PartName, program } from '../setup/parts.ts';
import { startTokenServer } from './token-server.ts';

/** A registry of one kind, empty, with what its users must know. */
export interface Server {
  readonly host: string;
  /** Absent where everybody may do all. */
  readonly credential?: RegistryCredential;
  /** HOST:PORT of a token server of another port, which has to be allowed. */
  readonly realm?: string;
  /** Token requests so far, as their own server counts them. */
  tokens(): number;
  log(): string;
  stop(): Promise<void>;
}

/** A kind of registry that the contract is held to. */
export interface Kind {
  readonly name: string;
  readonly parts: readonly PartName[];
  readonly authenticates: boolean;
  /** Whether one token serves several repositories. */
  readonly tokens: boolean;
  start(): Promise<Server>;
}

const credential = { username: 'robot', password: 'correct horse' };
const users = { [credential.username]: credential.password };
// bcrypt, cost 5, of the password above: what Distribution's htpasswd takes.
const htpasswd = 'robot:$2b$05$abcdefghijklmnopqrstuuHNbAKRhpaujgo33bRWs.NLUTJO3lOy2\n';

export const kinds: readonly Kind[] = [
  {
    name: 'the in-process registry with tokens',
    parts: ['crane'],
    authenticates: true,
    tokens: true,
    start: async () => {
      const access = { '*': { [credential.username]: ['*'] } } as const;
      const registry = await startRegistry({ authentication: { kind: 'token', users, access } });
      const tokens = () => registry.requests.filter(({ path }) => path === '/token').length;
      return { host: registry.host, credential, tokens, log: () => '', stop: registry.close };
    },
  },
  {
    name: 'Distribution, open to all',
    parts: ['distribution', 'crane'],
    authenticates: false,
    tokens: false,
    start: () => startDistribution(async () => ({ stop: async () => {} })),
  },
  {
    name: 'Distribution with htpasswd',
    parts: ['distribution', 'crane'],
    authenticates: true,
    tokens: false,
    start: () =>
      startDistribution(async (root) => {
        const path = join(root, 'htpasswd');
        await writeFile(path, htpasswd);
        return { auth: { htpasswd: { realm: 'e2e', path } }, credential, stop: async () => {} };
      }),
  },
  {
    name: 'Distribution with a token server',
    parts: ['distribution', 'crane'],
    authenticates: true,
    tokens: true,
    start: () =>
      startDistribution(async (root) => {
        const server = await startTokenServer(root, users);
        const tokens = () => server.asked.length;
        return { auth: server.auth, credential, realm: server.host, tokens, stop: server.close };
      }),
  },
  { name: "crane's registry", parts: ['crane'], authenticates: false, tokens: false, start: startCrane },
];

interface Authentication {
  readonly auth?: object;
  readonly credential?: RegistryCredential;
  readonly realm?: string;
  readonly tokens?: () => number;
  stop(): Promise<void>;
}

async function startDistribution(authenticate: (root: string) => Promise<Authentication>): Promise<Server> {
  const root = await mkdtemp(join(tmpdir(), 'bir-registries-'));
  await mkdir(join(root, 'data'));
  const { auth, credential: known, realm, tokens = () => 0, stop } = await authenticate(root);
  const settings = {
    version: '0.1',
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(root, 'data') }, delete: { enabled: true } },
    http: { addr: '127.0.0.1:0' },
    ...(auth === undefined ? {} : { auth }),
  };
  await writeFile(join(root, 'config.json'), JSON.stringify(settings));
  const env = { PATH: process.env.PATH ?? '', OTEL_TRACES_EXPORTER: 'none' };
  const daemon = startDaemon(program('distribution', 'docker-registry'), ['serve', join(root, 'config.json')], env);
  const host = await daemon.until((log) => /listening on (127\.0\.0\.1:\d+)/.exec(log)?.[1]);
  return {
    host,
    ...(known === undefined ? {} : { credential: known }),
    ...(realm === undefined ? {} : { realm }),
    tokens,
    log: daemon.log,
    stop: async () => {
      await daemon.stop();
      await stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function startCrane(): Promise<Server> {
  const env = { PATH: process.env.PATH ?? '' };
  const daemon = startDaemon(program('crane', 'crane'), ['registry', 'serve', '--address', '127.0.0.1:0'], env);
  const port = await daemon.until((log) => /serving on port (\d+)/.exec(log)?.[1]);
  return { host: `127.0.0.1:${port}`, tokens: () => 0, log: daemon.log, stop: daemon.stop };
}
