import { createHash } from 'node:crypto';
import { asDigest, type Digest, digestOf } from '../../core/oci/digest.ts';
import { type Descriptor, mediaTypes } from '../../core/oci/manifest.ts';

/** A manifest as it was put, byte for byte. */
export interface HeldManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
}

interface Repository {
  readonly blobs: Map<Digest, Buffer>;
  readonly manifests: Map<Digest, HeldManifest>;
  readonly tags: Map<string, Digest>;
}

/** What the registry holds. Tests reach it directly, past HTTP, validation and faults. */
export interface Store {
  /** Holds bytes under their sha256 digest, or under another digest of theirs. */
  putBlob(repository: string, bytes: Uint8Array | string, mediaType?: string, digest?: Digest): Descriptor;
  blob(repository: string, digest: string): Buffer | undefined;
  deleteBlob(repository: string, digest: string): boolean;
  /** Puts a document (made JSON) or exact bytes, under a tag where one is given. */
  putManifest(repository: string, document: object | Uint8Array, options?: PutOptions): Descriptor;
  /** A manifest by tag or digest. */
  manifest(repository: string, reference: string): HeldManifest | undefined;
  manifests(repository: string): readonly HeldManifest[];
  deleteManifest(repository: string, digest: string): boolean;
  tag(repository: string, tag: string, digest: Digest): void;
  untag(repository: string, tag: string): boolean;
  /** What a tag names now. */
  digestOf(repository: string, tag: string): Digest | undefined;
  tags(repository: string): readonly string[];
  has(repository: string): boolean;
  repositories(): readonly string[];
}

export interface PutOptions {
  readonly tag?: string;
  readonly mediaType?: string;
  readonly digest?: Digest;
}

/** An empty store. */
export function createStore(): Store {
  const repositories = new Map<string, Repository>();
  const open = (name: string): Repository => {
    const found = repositories.get(name) ?? { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, found);
    return found;
  };
  const digestFor = (repository: string, reference: string) =>
    asDigest(reference) ?? repositories.get(repository)?.tags.get(reference);
  return {
    putBlob: (repository, content, mediaType = 'application/octet-stream', digest = digestOf(content)) => {
      const bytes = Buffer.from(content);
      open(repository).blobs.set(digest, bytes);
      return { mediaType, digest, size: bytes.length };
    },
    blob: (repository, digest) => repositories.get(repository)?.blobs.get(digest as Digest),
    deleteBlob: (repository, digest) => repositories.get(repository)?.blobs.delete(digest as Digest) ?? false,
    putManifest: (repository, document, { tag, mediaType, digest } = {}) => {
      const bytes = document instanceof Uint8Array ? Buffer.from(document) : Buffer.from(JSON.stringify(document));
      const held = { digest: digest ?? digestOf(bytes), mediaType: mediaType ?? mediaTypeOf(bytes), bytes };
      open(repository).manifests.set(held.digest, held);
      if (tag !== undefined) open(repository).tags.set(tag, held.digest);
      return { mediaType: held.mediaType, digest: held.digest, size: bytes.length };
    },
    manifest: (repository, reference) => {
      const digest = digestFor(repository, reference);
      return digest === undefined ? undefined : repositories.get(repository)?.manifests.get(digest);
    },
    manifests: (repository) => [...(repositories.get(repository)?.manifests.values() ?? [])],
    deleteManifest: (repository, digest) => {
      const found = repositories.get(repository);
      for (const [tag, named] of found?.tags ?? []) if (named === digest) found?.tags.delete(tag);
      return found?.manifests.delete(digest as Digest) ?? false;
    },
    tag: (repository, tag, digest) => void open(repository).tags.set(tag, digest),
    untag: (repository, tag) => repositories.get(repository)?.tags.delete(tag) ?? false,
    digestOf: (repository, tag) => repositories.get(repository)?.tags.get(tag),
    // In the order of bytes, as the specification asks of the tags list.
    tags: (repository) => [...(repositories.get(repository)?.tags.keys() ?? [])].sort(),
    has: (repository) => repositories.has(repository),
    repositories: () => [...repositories.keys()].sort(),
  };
}

function mediaTypeOf(bytes: Buffer): string {
  const { mediaType, manifests } = JSON.parse(bytes.toString('utf8')) as { mediaType?: string; manifests?: unknown };
  return mediaType ?? (manifests === undefined ? mediaTypes.ociManifest : mediaTypes.ociIndex);
}

/** Whether bytes have a digest, in either registered algorithm. */
export function matches(bytes: Buffer, digest: Digest): boolean {
  const [algorithm = ''] = digest.split(':');
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` === digest;
}
