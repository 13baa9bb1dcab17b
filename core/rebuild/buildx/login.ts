import { posix, win32 } from 'node:path';
import { itemsOf, type Mapping, mappingOf, parseJson } from '../../json.ts';
import type { World } from '../../ports.ts';
import type { Credential } from '../../registry/auth/credential.ts';
import { dockerCredential, readDockerConfig, registryOf } from '../../registry/auth/docker-config.ts';
import type { RegistrySettings } from '../../registry/settings.ts';
import { scannerCredentials } from '../../tools/registry-login.ts';

type Environment = Readonly<Record<string, string>>;
type Login = Readonly<Record<string, string>>;
type Logins = ReadonlyMap<string, Login>;

/**
 * Runs work with the environment of a docker that can log in to these registry hosts as the run can: docker's own
 * where it knows the logins, else a private copy of its configuration with them added.
 */
export async function withLogins<T>(
  world: World,
  config: RegistrySettings,
  hosts: readonly string[],
  env: Environment,
  work: (env: Environment) => Promise<T>,
): Promise<T> {
  const logins = await missingLogins(world, config, hosts);
  if (logins.size === 0) return work(env);
  const folder = await world.files.temporaryDirectory('base-image-refresh-docker');
  try {
    return await work(await copyConfiguration(world, folder, env, logins));
  } finally {
    await world.files.remove(folder);
  }
}

/**
 * Runs work with the environment of a docker that has one login and no other: its own configuration without logins and
 * helpers, in a private copy.
 */
export async function withOnlyLogin<T>(
  world: World,
  { host, credential }: { readonly host: string; readonly credential: Credential },
  env: Environment,
  work: (env: Environment) => Promise<T>,
): Promise<T> {
  const login = loginOf(credential);
  const logins = new Map(login === undefined ? [] : [[keyOf(host), login]]);
  const folder = await world.files.temporaryDirectory('base-image-refresh-docker');
  try {
    return await work(await copyConfiguration(world, folder, env, logins, withoutLogins));
  } finally {
    await world.files.remove(folder);
  }
}

function withoutLogins({ auths: _auths, credHelpers: _helpers, credsStore: _store, ...theirs }: Mapping): Mapping {
  return theirs;
}

// Docker Hub has a key of its own.
function keyOf(host: string): string {
  return host === 'docker.io' ? 'https://index.docker.io/v1/' : host;
}

async function missingLogins(world: World, config: RegistrySettings, hosts: readonly string[]): Promise<Logins> {
  // The host masks these secrets already: it has read what is built here.
  const find = scannerCredentials(world, config, () => {});
  const docker = await readDockerConfig(world);
  const given = new Set(Object.keys(config.credentials).map(registryOf));
  const logins = new Map<string, Login>();
  for (const host of new Set(hosts)) {
    const known = docker !== undefined && !given.has(host) && (await dockerCredential(world, docker, host));
    const login = known ? undefined : loginOf(await find(host));
    if (login !== undefined) logins.set(keyOf(host), login);
  }
  return logins;
}

/** A credential in the form that `docker login` writes; undefined for none. */
export function loginOf(credential: Credential): Login | undefined {
  switch (credential.kind) {
    case 'anonymous':
      return undefined;
    case 'basic':
      return { auth: Buffer.from(`${credential.username}:${credential.password}`, 'utf8').toString('base64') };
    case 'identity':
      return { identitytoken: credential.token };
    case 'bearer':
      return { registrytoken: credential.token };
  }
}

async function copyConfiguration(
  world: World,
  folder: string,
  env: Environment,
  logins: Logins,
  pick: (theirs: Mapping) => Mapping = (theirs) => theirs,
): Promise<Environment> {
  const { join } = world.platform.os === 'win32' ? win32 : posix;
  const home = env.DOCKER_CONFIG ?? join(env.HOME ?? env.USERPROFILE ?? world.cwd, '.docker');
  const theirs = pick(await readJson(world, join(home, 'config.json')));
  const plugins = join(home, 'cli-plugins');
  await world.files.write(join(folder, 'config.json'), JSON.stringify(withAuths(theirs, logins, plugins)));
  await copyFolder(world, join(home, 'contexts'), join(folder, 'contexts'), join);
  return { BUILDX_CONFIG: join(home, 'buildx'), ...env, DOCKER_CONFIG: folder };
}

function withAuths(theirs: Mapping, logins: Logins, plugins: string) {
  // An empty helper makes docker read the file for this host, whatever store it has for the others.
  const helpers = [...logins.keys()].map((key) => [key, ''] as const);
  const extra = itemsOf(theirs.cliPluginsExtraDirs);
  return {
    ...theirs,
    auths: { ...mappingOf(theirs.auths), ...Object.fromEntries(logins) },
    credHelpers: { ...mappingOf(theirs.credHelpers), ...Object.fromEntries(helpers) },
    cliPluginsExtraDirs: [...extra, plugins],
  };
}

async function readJson(world: World, path: string): Promise<Mapping> {
  if ((await world.files.stat(path)).kind !== 'file') return {};
  return mappingOf(parseJson(await world.files.readText(path))) ?? {};
}

async function copyFolder(world: World, from: string, to: string, join: typeof posix.join): Promise<void> {
  if ((await world.files.stat(from)).kind !== 'directory') return;
  for (const { name, kind } of await world.files.list(from)) {
    if (kind === 'directory') await copyFolder(world, join(from, name), join(to, name), join);
    if (kind === 'file') await world.files.write(join(to, name), await world.files.read(join(from, name)));
  }
}
