import type { Digest } from './digest.ts';

/** A repository on a registry; `registry` is a host with optional port, `docker.io` for Docker Hub. */
export interface Repository {
  readonly registry: string;
  readonly repository: string;
}

/** A canonical image reference (distribution/reference): registry and `library/` are always spelled out. */
export interface Reference extends Repository {
  readonly tag?: string;
  readonly digest?: Digest;
}
