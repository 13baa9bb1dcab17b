import { buffer as readAll } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { platformArguments } from '../dockerfile/arguments.ts';
import { fail } from '../failure.ts';
import type { Platform } from '../oci/platform.ts';
import { version } from '../product.ts';
import { asGiven, azureCloudOf } from '../registry/auth/acr.ts';
import { type AzureCloud, findEntraToken } from '../registry/auth/entra.ts';
import { createTransport, type Transport } from '../registry/transport/transport.ts';
import { scannerCredentials } from '../tools/registry-login.ts';
import { ask, post, type RegistryApi, textIn } from './acr-tasks/api.ts';
import { scheduleRun } from './acr-tasks/run.ts';
import { needsBuildKit, platformArgumentsIn } from './classic-dockerfile.ts';
import { contextArchive } from './context-archive.ts';
import { beyondImages } from './contexts.ts';
import { dockerfileOf } from './dockerfile-text.ts';
import type { BuildOrder, BuiltImage, Engine, Suitability } from './engine.ts';
import { hostsOf, type PinnedBuilder, type PinnedContext, type PinnedJob, rebuildPinned } from './pinned-build.ts';
import { platformsToBuild } from './platforms.ts';
import { digestPushed } from './pushed.ts';
import { askedFor } from './settings.ts';

/** What builds in Azure Container Registry need besides. */
export interface AcrContext extends PinnedContext {
  readonly secret: (value: string) => void;
  /** Resource ID of the registry; absent where it is to be found in AZURE_SUBSCRIPTION_ID. */
  readonly resource?: string;
}

const own: Platform = { os: 'linux', architecture: 'amd64' };

/** Full builds by ACR Tasks, in the registry that the image is published in, through Azure's REST API. */
export function acrTasksEngine(context: AcrContext): Engine {
  return {
    name: 'acr-tasks',
    // Sources leave the machine and the build is billed: only who asks for it gets it.
    onlyOnRequest: true,
    suits: (order) => suitability(context, order),
    rebuild: (order) => rebuild(context, order),
  };
}

async function suitability({ world, settings: ofAll, resource }: AcrContext, order: BuildOrder): Promise<Suitability> {
  const { registry } = order.candidate;
  if (azureCloudOf(registry) === undefined) return unsuitable(`${registry} is not an Azure Container Registry`);
  if (resource === undefined && !world.env.AZURE_SUBSCRIPTION_ID) {
    return { kind: 'unsuitable', why: 'nothing says which resource the registry is', remedy: 'give acr-registry-id' };
  }
  const [lacking] = askedFor(order.settings ?? ofAll);
  if (lacking !== undefined) return unsuitable(`builds of ACR Tasks are given no ${lacking}`);
  const text = await dockerfileOf(world, order);
  const feature = needsBuildKit(text) ?? beyondImages(order.build, text);
  return feature === undefined
    ? { kind: 'suitable' }
    : unsuitable(`it needs ${feature}, which builds of ACR Tasks do not know`);
}

function unsuitable(why: string): Suitability {
  return { kind: 'unsuitable', why, remedy: 'build it with buildx' };
}

async function rebuild(context: AcrContext, order: BuildOrder): Promise<BuiltImage> {
  const asked = await platformsToBuild(context.registry, order);
  return rebuildPinned(context, order, {
    engine: 'acr-tasks',
    title: 'ACR Tasks',
    own,
    platforms: asked.length === 0 ? [own] : asked,
    build: (job) => build(context, job),
  });
}

async function build(context: AcrContext, job: PinnedJob): ReturnType<PinnedBuilder['build']> {
  const { world, registry, log } = context;
  const { order } = job;
  const settings = order.settings ?? context.settings;
  const { candidate } = order;
  const api = await openApi(context, order);
  const { outputDirectory } = context;
  const source = await contextArchive(world, order, job.dockerfile, { outputDirectory });
  const bytes = gzipSync(await readAll(source.bytes));
  const place = await post(api, 'listBuildSourceUploadUrl');
  await upload(api.transport, textIn(place, 'uploadUrl'), bytes);
  const { timeout } = settings;
  const following = { world, api, subject: order.build.name, log, timeout };
  const request = {
    ...(await requestFor(context, job, timeout)),
    dockerFilePath: source.dockerfile,
    sourceLocation: textIn(place, 'relativePath'),
  };
  const run = await scheduleRun(following, request);
  const said = run.images.get(`${candidate.repository}:${candidate.tag}`) ?? '';
  return { digest: await digestPushed(registry, order, said), notes: [`built by run ${run.id} of ACR Tasks`] };
}

