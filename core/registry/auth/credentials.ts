import type { World } from '../../ports.ts';
import type { RegistrySettings } from '../settings.ts';
import type { Transport } from '../transport/transport.ts';
import { azureCredential } from './acr.ts';
import { anonymous, type Credential } from './credential.ts';
import { type DockerConfig, dockerCredential, readDockerConfig } from './docker-config.ts';

/** Finds the credential of a registry host, by exact host. */
export type FindCredential = (registry: string) => Promise<Credential>;

/** Credentials of one run: given ones, then Docker's logins, then what the job's own platform offers, else none. */
export function createCredentials(
  world: World,
  config: Pick<RegistrySettings, 'credentials' | 'githubToken' | 'azure'>,
  secret: (value: string) => void,
  transport: Transport,
): FindCredential {
  let docker: Promise<DockerConfig | undefined> | undefined;
  const find = async (registry: string): Promise<Credential> => {
    const given = givenCredential(config.credentials, registry);
    if (given !== undefined) return given;
    docker ??= readDockerConfig(world);
    const file = await docker;
    const login = file === undefined ? undefined : await dockerCredential(world, file, registry);
    const job = login ?? jobToken(world.env, config.githubToken, registry);
    return job ?? (await azureCredential({ world, transport, registry, secret, given: config.azure })) ?? anonymous;
  };
  const found = new Map<string, Promise<Credential>>();
  return (registry) => {
    const known = found.get(registry);
    if (known !== undefined) return known;
    const credential = find(registry).then((value) => {
      for (const text of secretsOf(value)) secret(text);
      return value;
    });
    found.set(registry, credential);
    credential.catch(() => found.delete(registry));
    return credential;
  };
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

/** GitHub's job token opens the registry of the very server that issued it, and no other. */
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
