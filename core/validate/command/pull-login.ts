import { posix } from 'node:path';
import type { Digest } from '../../oci/digest.ts';
import type { Platform } from '../../oci/platform.ts';
import type { Reference } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';
import { dockerEnvironment } from '../../rebuild/buildx/environment.ts';
import { withLogins, withOnlyLogin } from '../../rebuild/buildx/login.ts';
import { placeToWrite } from '../../registry/transport/endpoint.ts';
import { pullCredentials } from '../../tools/pull-credential.ts';
import { scannerCredentials } from '../../tools/registry-login.ts';
import type { ValidationContext } from '../settings.ts';
import type { Tool } from './tool.ts';

const passedOn = [
  'REGISTRY_AUTH_FILE',
  'CONTAINERS_CONF',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_STORAGE_CONF',
  'CONTAINER_HOST',
  'STORAGE_DRIVER',
  'BUILDAH_ISOLATION',
];

/**
 * Uses a tool that can pull an image by its digest. Docker takes a token that pulls; the others sign in by themselves, with a name and
 * a password.
 */
export async function withPullLogin<T>(
  { world, config, host }: Pick<ValidationContext, 'world' | 'config' | 'host'>,
  tool: Tool,
  image: Reference & { readonly digest: Digest },
  use: (ready: Tool) => Promise<T>,
): Promise<T> {
  const { registry, digest } = image;
  const env = toolEnvironment(world);
  const output = { secret: (value: string) => host.secret(value), note: (line: string) => host.log('info', line) };
  if (tool.name === 'docker') {
    const find = pullCredentials(world, config.registry, output);
    const credential = await find(placeToWrite(config.registry, image), digest);
    return withOnlyLogin(world, { host: registry, credential }, env, (only) => use(tool.under(only)));
  }
  const login = await scannerCredentials(world, config.registry, output.secret)(registry);
  if (login.kind !== 'anonymous')
    output.note(`${tool.name} takes no tokens of a registry, so it has the login of the run for ${registry}`);
  return withLogins(world, config.registry, [registry], env, (all) => use(tool.under(withAuthFile(all))));
}

/** The platform whose images run here: docker and podman run Linux everywhere, on Windows and macOS in a machine of their own. */
export function platformHere(architecture: NodeJS.Architecture): Platform {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };
  return { os: 'linux', architecture: names[architecture] ?? architecture };
}

/** What programs that run containers are given of the environment. */
export function toolEnvironment({ env }: World): Readonly<Record<string, string>> {
  const more = passedOn.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...dockerEnvironment({ env }), ...Object.fromEntries(more) };
}

// podman and buildah read docker's file where a variable names it.
function withAuthFile(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { DOCKER_CONFIG: folder, REGISTRY_AUTH_FILE: own } = env;
  return folder === undefined || own !== undefined
    ? env
    : { ...env, REGISTRY_AUTH_FILE: posix.join(folder, 'config.json') };
}
