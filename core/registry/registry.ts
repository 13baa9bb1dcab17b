import type { Digest } from '../oci/digest.ts';
import type { Descriptor, ImageConfig, StoredManifest } from '../oci/manifest.ts';
import type { Reference, Repository } from '../oci/reference.ts';
import type { KnownContent } from './known-content.ts';
import type { PushAccess } from './push-access.ts';
import type { RateLimit } from './transport/rate-limit.ts';
import type { RequestCounts } from './transport/request-counts.ts';

/** An OCI distribution registry client; every method throws FailureError with a registry code. */
export interface Registry {
  /** What was found out about its blobs; where it is absent, it is found out for each who asks. */
  readonly known?: KnownContent;
  /** The descriptor of a manifest by HEAD, one request for each distinct reference of the run (GET only where HEAD names no digest). */
  head(reference: Reference): Promise<Descriptor>;
  /** The manifest or index, its bytes verified against the digest; memoised by digest. */
  manifest(reference: Reference): Promise<StoredManifest>;
  /** The image configuration of a manifest. */
  config(repository: Repository, manifest: StoredManifest): Promise<ImageConfig>;
  /** A small blob in memory, verified; throws `too-large` over `limit` bytes (default 4 MiB). */
  blob(repository: Repository, descriptor: Descriptor, limit?: number): Promise<Uint8Array>;
  /** A blob as a stream; throws `digest-mismatch` at the end where its digest is not the descriptor's. */
  blobStream(repository: Repository, descriptor: Descriptor): AsyncIterable<Uint8Array>;
  /** All tags of a repository, over every page. */
  tags(repository: Repository): Promise<readonly string[]>;
  /** Manifests whose subject is the digest, by the referrers API or the fallback tag. */
  referrers(repository: Repository, digest: Digest): Promise<readonly Descriptor[]>;
  /** Whether the registry itself lists those: where not, each of its clients writes the list, and one may lose another's entry. */
  hasReferrersApi(repository: Repository, digest: Digest): Promise<boolean>;
  /** PUTs the bytes unchanged under the tag or digest and verifies the digest the registry answers. */
  putManifest(reference: Reference, manifest: Pick<StoredManifest, 'bytes' | 'descriptor'>): Promise<void>;
  putBlob(repository: Repository, bytes: Uint8Array, mediaType: string): Promise<Descriptor>;
  /** Makes a blob of one repository known in another of the same registry; copies its bytes only where mounting is refused or the registries differ. */
  mountBlob(from: Repository, to: Repository, descriptor: Descriptor): Promise<'present' | 'mounted' | 'copied'>;
  deleteManifest(reference: Reference): Promise<void>;
  /** Whether a repository may be pushed to, found out without writing anything there; once for each. */
  pushAccess?(repository: Repository): Promise<PushAccess>;
  /** Drops what is memoised of a tag that somebody may have written, so that the next read asks its registry, and no mirror of it. */
  forget(reference: Reference): void;
  /** Says which references will be read, so that one token can be asked for many repositories. */
  expect(references: readonly Repository[]): void;
  requests(): RequestCounts;
  /** What each registry host last said of its rate limit. */
  rateLimits(): readonly RateLimit[];
}