// Azure/azure-rest-api-specs, Microsoft.ContainerRegistry, registries_runs: DockerBuildRequest.
async function requestFor(context: AcrContext, { order, dockerfile, platform, fresh }: PinnedJob, timeout: number) {
  const { build, candidate } = order;
  const known = platformArguments({ build: own, target: platform }, '', {});
  const given = platformArgumentsIn(dockerfile).map((key) => [key, known.get(key) ?? ''] as const);
  const epoch = fresh.args.flatMap((arg) => {
    const [, key = '', value = ''] = /^--build-arg=([^=]+)=(.*)$/.exec(arg) ?? [];
    return key === '' ? [] : [[key, value] as const];
  });
  const args = new Map([...given, ...Object.entries(build.args), ...epoch]);
  const { os, architecture, variant } = platform;
  return {
    type: 'DockerBuildRequest',
    isArchiveEnabled: false,
    imageNames: [`${candidate.repository}:${candidate.tag}`],
    isPushEnabled: true,
    noCache: fresh.args.includes('--no-cache'),
    arguments: [...args].map(([name, value]) => ({ name, value, isSecret: false })),
    platform: {
      os: os === 'windows' ? 'Windows' : 'Linux',
      architecture,
      ...(variant === undefined ? {} : { variant }),
    },
    // Seconds, within the bounds that Azure states.
    timeout: Math.min(Math.max(Math.ceil(timeout / 1000), 300), 28_800),
    credentials: { sourceRegistry: { loginMode: 'Default' }, customRegistries: await logins(context, order) },
    ...(build.target === undefined ? {} : { target: build.target }),
  };
}

// The registry itself needs no login; bases elsewhere may.
async function logins({ world, config }: AcrContext, order: BuildOrder) {
  const find = scannerCredentials(world, config, () => {});
  const others = hostsOf(config, order).filter((host) => host !== order.candidate.registry);
  const known = await Promise.all(others.map(async (host) => [host, await find(host)] as const));
  const opaque = (value: string) => ({ type: 'Opaque', value });
  return Object.fromEntries(
    known.flatMap(([host, credential]) =>
      credential.kind === 'basic'
        ? [[host, { userName: opaque(credential.username), password: opaque(credential.password) }]]
        : [],
    ),
  );
}

async function openApi(context: AcrContext, { build, candidate }: BuildOrder): Promise<RegistryApi> {
  const { config, secret } = context;
  const cloud = azureCloudOf(candidate.registry);
  if (cloud === undefined)
    throw fail('missing-tool', build.name, `${candidate.registry} is not an Azure Container Registry`);
  const deadline = context.world.now().getTime() + config.deadline;
  const transport = createTransport(context.world, {
    concurrency: config.concurrency,
    deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  const token = await tokenFor(context, transport, cloud);
  secret(token);
  const { management } = cloud;
  const resource =
    context.resource ?? (await findResource({ transport, management, token }, context, candidate.registry));
  return { transport, management, resource, token };
}

async function tokenFor(
  { world, config, secret }: AcrContext,
  transport: Transport,
  cloud: AzureCloud,
): Promise<string> {
  const given = config.azure?.token;
  if (given !== undefined) return given;
  const asked = { world: asGiven(world, config.azure), transport, cloud, secret, resource: cloud.management };
  const found = await findEntraToken(asked);
  if (found !== undefined) return found.value;
  throw fail(
    'unauthorised',
    new URL(cloud.management).host,
    'the job has no identity that Azure knows',
    'log in with az login or azure/login before it',
  );
}

async function findResource(
  api: Omit<RegistryApi, 'resource'>,
  { world }: AcrContext,
  registry: string,
): Promise<string> {
  const subscription = encodeURIComponent(world.env.AZURE_SUBSCRIPTION_ID ?? '');
  const path = `/subscriptions/${subscription}/providers/Microsoft.ContainerRegistry/registries`;
  const { value } = await ask(api, 'GET', path);
  const entries: readonly { id?: unknown; properties?: { loginServer?: unknown } }[] = Array.isArray(value)
    ? value
    : [];
  const found = entries.find(({ properties }) => String(properties?.loginServer).toLowerCase() === registry);
  if (typeof found?.id === 'string') return found.id;
  throw fail('not-found', registry, 'is in no registry of AZURE_SUBSCRIPTION_ID', 'give acr-registry-id');
}

// A signed address of Azure's storage: it carries its own permission, and no other token may go there.
async function upload(transport: Transport, address: string, bytes: Uint8Array): Promise<void> {
  const url = new URL(address);
  const answer = await transport.send(
    {
      method: 'PUT',
      url,
      headers: {
        'x-ms-blob-type': 'BlockBlob',
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
      },
      body: () => bytes,
      bodySize: bytes.length,
      kind: 'write',
      subject: url.host,
    },
    64 * 1024,
  );
  if (answer.status === 201) return;
  throw fail('build-failed', url.host, `did not take the build context (${answer.status})`, undefined, {
    retryable: true,
  });
}
