import { type CacheFolder, createCacheFolder } from '../cache-folder.ts';
import { digestOf } from '../oci/digest.ts';
import { type Descriptor, mediaTypes } from '../oci/manifest.ts';
import type { Repository } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { version } from '../product.ts';
import { createAuthorizer } from './auth/authorizer.ts';
import { createCredentials } from './auth/credentials.ts';
import { createSession } from './auth/session.ts';
import { readBlob, streamBlob } from './content/blobs.ts';
import { createCache } from './content/cache.ts';
import type { Context } from './content/context.ts';
import { storeManifest } from './content/publish.ts';
import { createReader, type Reader } from './content/reader.ts';
import { hasReferrersApi, listReferrers } from './content/referrers.ts';
import { removeManifest } from './content/remove.ts';
import { listTags } from './content/tags.ts';
import { transferBlob, uploadBlob } from './content/uploads.ts';
import { createKnownContent } from './known-content.ts';
import { askPushAccess, type PushAccess, type PushParts } from './push-access.ts';
import type { Registry } from './registry.ts';
import type { RegistrySettings } from './settings.ts';
import { manifestLimit } from './transport/body.ts';
import { placeToRead } from './transport/endpoint.ts';
import { remedied, remediedStream } from './transport/remedies.ts';
import { createTransport } from './transport/transport.ts';

/** What the client tells and asks its caller. */
export interface RegistryOptions {
  /** Called with every secret before it is used, so that the host masks it. */
  readonly secret?: (value: string) => void;
  /** Called with what a user should know though nothing failed; each line once. */
  readonly warn?: (line: string) => void;
}

/** The registry client of one run: what it learns once it does not ask again. */
export function createRegistry(given: World, config: RegistrySettings, options: RegistryOptions = {}): Registry {
  const world = trusting(given, config.authorities);
  const secret = options.secret ?? (() => {});
  const transport = createTransport(world, {
    concurrency: config.concurrency,
    deadline: world.now().getTime() + config.deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  const { insecureHosts } = config;
  const find = createCredentials(world, config, secret, transport);
  const authorizer = createAuthorizer(world, transport, find, {
    insecureHosts,
    secret,
    tokenRealms: config.tokenRealms ?? [],
  });
  const warn = onceEach(options.warn ?? (() => {}));
  const context: Context = {
    session: createSession(transport, authorizer, insecureHosts),
    routes: config,
    written: new Set(),
    withoutReferrers: new Set(),
    warn,
    ...(config.cacheDirectory === undefined ? {} : { cache: createCache(world, config.cacheDirectory, warn) }),
  };
  const reader = createReader(context);
  return {
    known: createKnownContent(layerFolder(world, config, warn)),
    ...reading(context, reader),
    ...writing(context, reader),
    pushAccess: onceForEach({ authorizer, context }),
    forget: reader.forget,
    expect: (references) => {
      for (const reference of references) {
        const { endpoint, repository } = placeToRead(config, reference);
        authorizer.expect(endpoint, [repository]);
      }
    },
    requests: transport.counts,
    rateLimits: transport.rateLimits,
  };
}

function onceForEach(parts: PushParts): (repository: Repository) => Promise<PushAccess> {
  const asked = new Map<string, Promise<PushAccess>>();
  return (repository) => {
    const key = `${repository.registry}/${repository.repository}`;
    const answer = asked.get(key) ?? askPushAccess(parts, repository);
    asked.set(key, answer);
    return answer;
  };
}

/** Bytes: a listing of a large layer has about one megabyte. */
const mostOfLayers = 512 * 1024 ** 2;
const largestListing = 64 * 1024 ** 2;

function layerFolder(
  world: World,
  { layerDirectory }: RegistrySettings,
  warn: (line: string) => void,
): CacheFolder | undefined {
  if (layerDirectory === undefined) return undefined;
  const bounds = { most: mostOfLayers, largest: largestListing };
  return createCacheFolder(world.files, world.now, {
    ...{ path: layerDirectory, called: 'the cache of layers', names: /^sha\d{3}-[0-9a-f]{64,128}\.listing$/, warn },
    ...bounds,
  });
}

type Reading = 'head' | 'manifest' | 'config' | 'blob' | 'blobStream' | 'tags' | 'referrers' | 'hasReferrersApi';

function reading(context: Context, reader: Reader): Pick<Registry, Reading> {
  return {
    head: remedied(reader.head),
    manifest: remedied(reader.manifest),
    config: remedied(reader.config),
    blob: remedied((repository, descriptor, limit = manifestLimit) => readBlob(context, repository, descriptor, limit)),
    blobStream: (repository, descriptor) => remediedStream(streamBlob(context, repository, descriptor)),
    tags: remedied((repository) => listTags(context, repository)),
    referrers: remedied((repository, digest) => listReferrers(context, repository, digest)),
    hasReferrersApi: remedied((repository, digest) => hasReferrersApi(context, repository, digest)),
  };
}

type Writing = 'putManifest' | 'putBlob' | 'mountBlob' | 'deleteManifest';

function writing(context: Context, reader: Reader): Pick<Registry, Writing> {
  // Records have one empty configuration: what was put into a repository once is there for all of them.
  const emptied = new Map<string, Promise<void>>();
  const placeOf = ({ registry, repository }: Repository) => `${registry}/${repository}`;
  const upload = (to: Repository, descriptor: Descriptor, bytes: Uint8Array) =>
    uploadBlob(context, { to, descriptor, content: () => bytes, copies: false });
  return {
    putManifest: remedied(async (reference, manifest) => {
      reader.forget(reference);
      const stored = storeManifest(context, reference, manifest);
      // It may be for want of that configuration.
      stored.catch(() => emptied.delete(placeOf(reference)));
      await stored;
    }),
    putBlob: remedied(async (repository, bytes, mediaType) => {
      const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      if (mediaType !== mediaTypes.ociEmpty) {
        await upload(repository, descriptor, bytes);
        return descriptor;
      }
      const place = placeOf(repository);
      const put = emptied.get(place) ?? upload(repository, descriptor, bytes);
      emptied.set(place, put);
      put.catch(() => emptied.delete(place));
      await put;
      return descriptor;
    }),
    mountBlob: remedied((from, to, descriptor) => transferBlob(context, from, to, descriptor)),
    deleteManifest: remedied(async (reference) => {
      reader.forget(reference);
      await removeManifest(context, reference);
    }),
  };
}

function trusting(world: World, authorities: string | undefined): World {
  return authorities === undefined ? world : { ...world, http: (request) => world.http({ ...request, authorities }) };
}

function onceEach(tell: (line: string) => void): (line: string) => void {
  const warned = new Set<string>();
  return (line) => {
    if (!warned.has(line)) tell(line);
    warned.add(line);
  };
}
