import { createBound } from '../../bound.ts';
import { FailureError, fail, isAbsent } from '../../failure.ts';
import { decodeConfig } from '../../oci/decode.ts';
import type { Digest } from '../../oci/digest.ts';
import { type Descriptor, type ImageConfig, mediaTypes, type StoredManifest } from '../../oci/manifest.ts';
import { formatReference, type Reference, type Repository } from '../../oci/reference.ts';
import { plainJson } from '../../untrusted.ts';
import type { Registry } from '../registry.ts';
import { manifestLimit } from '../transport/body.ts';
import { readBlob } from './blobs.ts';
import { type Context, markWritten } from './context.ts';
import { fetchManifest, lookUp } from './manifests.ts';
import { readAnywhere } from './mirror.ts';

// Go, with which most images are built, makes under 50 platforms; with variants, ten versions of Windows and an
// attestation for each, an image of all of them has less than 400 entries. An entry costs a request or two, and more.
const mostEntries = 1_000;

interface Memory {
  readonly context: Context;
  readonly heads: Map<string, Promise<Descriptor>>;
  readonly manifests: Map<Digest, Promise<StoredManifest>>;
  readonly configs: Map<Digest, Promise<ImageConfig>>;
}

export type Reader = Pick<Registry, 'head' | 'manifest' | 'config' | 'forget'>;

/** What is read once in a run: what tags name, manifests and configurations. */
export function createReader(context: Context): Reader {
  const memory: Memory = { context, heads: new Map(), manifests: new Map(), configs: new Map() };
  return {
    head: (reference) => head(memory, reference),
    manifest: async (reference) => {
      const { digest } = reference;
      const asked = digest === undefined ? byTag(memory, reference) : byDigest(memory, { ...reference, digest });
      return requireFewEntries(reference, await asked);
    },
    config: (repository, manifest) =>
      remembered(memory.configs, manifest.descriptor.digest, () => readConfig(context, repository, manifest)),
    forget: ({ registry, repository, tag, digest }) => {
      markWritten(context.written, { registry, repository });
      if (tag !== undefined) memory.heads.delete(keyOf({ registry, repository, tag }));
      if (digest !== undefined) memory.heads.delete(keyOf({ registry, repository, digest }));
    },
  };
}

// Before anything that it names is read, whoever reads it.
function requireFewEntries(reference: Reference, manifest: StoredManifest): StoredManifest {
  const { document } = manifest;
  const remedy = 'push the image as an index of its platforms alone';
  const spend = createBound(formatReference(reference), mostEntries, 'entries of one image index', remedy);
  if (document.kind === 'index') spend(document.manifests.length);
  return manifest;
}

// A digest says it all: the tag beside it is for people.
function keyOf({ registry, repository, tag, digest }: Reference): string {
  return formatReference({
    registry,
    repository,
    ...(digest === undefined ? { ...(tag === undefined ? {} : { tag }) } : { digest }),
  });
}

function head(memory: Memory, reference: Reference): Promise<Descriptor> {
  return remembered(memory.heads, keyOf(reference), async () => {
    const looked = await readAnywhere(memory.context, reference, (context) => lookUp(context, reference));
    return looked.kind === 'described' ? looked.descriptor : withManifest(memory, looked.manifest).descriptor;
  });
}

function byDigest(memory: Memory, reference: Reference & { readonly digest: Digest }): Promise<StoredManifest> {
  return remembered(memory.manifests, reference.digest, () => fetched(memory, reference));
}

async function byTag(memory: Memory, reference: Reference): Promise<StoredManifest> {
  const known = memory.heads.get(keyOf(reference));
  if (known !== undefined) return described(memory, reference, (await known).digest);
  const asked = fetched(memory, reference).then((manifest) => withManifest(memory, manifest));
  // Whoever asks for the head meanwhile gets it from here; the failure goes to the caller.
  remembered(memory.heads, keyOf(reference), async () => (await asked).descriptor).catch(() => {});
  return asked;
}

function fetched(memory: Memory, reference: Reference): Promise<StoredManifest> {
  return readAnywhere(memory.context, reference, (context) => fetchManifest(context, reference));
}

async function described(memory: Memory, reference: Reference, digest: Digest): Promise<StoredManifest> {
  try {
    return await byDigest(memory, { ...reference, digest });
  } catch (thrown) {
    if (!(thrown instanceof FailureError) || !isAbsent(thrown.failure)) throw thrown;
    // The tag is there, so this is no missing image: its header was wrong, or its content went since.
    const detail = `registry named ${digest} and does not have it`;
    throw fail('digest-mismatch', formatReference(reference), detail, 'run again', { retryable: true, cause: thrown });
  }
}

function withManifest({ manifests }: Memory, manifest: StoredManifest): StoredManifest {
  manifests.set(manifest.descriptor.digest, Promise.resolve(manifest));
  return manifest;
}

// What may fare better later is not remembered as failed.
function remembered<K, T>(known: Map<K, Promise<T>>, key: K, ask: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const asked = ask();
  known.set(key, asked);
  asked.catch((thrown: unknown) => {
    const passing = !(thrown instanceof FailureError) || thrown.failure.retryable;
    if (passing && known.get(key) === asked) known.delete(key);
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
      `is an artifact (${plainJson(JSON.stringify(document.config.mediaType.slice(0, 120)))}) and no image`,
      'name an image',
    );
  }
  const { digest } = document.config;
  const stored = await context.cache?.content(digest);
  if (stored !== undefined) return decodeConfig(stored, subject);
  const bytes = await readBlob(context, repository, document.config, manifestLimit);
  const config = decodeConfig(bytes, subject);
  await context.cache?.keepContent(digest, bytes);
  return config;
}
