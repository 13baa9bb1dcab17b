import { posix } from 'node:path';
import { fail } from '../../failure.ts';
import { mappingOf, parseJson } from '../../json.ts';
import type { World } from '../../ports.ts';
import type { RegistrySettings } from '../../registry/settings.ts';
import { mayBePlain } from '../../registry/transport/endpoint.ts';
import { scannerCredentials } from '../../tools/registry-login.ts';
import { loginOf } from '../buildx/login.ts';

type Environment = Readonly<Record<string, string>>;

/** What buildah or podman reads of the registries of one build, on top of what the user's files say. */
export interface RegistryAccess {
  readonly world: World;
  readonly config: RegistrySettings;
  readonly hosts: readonly string[];
}

/**
 * Runs work with an environment in which the tool may log in to these hosts as the run can, and speaks plain HTTP to
 * those of them that the run does. Private copies of the user's files stand in for them, removed afterwards.
 */
export async function withRegistries<T>(
  access: RegistryAccess,
  env: Environment,
  work: (env: Environment) => Promise<T>,
): Promise<T> {
  const { world } = access;
  const folder = await world.files.temporaryDirectory('base-image-refresh-containers');
  try {
    const files = { ...(await authFile(access, env, folder)), ...(await registriesFile(access, env, folder)) };
    return await work({ ...env, ...files });
  } finally {
    await world.files.remove(folder);
  }
}

// containers-auth.json(5); a file that is named replaces all the others.
async function authFile({ world, config, hosts }: RegistryAccess, env: Environment, folder: string) {
  const find = scannerCredentials(world, config, () => {});
  const logins = await Promise.all(hosts.map(async (host) => [host, loginOf(await find(host))] as const));
  const known = logins.filter(([, login]) => login !== undefined);
  if (known.length === 0) return {};
  const theirs = env.REGISTRY_AUTH_FILE ?? posix.join(env.XDG_RUNTIME_DIR ?? '/nonexistent', 'containers/auth.json');
  const document = await readJson(world, theirs);
  const auths = { ...(mappingOf(document.auths) ?? {}), ...Object.fromEntries(known) };
  const path = posix.join(folder, 'auth.json');
  await world.files.write(path, JSON.stringify({ ...document, auths }));
  return { REGISTRY_AUTH_FILE: path };
}

// containers-registries.conf(5). An option of the command line would leave out TLS for every host of the build.
async function registriesFile({ world, config, hosts }: RegistryAccess, env: Environment, folder: string) {
  const plain = hosts.filter((host) => mayBePlain(config.insecureHosts, host));
  if (plain.length === 0) return {};
  const places = [
    env.CONTAINERS_REGISTRIES_CONF,
    posix.join(env.XDG_CONFIG_HOME ?? posix.join(env.HOME ?? '/nonexistent', '.config'), 'containers/registries.conf'),
    '/etc/containers/registries.conf',
    '/usr/share/containers/registries.conf',
  ];
  const theirs = await firstText(world, places);
  const missing = plain.filter((host) => !theirs.includes(JSON.stringify(host)));
  const entries = missing.map((host) => `[[registry]]\nlocation = ${JSON.stringify(host)}\ninsecure = true\n`);
  const path = posix.join(folder, 'registries.conf');
  await world.files.write(path, [theirs, ...entries].join('\n'));
  return { CONTAINERS_REGISTRIES_CONF: path };
}

async function firstText(world: World, places: readonly (string | undefined)[]): Promise<string> {
  for (const place of places) {
    if (place !== undefined && (await world.files.stat(place)).kind === 'file') return world.files.readText(place);
  }
  return '';
}

async function readJson(world: World, path: string): Promise<Readonly<Record<string, unknown>>> {
  if ((await world.files.stat(path)).kind !== 'file') return {};
  try {
    return mappingOf(parseJson(await world.files.readText(path))) ?? {};
  } catch {
    // The parser's own words quote the file, and it holds logins.
    throw fail('config', path, 'cannot be read as JSON', 'correct it, or log in again');
  }
}
