import { posix } from 'node:path';
import type { PlatformManifest } from '../../baseline/published.ts';
import { attempt, fail } from '../../failure.ts';
import { formatPlatform, type Platform, samePlatform } from '../../oci/platform.ts';
import { formatReference, type Reference } from '../../oci/reference.ts';
import type { World } from '../../ports.ts';
import { dockerEnvironment } from '../../rebuild/buildx/environment.ts';
import { withLogins, withOnlyLogin } from '../../rebuild/buildx/login.ts';
import { mayBePlain, placeToWrite } from '../../registry/transport/endpoint.ts';
import { pullCredentials } from '../../tools/pull-credential.ts';
import { scannerCredentials } from '../../tools/registry-login.ts';
import type { TestSettings, ValidationContext } from '../settings.ts';
import type { Check } from '../validation.ts';
import { runInContainer } from './container.ts';
import type { CommandOutcome } from './outcome.ts';
import { findRunner, type Tool, type Trial } from './tool.ts';
import { runInWorkingContainer } from './working-container.ts';

const passedOn = [
  'REGISTRY_AUTH_FILE',
  'CONTAINERS_CONF',
  'CONTAINERS_REGISTRIES_CONF',
  'CONTAINERS_STORAGE_CONF',
  'CONTAINER_HOST',
  'STORAGE_DRIVER',
  'BUILDAH_ISOLATION',
];

/** Runs the command of the tests in the candidate by digest, on the platform of this machine. */
export async function runCommand(
  context: Pick<ValidationContext, 'world' | 'config' | 'host'>,
  candidate: Reference,
  platforms: readonly PlatformManifest[],
  settings: TestSettings & { readonly command: readonly string[] },
): Promise<Check> {
  const { world, config } = context;
  const own = platformHere(world.platform.architecture);
  const name = settings.command.join(' ');
  const outcome = await attempt('tests.command', async (): Promise<CommandOutcome> => {
    const trial = trialOf(candidate, platforms, own, settings);
    const plainRegistry = mayBePlain(config.registry.insecureHosts, candidate.registry);
    return runIn(context, await findRunner(world, environmentOf(world), settings.runner), candidate, {
      ...trial,
      plainRegistry,
    });
  });
  const common = { kind: 'command', name, platform: formatPlatform(own) } as const;
  const ended: CommandOutcome = outcome.kind === 'done' ? outcome.value : { kind: 'not-run', failure: outcome.failure };
  switch (ended.kind) {
    case 'succeeded':
      return { ...common, verdict: 'pass' };
    case 'failed':
      return { ...common, verdict: 'fail', detail: ended.detail };
    case 'not-run':
      return { ...common, verdict: 'inconclusive', failure: ended.failure };
  }
}

// Docker takes a token that pulls; the others sign in by themselves, with a name and a password.
async function runIn(
  { world, config, host }: Pick<ValidationContext, 'world' | 'config' | 'host'>,
  tool: Tool,
  candidate: Reference,
  trial: Trial,
): Promise<CommandOutcome> {
  const { registry } = candidate;
  const env = environmentOf(world);
  const told = { secret: (value: string) => host.secret(value), note: (line: string) => host.log('info', line) };
  if (tool.name === 'docker') {
    const find = pullCredentials(world, config.registry, told);
    const credential = await find(
      placeToWrite(config.registry, candidate),
      trial.image.slice(trial.image.indexOf('@') + 1),
    );
    return withOnlyLogin(world, { host: registry, credential }, env, (only) => runInContainer(tool.under(only), trial));
  }
  const login = await scannerCredentials(world, config.registry, told.secret)(registry);
  if (login.kind !== 'anonymous')
    told.note(`${tool.name} takes no tokens of a registry, so it has the login of the run for ${registry}`);
  return withLogins(world, config.registry, [registry], env, (all) => {
    const ready = tool.under(withAuthFile(all));
    if (tool.name === 'podman') return runInContainer(ready, trial);
    return runInWorkingContainer(ready, trial, all.BUILDAH_ISOLATION ?? 'chroot');
  });
}

function trialOf(
  { registry, repository }: Reference,
  platforms: readonly PlatformManifest[],
  own: Platform,
  { command, timeout }: TestSettings & { readonly command: readonly string[] },
): Omit<Trial, 'plainRegistry'> {
  const [program, ...rest] = command;
  const found = platforms.find(({ platform }) => samePlatform(platform, own));
  if (found === undefined || program === undefined) {
    const has = platforms.map(({ platform }) => formatPlatform(platform)).join(', ');
    const detail = `this machine runs ${formatPlatform(own)}, and the candidate has ${has}`;
    throw fail('missing-tool', 'tests.command', detail, 'run it on a machine of one of its platforms');
  }
  const image = formatReference({ registry, repository, digest: found.manifest.descriptor.digest });
  return { image, command: [program, ...rest], timeout };
}

// Docker and podman run Linux images everywhere, on Windows and macOS in a machine of their own.
function platformHere(architecture: NodeJS.Architecture): Platform {
  const names: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', ia32: '386' };
  return { os: 'linux', architecture: names[architecture] ?? architecture };
}

function environmentOf({ env }: World): Readonly<Record<string, string>> {
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
