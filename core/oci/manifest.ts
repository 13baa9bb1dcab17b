import type { Digest } from './digest.ts';
import type { Platform } from './platform.ts';

/** Media types that are read or written: OCI's (image-spec, media-types.md), Docker's, and in-toto's. */
export const mediaTypes = {
  ociIndex: 'application/vnd.oci.image.index.v1+json',
  ociManifest: 'application/vnd.oci.image.manifest.v1+json',
  ociConfig: 'application/vnd.oci.image.config.v1+json',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  /** The two bytes `{}`, where an artifact has no configuration (OCI image-spec, manifest.md). */
  ociEmpty: 'application/vnd.oci.empty.v1+json',
  inToto: 'application/vnd.in-toto+json',
} as const;

/** OCI image-spec, descriptor.md. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly platform?: Platform;
  readonly artifactType?: string;
}

/** OCI image-spec, manifest.md; also Docker image manifest v2, schema 2. */
export interface Manifest {
  readonly kind: 'manifest';
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** OCI image-spec, image-index.md; also the Docker manifest list. */
export interface Index {
  readonly kind: 'index';
  readonly mediaType: string;
  readonly manifests: readonly Descriptor[];
  readonly annotations: Readonly<Record<string, string>>;
  readonly subject?: Descriptor;
  readonly artifactType?: string;
}

/** A manifest or index with the exact bytes that its digest was computed from. */
export interface StoredManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly document: Manifest | Index;
}

/** The part of the OCI image configuration (config.md) that decisions rest on; `raw` keeps every other field. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly osVersion?: string;
  readonly created?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly diffIds: readonly Digest[];
  readonly history: readonly { readonly createdBy?: string; readonly emptyLayer: boolean }[];
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Annotations that say what an image was built on (OCI image-spec, annotations.md), and our own. */
export const annotationKeys = {
  baseName: 'org.opencontainers.image.base.name',
  baseDigest: 'org.opencontainers.image.base.digest',
  /** Ours: JSON array of {reference, digest} for every base the build consumed, build stages included. */
  bases: 'dev.base-image-refresh.bases',
  /** Ours: JSON object of the commit that the image was built from. */
  source: 'dev.base-image-refresh.source',
  /** Ours: JSON object of a promotion, on the record that stands beside the image. */
  promotion: 'dev.base-image-refresh.promotion',
  /** What became of a build, in the record of its attempts. */
  attempt: 'dev.base-image-refresh.attempt',
  /** When a base was first seen to name a digest, in the record beside an image that is built on it. */
  firstSeen: 'dev.base-image-refresh.first-seen',
} as const;
