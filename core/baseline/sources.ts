import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import type { LockFile } from './lock-file.ts';

/** Where rungs of the ladder find their evidence. */
export interface Sources {
  readonly registry: Registry;
  /** What the repository's lock file says; empty without one. */
  readonly lock: LockFile;
  /** Digests that a base's tag is known to have named, the newest first; few. */
  readonly recent: (reference: Reference) => readonly Digest[];
  /** Whether git has the Dockerfile of the build at this commit just as it stands here. */
  readonly unchangedSince: (revision: string) => Promise<boolean>;
}

/** The sources of one registry and nothing else. */
export function registryAlone(registry: Registry): Sources {
  return { registry, lock: [], recent: () => [], unchangedSince: async () => false };
}
