import { posix, win32 } from 'node:path';
import type { Config } from '../config.ts';
import { fail } from '../failure.ts';
import { asDigest, type Digest } from '../oci/digest.ts';
import type { StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference, withDigest } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { mayBePlain, placeToRead } from '../registry/endpoint.ts';
import type { Registry } from '../registry/registry.ts';
import { buildArguments } from './buildx/arguments.ts';
import { dockerEnvironment } from './buildx/environment.ts';
import { withLogins } from './buildx/login.ts';
import { buildFailure, warningsIn } from './buildx/output.ts';
import { type Pinning, pinningOf } from './buildx/pinning.ts';
import { probeBuildx } from './buildx/probe.ts';
import { provePins } from './buildx/proof.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { platformsToBuild } from './platforms.ts';

/** What the buildx engine works with. */
export interface BuildxContext {
  readonly world: World;
  readonly registry: Registry;
  readonly config: Config['registry'];
  /** Told every line that buildx prints; the text is a stranger's. */
  readonly log: (line: string) => void;
}

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
    const { digest, notes } = await build(context, order, folder);
    const built = await readBack(context.registry, order.candidate, digest);
    await provePins(context.registry, order, built);
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

async function build(context: BuildxContext, order: BuildOrder, folder: string): Promise<Pushed> {
  const { world, config } = context;
  const { join } = world.platform.os === 'win32' ? win32 : posix;
  const { inline, dockerfile, context: buildContext } = order.build;
  const file = join(order.root, dockerfile);
  const pinning = pinningOf(order, inline ?? (await world.files.readText(file)), config);
  const metadataFile = join(folder, 'metadata.json');
  const args = buildArguments({
    order,
    pinning,
    platforms: await platformsToBuild(context.registry, order),
    context: join(order.root, buildContext),
    file: inline === undefined ? file : '-',
    metadataFile,
    plainRegistry: mayBePlain(config.insecureHosts, order.candidate.registry),
  });
  const env = { ...dockerEnvironment(world), ...(await policyVariable(world, pinning, join(folder, 'policy.json'))) };
  const exit = await withLogins(world, config, hostsOf(context, order), env, (withLogin) =>
    world.exec({
      file: 'docker',
      args,
      env: withLogin,
      cwd: order.root,
      onLine: context.log,
      ...(inline === undefined ? {} : { stdin: inline }),
    }),
  );
  if (exit.kind !== 'exited' || exit.code !== 0) throw buildFailure(order.build.name, exit);
  return { digest: await digestIn(world, metadataFile, order.build.name), notes: warningsIn(exit.stderr) };
}

function hostsOf({ config }: BuildxContext, { pins, candidate }: BuildOrder): readonly string[] {
  return [candidate.registry, ...pins.map(({ source }) => placeToRead(config, source).endpoint.registry)];
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
  const metadata: unknown = JSON.parse(await world.files.readText(path));
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
