import type { Config } from '../config.ts';
import { FailureError, fail } from '../failure.ts';
import { decodeConfig } from '../oci/decode.ts';
import { type Digest, digestOf } from '../oci/digest.ts';
import { type Descriptor, type ImageConfig, mediaTypes, type StoredManifest } from '../oci/manifest.ts';
import { formatReference, type Reference, type Repository } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import { version } from '../version.ts';
import { createAuthorizer } from './authorizer.ts';
import { readBlob, streamBlob } from './blobs.ts';
import { manifestLimit } from './body.ts';
import type { Context } from './context.ts';
import { createCredentials } from './credentials.ts';
import { placeToRead } from './endpoint.ts';
import { fetchManifest, lookUp } from './manifests.ts';
import { removeManifest, storeManifest } from './publish.ts';
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
}

/** The registry client of one run: what it learns once it does not ask again. */
export function createRegistry(world: World, config: Config['registry'], options: RegistryOptions = {}): Registry {
  const secret = options.secret ?? (() => {});
  const transport = createTransport(world, {
    concurrency: config.concurrency,
    deadline: world.now().getTime() + config.deadline,
    userAgent: `base-image-refresh/${version}`,
  });
  const { insecureHosts } = config;
  const find = createCredentials(world, config, secret);
  const authorizer = createAuthorizer(world, transport, find, { insecureHosts, secret });
  const context: Context = { session: createSession(transport, authorizer, insecureHosts), routes: config };
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
      await uploadBlob(context, repository, descriptor, () => bytes);
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

type Reader = Pick<Registry, 'head' | 'manifest' | 'config' | 'forget'>;

function createReader(context: Context): Reader {
  const heads = new Map<string, Promise<Descriptor>>();
  const manifests = new Map<Digest, Promise<StoredManifest>>();
  const configs = new Map<Digest, Promise<ImageConfig>>();
  const keep = (manifest: StoredManifest): StoredManifest => {
    manifests.set(manifest.descriptor.digest, Promise.resolve(manifest));
    return manifest;
  };
  const head = (reference: Reference) =>
    remembered(heads, formatReference(reference), async () => {
      const looked = await lookUp(context, reference);
      return looked.kind === 'described' ? looked.descriptor : keep(looked.manifest).descriptor;
    });
  const byDigest = (reference: Reference & { readonly digest: Digest }) =>
    remembered(manifests, reference.digest, () => fetchManifest(context, reference));
  const byTag = async (reference: Reference): Promise<StoredManifest> => {
    const key = formatReference(reference);
    const known = heads.get(key);
    if (known !== undefined) return byDigest({ ...reference, digest: (await known).digest });
    const fetched = fetchManifest(context, reference).then(keep);
    void remembered(heads, key, () => fetched.then(({ descriptor }) => descriptor)).catch(() => {});
    return fetched;
  };
  return {
    head,
    manifest: (reference) => {
      const { digest } = reference;
      return digest === undefined ? byTag(reference) : byDigest({ ...reference, digest });
    },
    config: (repository, manifest) =>
      remembered(configs, manifest.descriptor.digest, () => readConfig(context, repository, manifest)),
    forget: (reference) => {
      heads.delete(formatReference(reference));
    },
  };
}

// What may fare better later is not remembered as failed.
function remembered<K, T>(memory: Map<K, Promise<T>>, key: K, ask: () => Promise<T>): Promise<T> {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const asked = ask();
  memory.set(key, asked);
  asked.catch((thrown: unknown) => {
    const passing = !(thrown instanceof FailureError) || thrown.failure.retryable;
    if (passing && memory.get(key) === asked) memory.delete(key);
  });
  return asked;
}

const configTypes: readonly string[] = [mediaTypes.ociConfig, 'application/vnd.docker.container.image.v1+json'];

async function readConfig(
  context: Context,
  repository: Repository,
  { document, descriptor }: StoredManifest,
): Promise<ImageConfig> {
  const subject = `${repository.registry}/${repository.repository}@${descriptor.digest}`;
  if (document.kind === 'index') throw fail('malformed', subject, 'is an image index, which has no configuration');
  if (!configTypes.includes(document.config.mediaType)) {
    throw fail(
      'malformed',
      subject,
      `is an artifact (${JSON.stringify(document.config.mediaType.slice(0, 120))}) and no image`,
    );
  }
  return decodeConfig(await readBlob(context, repository, document.config, manifestLimit), subject);
}
