import type { Config } from '../config.ts';
import { digestOf } from '../oci/digest.ts';
import type { Descriptor } from '../oci/manifest.ts';
import type { World } from '../ports.ts';
import { version } from '../version.ts';
import { createAuthorizer } from './authorizer.ts';
import { readBlob, streamBlob } from './blobs.ts';
import { manifestLimit } from './body.ts';
import { createCache } from './cache.ts';
import type { Context } from './context.ts';
import { createCredentials } from './credentials.ts';
import { placeToRead } from './endpoint.ts';
import { removeManifest, storeManifest } from './publish.ts';
import { createReader } from './reader.ts';
import { listReferrers } from './referrers.ts';
import type { Registry } from './registry.ts';
import { createSession } from './session.ts';
import { listTags } from './tags.ts';
import { createTransport } from './transport.ts';
import { transferBlob, uploadBlob } from './uploads.ts';

/** What the client tells and asks its caller. */
export interface RegistryOptions {
  /** Told every secret before it is used, so that the host masks it. */
  readonly secret?: (value: string) => void;
  /** Told what a user should know though nothing failed; each line once. */
  readonly warn?: (line: string) => void;
}

/** The registry client of one run: what it learns once it does not ask again. */
export function createRegistry(given: World, config: Config['registry'], options: RegistryOptions = {}): Registry {
  const world = trusting(given, config.authorities);
  const secret = options.secret ?? (() => {});
  const transport = createTransport(world, {
    concurrency: config.concurrency,
    deadline: world.now().getTime() + config.deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  const { insecureHosts } = config;
  const find = createCredentials(world, config, secret, transport);
  const authorizer = createAuthorizer(world, transport, find, { insecureHosts, secret });
  const warn = onceEach(options.warn ?? (() => {}));
  const context: Context = {
    session: createSession(transport, authorizer, insecureHosts),
    routes: config,
    written: new Set(),
    warn,
    ...(config.cacheDirectory === undefined ? {} : { cache: createCache(world, config.cacheDirectory, warn) }),
  };
  const reader = createReader(context);
  return {
    ...reader,
    blob: (repository, descriptor, limit = manifestLimit) => readBlob(context, repository, descriptor, limit),
    blobStream: (repository, descriptor) => streamBlob(context, repository, descriptor),
    tags: (repository) => listTags(context, repository),
    referrers: (repository, digest) => listReferrers(context, repository, digest),
    putManifest: async (reference, manifest) => {
      reader.forget(reference);
      await storeManifest(context, reference, manifest);
    },
    putBlob: async (repository, bytes, mediaType) => {
      const descriptor: Descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
      await uploadBlob(context, { to: repository, descriptor, content: () => bytes, copies: false });
      return descriptor;
    },
    mountBlob: (from, to, descriptor) => transferBlob(context, from, to, descriptor),
    deleteManifest: async (reference) => {
      reader.forget(reference);
      await removeManifest(context, reference);
    },
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

function trusting(world: World, authorities: string | undefined): World {
  return authorities === undefined ? world : { ...world, http: (request) => world.http({ ...request, authorities }) };
}

function onceEach(tell: (line: string) => void): (line: string) => void {
  const told = new Set<string>();
  return (line) => {
    if (!told.has(line)) tell(line);
    told.add(line);
  };
}
