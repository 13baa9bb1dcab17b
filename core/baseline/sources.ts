import type { Digest } from '../oci/digest.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';
import { attestedReader, type ReadAttested } from './attested.ts';
import { type Ledger, recentIn } from './ledger.ts';
import type { LockFile } from './lock-file.ts';

/** Where rungs of the ladder find their evidence. */
export interface Sources {
  readonly registry: Registry;
  readonly attested: ReadAttested;
  /** What the repository's lock file says; empty without one. */
  readonly lock: LockFile;
  /** What earlier runs saw bases name; empty without one. */
  readonly ledger: Ledger;
  /** Whether git has the Dockerfile of the build at this commit just as it stands here. */
  readonly unchangedSince: (revision: string) => Promise<boolean>;
}

/** The sources of one registry and nothing else. */
export function registryAlone(registry: Registry): Sources {
  return {
    registry,
    attested: attestedReader(registry),
    lock: [],
    ledger: new Map(),
    unchangedSince: async () => false,
  };
}

/** Digests that a base's tag is known to have named, the newest first. */
export function recentDigests({ ledger, lock }: Pick<Sources, 'ledger' | 'lock'>, base: Reference): readonly Digest[] {
  const seen = recentIn(ledger, base);
  const name = formatReference(base);
  const entered = lock.flatMap(({ bases }) => bases.filter(({ reference }) => reference === name));
  return [...new Set([...seen, ...entered.map(({ digest }) => digest)])];
}
