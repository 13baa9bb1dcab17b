import { posix, win32 } from 'node:path';
import { fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { Command, Exit, World } from '../ports.ts';
import type { Registry } from '../registry/registry.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { buildArguments } from './buildx/arguments.ts';
import { dockerEnvironment } from './buildx/environment.ts';
import { withLogins } from './buildx/login.ts';
import { buildFailure, warningsIn } from './buildx/output.ts';
import { type Pinning, pinningOf } from './buildx/pinning.ts';
import { probeBuildx } from './buildx/probe.ts';
import { provePins } from './buildx/proof.ts';
import { cacheArguments } from './cache-arguments.ts';
import { dockerfileOf, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { readIgnoreFile } from './ignore-file.ts';
import { hostsOf, type PinnedContext } from './pinned-build.ts';
import { platformsToBuild } from './platforms.ts';
import { secretVariables } from './secrets.ts';

/** What the buildx engine works with. */
export type BuildxContext = PinnedContext;

/** Full builds by BuildKit, every base pinned by a build context and the pins proved from provenance afterwards. */
export function buildxEngine(context: BuildxContext): Engine {
  let probed: Promise<Suitability> | undefined;
  return {
    name: 'buildx',
    suits: () => {
      probed ??= probeBuildx(context.world.exec, dockerEnvironment(context.world));
      return probed;
    },
    rebuild: (order) => rebuild(context, order),
  };
}

async function rebuild(context: BuildxContext, order: BuildOrder): Promise<BuiltImage> {
  const { world } = context;
  const started = world.now().getTime();
  const folder = await world.files.temporaryDirectory('base-image-refresh-build');
  try {
    const dockerfile = await dockerfileOf(world, order);
    const { digest, notes } = await build(context, order, dockerfile, folder);
    const built = await readBack(context.registry, order.candidate, digest);
    await provePins(context.registry, order, { ...built, dockerfile, settings: order.settings ?? context.settings });
    return {
      reference: withDigest(order.candidate, digest),
      digest,
      engine: 'buildx',
      pinned: order.pins,
      evidence: 'buildkit-provenance',
      durationMs: world.now().getTime() - started,
      notes,
    };
  } finally {
    await world.files.remove(folder);
  }
}

interface Pushed {
  readonly digest: Digest;
  readonly notes: readonly string[];
}

async function build(context: BuildxContext, order: BuildOrder, dockerfile: string, folder: string): Promise<Pushed> {
  const { world, config } = context;
  const settings = order.settings ?? context.settings;
  const { join } = world.platform.os === 'win32' ? win32 : posix;
  const { name } = order.build;
  const { file, stdin } = await dockerfileInput(context, order, dockerfile, folder);
  const pinning = pinningOf(order, dockerfile, config);
  const rule = settings.freshness;
  const fresh = cacheArguments({ rule, dockerfile, subject: name, now: world.now(), hasFilters: true });
  const metadataFile = join(folder, 'metadata.json');
  const args = buildArguments({
    order,
    pinning,
    platforms: await platformsToBuild(context.registry, order),
    context: pathsOf(world, order).context,
    file,
    settings,
    fresh: fresh.args,
    metadataFile,
    plainRegistry: mayBePlain(config.insecureHosts, order.candidate.registry),
  });
  const policy = await policyVariable(world, pinning, join(folder, 'policy.json'));
  const env = { ...dockerEnvironment(world), ...policy, ...secretVariables(world, settings) };
  const exit = await withLogins(world, config, hostsOf(config, order), env, (withLogin) => {
    const command: Command = {
      file: 'docker',
      args,
      env: withLogin,
      cwd: order.root,
      onLine: context.log,
      ...stdin,
      timeout: settings.timeout,
    };
    return twiceIfTransient(world, command);
  });
  if (exit.kind !== 'exited' || exit.code !== 0) throw buildFailure(name, exit);
  const notes = [...fresh.notes, ...warningsIn(exit.stderr)];
  return { digest: await digestIn(world, metadataFile, name), notes };
}

// BuildKit takes an ignore file from beside the Dockerfile alone: one that is written for the build brings its Dockerfile.
async function dockerfileInput(
  { world, outputDirectory }: BuildxContext,
  order: BuildOrder,
  dockerfile: string,
  folder: string,
): Promise<{ readonly file: string; readonly stdin: { readonly stdin?: string } }> {
  const { basename, join } = world.platform.os === 'win32' ? win32 : posix;
  const { text, leavesOut } = await readIgnoreFile(world, order, outputDirectory);
  const { inline } = order.build;
  if (!leavesOut && inline !== undefined) return { file: '-', stdin: { stdin: inline } };
  if (!leavesOut) return { file: pathsOf(world, order).dockerfile, stdin: {} };
  const file = join(folder, inline === undefined ? basename(pathsOf(world, order).dockerfile) : 'Dockerfile');
  await world.files.write(file, dockerfile);
  await world.files.write(`${file}.dockerignore`, text);
  return { file, stdin: {} };
}

// A build that was killed can leave BuildKit with a record of a snapshot that is gone; the next one fixes it.
async function twiceIfTransient(world: World, command: Command): Promise<Exit> {
  const exit = await world.exec(command);
  const isTransient = exit.kind === 'exited' && exit.code !== 0 && /snapshot \S+ does not exist/.test(exit.stderr);
  return isTransient ? world.exec(command) : exit;
}

async function policyVariable(
  world: World,
  { policy }: Pinning,
  path: string,
): Promise<Readonly<Record<string, string>>> {
  if (policy === undefined) return {};
  await world.files.write(path, policy);
  return { EXPERIMENTAL_BUILDKIT_SOURCE_POLICY: path };
}

async function digestIn(world: World, path: string, subject: string): Promise<Digest> {
  const metadata: unknown = parseJson(await world.files.readText(path));
  const found =
    typeof metadata === 'object' && metadata !== null && 'containerimage.digest' in metadata
      ? asDigest(String(metadata['containerimage.digest']))
      : undefined;
  if (found !== undefined) return found;
  throw fail('build-failed', subject, 'docker buildx build did not say which digest it pushed', 'update buildx');
}

// The registry is asked what it holds: that is what will be scanned and promoted, whatever the builder says.
async function readBack(
  registry: Registry,
  candidate: Reference,
  digest: Digest,
): Promise<{ readonly reference: Reference; readonly manifest: StoredManifest }> {
  registry.forget(candidate);
  const head = await registry.head(candidate);
  if (head.digest !== digest) {
    throw fail(
      'digest-mismatch',
      formatReference(candidate),
      `registry has ${head.digest} and not the built ${digest}`,
    );
  }
  const reference = withDigest(candidate, digest);
  return { reference, manifest: await registry.manifest(reference) };
}
