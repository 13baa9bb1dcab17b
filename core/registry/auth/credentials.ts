import type { World } from '../../ports.ts';
import type { RegistrySettings } from '../settings.ts';
import type { Transport } from '../transport/transport.ts';
import { azureCredential } from './acr.ts';
import { anonymous, type Credential } from './credential.ts';
import { type DockerConfig, dockerCredential, readDockerConfig } from './docker-config.ts';

/** Finds the credential of a registry host, by exact host. */
export type FindCredential = (registry: string) => Promise<Credential>;

/** One place where a registry's credential may be found. */
export interface Keychain {
  readonly name: string;
  /** The credential of a registry host; undefined where the place has none for it. */
  find(registry: string): Promise<Credential | undefined>;
}

interface KeychainParts {
  readonly world: World;
  readonly config: Pick<RegistrySettings, 'credentials' | 'githubToken' | 'azure'>;
  /** Learns every secret before it is used, so that the host masks it. */
  readonly secret: (value: string) => void;
  readonly transport: Transport;
}

/** The places in the order in which they are asked: what was given, Docker's logins, then what the job's own platform offers. */
export function keychainsOf({ world, config, secret, transport }: KeychainParts): readonly Keychain[] {
  return [
    { name: 'inputs', find: async (registry) => givenCredential(config.credentials, registry) },
    dockerKeychain(world),
    { name: 'github', find: async (registry) => jobToken(world.env, config.githubToken, registry) },
    {
      name: 'azure',
      find: (registry) => azureCredential({ world, transport, registry, secret, given: config.azure }),
    },
  ];
}

// The file is read once, and not before a registry is asked for which nothing was given.
function dockerKeychain(world: World): Keychain {
  let read: Promise<DockerConfig | undefined> | undefined;
  return {
    name: 'docker',
    find: async (registry) => {
      read ??= readDockerConfig(world);
      const file = await read;
      return file === undefined ? undefined : dockerCredential(world, file, registry);
    },
  };
}

/** Credentials of one run: those of the first place that has one for the registry, else none; each registry is looked up once. */
export function createCredentials(
  world: World,
  config: KeychainParts['config'],
  secret: (value: string) => void,
  transport: Transport,
): FindCredential {
  const keychains = keychainsOf({ world, config, secret, transport });
  const found = new Map<string, Promise<Credential>>();
  return (registry) => {
    const known = found.get(registry);
    if (known !== undefined) return known;
    const credential = firstIn(keychains, registry).then((value) => {
      for (const text of secretsOf(value)) secret(text);
      return value;
    });
    found.set(registry, credential);
    credential.catch(() => found.delete(registry));
    return credential;
  };
}

async function firstIn(keychains: readonly Keychain[], registry: string): Promise<Credential> {
  for (const keychain of keychains) {
    const credential = await keychain.find(registry);
    if (credential !== undefined) return credential;
  }
  return anonymous;
}

function givenCredential(credentials: RegistrySettings['credentials'], registry: string): Credential | undefined {
  const hub = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
  const names = registry === 'docker.io' ? hub : [registry];
  const [given] = names.flatMap((name) => (Object.hasOwn(credentials, name) ? [credentials[name]] : []));
  if (given === undefined) return undefined;
  const source = 'the inputs';
  // Docker's mark for an identity token in place of a password.
  return given.username === '<token>'
    ? { kind: 'identity', token: given.password, source }
    : { kind: 'basic', ...given, source };
}

/** GitHub's job token opens the registry of the server that issued it, and no other. */
function jobToken(env: World['env'], given: string | undefined, registry: string): Credential | undefined {
  const password = given ?? env.GITHUB_TOKEN;
  if (!password) return undefined;
  const server = env.GITHUB_SERVER_URL ?? 'https://github.com';
  const host = URL.canParse(server) ? new URL(server).hostname : '';
  if (registry !== (host === 'github.com' ? 'ghcr.io' : `containers.${host}`)) return undefined;
  const username = env.GITHUB_ACTOR ?? 'token';
  const source = given === undefined ? 'GITHUB_TOKEN' : 'github-token';
  return { kind: 'basic', username, password, source, ambient: true };
}

function secretsOf(credential: Credential): readonly string[] {
  switch (credential.kind) {
    case 'anonymous':
      return [];
    case 'basic':
      return [credential.password, Buffer.from(`${credential.username}:${credential.password}`).toString('base64')];
    case 'identity':
    case 'bearer':
      return [credential.token];
  }
}
