import { posix } from 'node:path';
import { fail } from '../failure.ts';
import { formatPlatform, type Platform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Command, World } from '../ports.ts';
import { chosenFrom } from '../table.ts';
import { succeeded } from '../tools/tool-output.ts';
import { plainLines } from '../untrusted.ts';
import { type ContainersTool, type ProbedTool, probeTool } from './buildah/probe.ts';
import { withRegistries } from './buildah/registries.ts';
import { dockerEnvironment } from './buildx/environment.ts';
import { folderContexts, replacedStage } from './contexts.ts';
import { dockerfileOf, hasOwnIgnoreFile, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { readIgnoreFile } from './ignore-file.ts';
import { optionArguments } from './options.ts';
import { hostsOf, type PinnedBuilder, type PinnedContext, type PinnedJob, rebuildPinned } from './pinned-build.ts';
import { platformsToBuild } from './platforms.ts';
import { digestPushed } from './pushed.ts';
import { secretArguments, secretVariables } from './secrets.ts';
import { askedFor } from './settings.ts';

/** Milliseconds for taking the candidate out of the store again. */
const removalTimeout = 5 * 60_000;

/** Full builds by buildah or podman, which need no daemon, on a Dockerfile whose bases are held at their pinned digests. */
export function containersEngine(tool: ContainersTool, context: PinnedContext): Engine {
  let probed: Promise<ProbedTool> | undefined;
  const probe = () => {
    probed ??= probeTool(context.world.exec, tool, containersEnvironment(context.world));
    return probed;
  };
  return {
    name: tool,
    suits: async (order) => suitability(tool, context, order, await probe()),
    rebuild: async (order) => rebuild(tool, context, order, await probe()),
  };
}

async function suitability(
  tool: ContainersTool,
  { world, settings: ofAll }: PinnedContext,
  order: BuildOrder,
  probed: ProbedTool,
): Promise<Suitability> {
  if (probed.kind === 'unsuitable') return probed;
  const settings = order.settings ?? ofAll;
  if (askedFor(settings).includes('sbomGenerator')) return unsuitable(`${tool} runs no SBOM generators of BuildKit`);
  const replaced = replacedStage(order.build.contexts, await dockerfileOf(world, order));
  return replaced === undefined
    ? { kind: 'suitable' }
    : unsuitable(`it needs ${replaced}, which ${tool} does not know`);
}

function unsuitable(why: string): Suitability {
  return { kind: 'unsuitable', why, remedy: 'build it with buildx' };
}

async function rebuild(
  tool: ContainersTool,
  context: PinnedContext,
  order: BuildOrder,
  probed: ProbedTool,
): Promise<BuiltImage> {
  if (probed.kind === 'unsuitable') throw fail('missing-tool', order.build.name, probed.why, probed.remedy);
  const asked = await platformsToBuild(context.registry, order);
  return rebuildPinned(context, order, {
    engine: tool,
    title: tool,
    own: probed.platform,
    platforms: asked.length === 0 ? [probed.platform] : asked,
    build: (job) => buildAndPush(tool, context, job),
  });
}

async function buildAndPush(
  tool: ContainersTool,
  context: PinnedContext,
  job: PinnedJob,
): ReturnType<PinnedBuilder['build']> {
  const { world, config, registry, log } = context;
  const { order, dockerfile } = job;
  const settings = order.settings ?? context.settings;
  const { name } = order.build;
  const candidate = formatReference(order.candidate);
  const plain = { ...containersEnvironment(world), ...secretVariables(world, settings) };
  const { timeout } = settings;
  const folder = await world.files.temporaryDirectory('base-image-refresh-build');
  const digestFile = posix.join(folder, 'digest');
  // Not on standard input: the tools open that by a path, which a socket has not.
  const file = posix.join(folder, 'Dockerfile');
  const ignoring = await ignoreArguments(context, order, `${file}.dockerignore`);
  const args = argumentsFor(tool, context, job, file, ignoring);
  return withRegistries({ world, config, hosts: hostsOf(config, order) }, plain, async (env) => {
    const run = (more: Partial<Command> & Pick<Command, 'args'>) =>
      world.exec({ file: tool, env, cwd: order.root, onLine: log, timeout, ...more });
    try {
      await world.files.write(file, dockerfile);
      const built = succeeded(name, `${tool} build`, await run({ args }));
      succeeded(
        name,
        `${tool} push`,
        await run({ args: ['push', ...compressed(order), `--digestfile=${digestFile}`, candidate] }),
      );
      const digest = await digestPushed(registry, order, await world.files.readText(digestFile));
      return { digest, notes: warningsIn(built.stderr, job.platform) };
    } finally {
      await run({ args: ['rmi', candidate], timeout: removalTimeout });
      await world.files.remove(folder);
    }
  });
}

async function ignoreArguments(
  { world, outputDirectory }: PinnedContext,
  order: BuildOrder,
  file: string,
): Promise<readonly string[]> {
  const { text, leavesOut } = await readIgnoreFile(world, order, outputDirectory);
  if (!leavesOut)
    return (await hasOwnIgnoreFile(world, order)) ? [`--ignorefile=${pathsOf(world, order).ignoreFile}`] : [];
  await world.files.write(file, text);
  return [`--ignorefile=${file}`];
}

function argumentsFor(
  tool: ContainersTool,
  { world, settings: ofAll }: PinnedContext,
  job: PinnedJob,
  file: string,
  ignoring: readonly string[],
) {
  const { order, platform, fresh } = job;
  const settings = order.settings ?? ofAll;
  const { args, target, contexts, options = [] } = order.build;
  const paths = pathsOf(world, order);
  return [
    'build',
    `--file=${file}`,
    `--tag=${formatReference(order.candidate)}`,
    // OCI's form would drop HEALTHCHECK, SHELL and ONBUILD; the candidate becomes OCI's with all of them.
    '--format=docker',
    `--platform=${formatPlatform(platform)}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...Object.entries(args).map(([key, value]) => `--build-arg=${key}=${value}`),
    ...Object.entries(folderContexts(contexts)).map(([key, value]) => `--build-context=${key}=${value}`),
    ...ignoring,
    ...optionArguments(tool, options),
    ...secretArguments(settings),
    ...settings.ssh.map((agent) => `--ssh=${agent}`),
    ...settings.cacheFrom.map((place) => `--cache-from=${place}`),
    ...settings.cacheTo.map((place) => `--cache-to=${place}`),
    // Only layer by layer can anything be taken from a cache; podman builds so by itself.
    ...(tool === 'buildah' && !fresh.args.includes('--no-cache') ? ['--layers'] : []),
    ...fresh.args,
    paths.context,
  ];
}

// Docker's media types know gzip alone; other forms of it the two do not write.
function compressed({ compression }: BuildOrder): readonly string[] {
  return compression?.type === 'zstd' ? ['--format=oci', '--compression-format=zstd'] : [];
}

// What the two need to find their stores, their files and the network.
function containersEnvironment(world: World): Readonly<Record<string, string>> {
  const own =
    /^(?:CONTAINERS?_[A-Z_]+|BUILDAH_[A-Z_]+|STORAGE_[A-Z_]+|REGISTRY_AUTH_FILE|XDG_[A-Z_]+|TMPDIR|DBUS_SESSION_BUS_ADDRESS)$/;
  return { ...dockerEnvironment(world), ...chosenFrom(world.env, (name) => own.test(name)) };
}

// A base of another platform is built on with a mere warning.
function warningsIn(stderr: string, platform: Platform): readonly string[] {
  const isOther = plainLines(stderr).some((line) => /image platform \(.*\) does not match the expected/.test(line));
  return isOther
    ? [`${formatPlatform(platform)}: a base has no image of this platform, and another one's was taken`]
    : [];
}
