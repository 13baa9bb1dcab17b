import { platformArguments } from '../dockerfile/arguments.ts';
import { fail } from '../failure.ts';
import { formatPlatform, samePlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Command, Exit, World } from '../ports.ts';
import { succeeded } from '../tools/tool-output.ts';
import { dockerEnvironment } from './buildx/environment.ts';
import { withLogins } from './buildx/login.ts';
import { needsBuildKit, platformArgumentsIn } from './classic-dockerfile.ts';
import { contextArchive } from './context-archive.ts';
import { beyondImages } from './contexts.ts';
import { type DockerDaemon, probeDocker } from './docker/probe.ts';
import { dockerfileOf, hasOwnIgnoreFile, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { readIgnoreFile } from './ignore-file.ts';
import { optionArguments } from './options.ts';
import { hostsOf, type PinnedBuilder, type PinnedContext, type PinnedJob, rebuildPinned } from './pinned-build.ts';
import { platformsToBuild } from './platforms.ts';
import { digestPushed } from './pushed.ts';
import { askedFor } from './settings.ts';

/** Milliseconds for taking the candidate out of the daemon again. */
const removalTimeout = 5 * 60_000;

/** Full builds by a Docker daemon without buildx, on a Dockerfile whose bases are held at their pinned digests. */
export function dockerEngine(context: PinnedContext): Engine {
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

async function suitability(context: PinnedContext, order: BuildOrder, daemon: DockerDaemon): Promise<Suitability> {
  if (daemon.kind === 'unsuitable') return daemon;
  const [lacking] = askedFor(order.settings ?? context.settings);
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

async function rebuild(context: PinnedContext, order: BuildOrder, daemon: DockerDaemon): Promise<BuiltImage> {
  if (daemon.kind === 'unsuitable') throw fail('missing-tool', order.build.name, daemon.why, daemon.remedy);
  const { platform } = daemon;
  return rebuildPinned(context, order, {
    engine: 'docker',
    title: "Docker's classic builder",
    own: platform,
    platforms: [platform],
    build: (job) => buildAndPush(context, job),
  });
}

async function buildAndPush(context: PinnedContext, job: PinnedJob): ReturnType<PinnedBuilder['build']> {
  const { world, config, registry, log } = context;
  const { order } = job;
  const settings = order.settings ?? context.settings;
  const { name } = order.build;
  const candidate = formatReference(order.candidate);
  // BuildKit in the daemon is reached without buildx too, but says nothing of what it used.
  const plain = { ...dockerEnvironment(world), DOCKER_BUILDKIT: '0' };
  const { timeout } = settings;
  return withLogins(world, config, hostsOf(config, order), plain, async (env) => {
    const docker: Docker = (more) =>
      world.exec({ file: 'docker', env, cwd: order.root, onLine: log, timeout, ...more });
    try {
      succeeded(name, 'docker build', await buildWith(context, job, docker));
      const pushed = succeeded(name, 'docker push', await docker({ args: ['push', candidate] }));
      return { digest: await digestPushed(registry, order, pushed.stdout), notes: [] };
    } finally {
      // The tag is this run's own; what an earlier build left under other names stays.
      await docker({ args: ['image', 'rm', candidate], timeout: removalTimeout });
    }
  });
}

type Docker = (more: Partial<Command> & Pick<Command, 'args'>) => Promise<Exit>;

// The client knows the context's own ignore file alone: what that lets through is packed here where reports stand in it.
async function buildWith(context: PinnedContext, job: PinnedJob, docker: Docker): Promise<Exit> {
  const { world, outputDirectory } = context;
  const { order, dockerfile } = job;
  const { leavesOut } = await readIgnoreFile(world, order, outputDirectory);
  if (!leavesOut) return docker({ args: argumentsFor(job, '-', pathsOf(world, order).context), stdin: dockerfile });
  const archive = await contextArchive(world, order, dockerfile, { outputDirectory, withHistory: true });
  const { failures, bytes } = watched(archive.bytes);
  const exit = await docker({ args: argumentsFor(job, archive.dockerfile, '-'), stdin: bytes });
  if (failures.length > 0) throw failures[0];
  return exit;
}

// What keeps an archive from being made says more than what the program says of half of it.
function watched(bytes: AsyncIterable<Uint8Array>) {
  const failures: unknown[] = [];
  const watching = async function* () {
    try {
      yield* bytes;
    } catch (thrown) {
      failures.push(thrown);
      throw thrown;
    }
  };
  return { failures, bytes: watching() };
}

function argumentsFor({ order, dockerfile, platform, own, fresh }: PinnedJob, file: string, context: string) {
  const { args, target, options = [] } = order.build;
  const known = platformArguments({ build: own, target: platform }, '', {});
  const given = platformArgumentsIn(dockerfile).map((key) => [key, known.get(key) ?? ''] as const);
  return [
    'build',
    `--file=${file}`,
    `--tag=${formatReference(order.candidate)}`,
    '--force-rm',
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...[...new Map([...given, ...Object.entries(args)])].map(([key, value]) => `--build-arg=${key}=${value}`),
    ...optionArguments('docker', options),
    ...fresh.args,
    context,
  ];
}
