import type { Sighting } from '../baseline/ledger.ts';
import type { PublishedImage } from '../baseline/published.ts';
import type { Sources } from '../baseline/sources.ts';
import type { DiscoveredBuild } from '../discover/build.ts';
import type { Digest } from '../oci/digest.ts';
import type { Reference } from '../oci/reference.ts';
import type { ReleasedSource } from '../source/released.ts';

/** What a check goes by: where evidence is found, the time, and what the user counts as stale. */
export interface CheckRules {
  readonly sources: Sources;
  readonly now: Date;
  /** Milliseconds for which a base that has moved is left to settle; absent where it is not. */
  readonly settle?: number;
  /** When runs on any machine first saw a base name these digests; asked where a base is left to settle. */
  readonly seen?: (base: Reference, digests: readonly Digest[]) => Promise<readonly Sighting[]>;
  readonly staleWhen: 'digest' | 'packages';
  /** Which bases make an image stale; all when absent. */
  readonly staleBases?: 'all' | 'runtime';
  /** Reads what a published image was built from. */
  readonly released: (discovered: DiscoveredBuild, published: PublishedImage) => Promise<ReleasedSource>;
}
