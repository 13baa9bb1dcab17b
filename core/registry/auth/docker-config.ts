import { posix, win32 } from 'node:path';
import { fail } from '../../failure.ts';
import { type Mapping, mappingOf, parsed } from '../../json.ts';
import type { World } from '../../ports.ts';
import type { Credential } from './credential.ts';
import { askHelper } from './credential-helper.ts';

/** Docker's client configuration, as far as it is about logins. */
export interface DockerConfig {
  readonly path: string;
  readonly auths: Mapping;
  readonly helpers: Mapping;
  readonly store?: string;
}

const hubKey = 'https://index.docker.io/v1/';

/** Reads `$DOCKER_CONFIG/config.json` or `~/.docker/config.json`; undefined where there is none. */
export async function readDockerConfig(world: World): Promise<DockerConfig | undefined> {
  const path = configPath(world);
  if (path === undefined || (await world.files.stat(path)).kind !== 'file') return undefined;
  const document = mappingOf(parsed((await world.files.readText(path)).replace(/^\uFEFF/, '')));
  if (document === undefined)
    throw fail('config', path, 'is not a JSON object', 'fix it or point DOCKER_CONFIG elsewhere');
  const store =
    typeof document.credsStore === 'string' && document.credsStore !== '' ? { store: document.credsStore } : {};
  return { path, auths: mappingOf(document.auths) ?? {}, helpers: mappingOf(document.credHelpers) ?? {}, ...store };
}

function configPath({ env, platform }: World): string | undefined {
  const join = platform.os === 'win32' ? win32.join : posix.join;
  if (env.DOCKER_CONFIG) return join(env.DOCKER_CONFIG, 'config.json');
  const home = env.HOME ?? env.USERPROFILE;
  return home ? join(home, '.docker', 'config.json') : undefined;
}

/** The credential that Docker would use for a registry: by the host's helper, else the store, else the file. */
export async function dockerCredential(
  world: World,
  config: DockerConfig,
  registry: string,
): Promise<Credential | undefined> {
  const server = registry === 'docker.io' ? hubKey : registry;
  const own = Object.entries(config.helpers).find(([key]) => registryOf(key) === registry)?.[1];
  const helper = own ?? config.store;
  if (helper !== undefined) {
    if (typeof helper !== 'string') throw fail('config', config.path, `names no credential helper for ${registry}`);
    const found = await askHelper(world, helper, server);
    if (found !== undefined) return found;
  }
  const [, entry] = Object.entries(config.auths).find(([key]) => registryOf(key) === registry) ?? [];
  const login = mappingOf(entry);
  return login === undefined ? undefined : fileCredential(login, config.path, registry);
}

/** The registry that a key of Docker's configuration is for; undefined for one that names a path within a registry. */
export function registryOf(key: string): string | undefined {
  const match = /^(?:https?:\/\/)?([^/]+)(?:\/(?:v[12]\/?)?)?$/.exec(key.trim());
  const host = match?.[1]?.toLowerCase();
  return host === 'index.docker.io' || host === 'registry-1.docker.io' ? 'docker.io' : host;
}

function fileCredential(entry: Mapping, path: string, registry: string): Credential | undefined {
  const source = path;
  if (isText(entry.registrytoken)) return { kind: 'bearer', token: entry.registrytoken, source };
  if (isText(entry.identitytoken)) return { kind: 'identity', token: entry.identitytoken, source };
  if (isText(entry.auth)) {
    const decoded = Buffer.from(entry.auth, 'base64').toString('utf8').replace(/\0+$/, '');
    const colon = decoded.indexOf(':');
    if (colon < 1)
      throw fail(
        'config',
        path,
        `the login for ${registry} is not USER:PASSWORD in base64`,
        `log in to ${registry} again`,
      );
    return { kind: 'basic', username: decoded.slice(0, colon), password: decoded.slice(colon + 1), source };
  }
  if (isText(entry.username) && isText(entry.password)) {
    return { kind: 'basic', username: entry.username, password: entry.password, source };
  }
  return undefined;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
