import type { Config } from '../config.ts';
import { platformArguments } from '../dockerfile/arguments.ts';
import { fail } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import { formatPlatform, type Platform, samePlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Command, World } from '../ports.ts';
import { placeToRead } from '../registry/endpoint.ts';
import type { Registry } from '../registry/registry.ts';
import { dockerEnvironment } from './buildx/environment.ts';
import { withLogins } from './buildx/login.ts';
import { needsBuildKit, platformArgumentsIn } from './classic-dockerfile.ts';
import { beyondImages } from './contexts.ts';
import { type DockerDaemon, probeDocker } from './docker/probe.ts';
import { dockerfileOf, hasOwnIgnoreFile, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { cacheArguments } from './fresh.ts';
import { pinnedDockerfile, readTriggers } from './pinned-dockerfile.ts';
import { platformsToBuild } from './platforms.ts';
import { publishPushed } from './publish-pushed.ts';
import { digestPushed, evidenceOf, frontendNote } from './pushed.ts';
import { askedFor, type BuildSettings } from './settings.ts';
import { succeeded } from './tool-output.ts';

/** What the engine of the classic builder works with. */
export interface DockerContext {
  readonly world: World;
  readonly registry: Registry;
  readonly config: Config['registry'];
  readonly settings: BuildSettings;
  /** Told every line that docker prints; the text is a stranger's. */
  readonly log: (line: string) => void;
}

/** Full builds by a Docker daemon without buildx, on a Dockerfile whose bases are held at their pinned digests. */
export function dockerEngine(context: DockerContext): Engine {
  let probed: Promise<DockerDaemon> | undefined;
  const daemon = () => {
    probed ??= probeDocker(context.world.exec, dockerEnvironment(context.world));
    return probed;
  };
  return {
    name: 'docker',
    suits: async (order) => suitability(context, order, await daemon()),
    rebuild: async (order) => rebuild(context, order, await daemon()),
  };
}

async function suitability(context: DockerContext, order: BuildOrder, daemon: DockerDaemon): Promise<Suitability> {
  if (daemon.kind === 'unsuitable') return daemon;
  const [lacking] = askedFor(context.settings);
  if (lacking !== undefined) return unsuitable(`Docker's classic builder has no ${words[lacking] ?? lacking}`);
  const platforms = await platformsToBuild(context.registry, order);
  if (platforms.some((platform) => !samePlatform(platform, daemon.platform))) {
    const names = platforms.map(formatPlatform).join(', ');
    const own = formatPlatform(daemon.platform);
    return unsuitable(`it is for ${names}, and Docker's classic builder builds for ${own} alone`);
  }
  const text = await dockerfileOf(context.world, order);
  const feature = needsBuildKit(text) ?? beyondImages(order.build, text) ?? (await ownIgnoreFile(context.world, order));
  if (feature === undefined) return { kind: 'suitable' };
  return unsuitable(`it needs ${feature}, which Docker's classic builder does not know`);
}

const words: Readonly<Record<string, string>> = {
  secrets: 'secrets',
  ssh: 'SSH agents',
  cacheFrom: 'cache of that kind',
  cacheTo: 'cache to export',
  sbomGenerator: 'SBOM generators',
};

async function ownIgnoreFile(world: World, order: BuildOrder): Promise<string | undefined> {
  return (await hasOwnIgnoreFile(world, order)) ? `${order.build.dockerfile}.dockerignore` : undefined;
}

function unsuitable(why: string): Suitability {
  return { kind: 'unsuitable', why, remedy: 'install the docker-buildx plugin' };
}

async function rebuild(context: DockerContext, order: BuildOrder, daemon: DockerDaemon): Promise<BuiltImage> {
  const { world, registry } = context;
  if (daemon.kind === 'unsuitable') throw fail('missing-tool', order.build.name, daemon.why, daemon.remedy);
  const started = world.now().getTime();
  const dockerfile = await dockerfileOf(world, order);
  const platforms = { build: daemon.platform, target: daemon.platform };
  const triggers = await readTriggers(registry, order.pins, daemon.platform);
  const pinned = pinnedDockerfile({ order, dockerfile, routes: context.config, platforms, triggers });
  const { args, notes } = argumentsFor(context, order, dockerfile, daemon.platform);
  const digest = await buildAndPush(context, order, args, pinned);
  const reference = await publishPushed(registry, order, [digest]);
  return {
    reference,
    digest: reference.digest,
    engine: 'docker',
    pinned: order.pins,
    evidence: evidenceOf(order),
    durationMs: world.now().getTime() - started,
    notes: [...notes, ...frontendNote(order, "Docker's classic builder")],
  };
}

function argumentsFor({ world, settings }: DockerContext, order: BuildOrder, dockerfile: string, platform: Platform) {
  const { name, args, target } = order.build;
  const rule = settings.freshness;
  const fresh = cacheArguments({ rule, dockerfile, subject: name, now: world.now(), hasFilters: false });
  const own = platformArguments({ build: platform, target: platform }, '', {});
  const given = platformArgumentsIn(dockerfile).map((key) => [key, own.get(key) ?? ''] as const);
  return {
    notes: fresh.notes,
    args: [
      'build',
      '--file=-',
      `--tag=${formatReference(order.candidate)}`,
      '--force-rm',
      ...(target === undefined ? [] : [`--target=${target}`]),
      ...[...new Map([...given, ...Object.entries(args)])].map(([key, value]) => `--build-arg=${key}=${value}`),
      ...fresh.args,
      pathsOf(world, order).context,
    ],
  };
}

async function buildAndPush(
  context: DockerContext,
  order: BuildOrder,
  args: readonly string[],
  dockerfile: string,
): Promise<Digest> {
  const { world, config, registry, log } = context;
  const { name } = order.build;
  const candidate = formatReference(order.candidate);
  // BuildKit in the daemon is reached without buildx too, but says nothing of what it used.
  const plain = { ...dockerEnvironment(world), DOCKER_BUILDKIT: '0' };
  const hosts = [
    order.candidate.registry,
    ...order.pins.map(({ source }) => placeToRead(config, source).endpoint.registry),
  ];
  return withLogins(world, config, hosts, plain, async (env) => {
    const docker = (more: Partial<Command> & Pick<Command, 'args'>) =>
      world.exec({ file: 'docker', env, cwd: order.root, onLine: log, ...more });
    const timeout = context.settings.timeout === undefined ? {} : { timeout: context.settings.timeout };
    try {
      succeeded(name, 'docker build', await docker({ args, stdin: dockerfile, ...timeout }));
      const pushed = succeeded(name, 'docker push', await docker({ args: ['push', candidate], ...timeout }));
      return await digestPushed(registry, order, pushed.stdout);
    } finally {
      // The tag is this run's own; what an earlier build left under other names stays.
      await docker({ args: ['image', 'rm', candidate] });
    }
  });
}
