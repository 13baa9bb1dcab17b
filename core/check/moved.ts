import type { Digest } from '../oci/digest.ts';
import { type Reference, withDigest } from '../oci/reference.ts';
import type { Registry } from '../registry/registry.ts';

/** When a base became what it is now. */
export interface Moved {
  readonly at: Date;
  /** When it was made, by its configuration, or when a run first saw its tag name it. */
  readonly by: 'created' | 'ledger';
  /** Whether its tag named it before, and another digest since. */
  readonly back?: true;
  /** At the time of the run. */
  readonly ageMs: number;
}

/** What is known of when a base moved: it was made before it was pushed, and seen after. */
export interface MoveTimes {
  readonly created?: Date;
  readonly seen?: Date;
  /** Whether it moved back to what it named before. */
  readonly back?: true;
}

// Reproducible builds write the epoch, or the date of a release of long ago; neither says when anything moved.
const earliest = Date.UTC(2010, 0, 1);

/** The newest creation date of platform manifests, undefined where none of them tells a date that can be. */
export async function newestCreated(
  registry: Registry,
  base: Reference,
  manifests: readonly Digest[],
  now: Date,
): Promise<Date | undefined> {
  const dates = await Promise.all(
    [...new Set(manifests)].map(async (digest) => {
      const manifest = await registry.manifest(withDigest(base, digest));
      return Date.parse((await registry.config(base, manifest)).created ?? '');
    }),
  );
  const plausible = dates.filter((date) => date >= earliest && date <= now.getTime());
  return plausible.length === 0 ? undefined : new Date(Math.max(...plausible));
}

/** When the base moved, as it is shown: when it was made goes before when somebody looked. */
export function movedOf({ created, seen, back }: MoveTimes, now: Date): Moved | undefined {
  // What a tag came back to was made long before it did.
  if (back === true && seen !== undefined)
    return { at: seen, by: 'ledger', ageMs: now.getTime() - seen.getTime(), back };
  const at = created ?? seen;
  if (at === undefined) return undefined;
  return { at, by: created === undefined ? 'ledger' : 'created', ageMs: now.getTime() - at.getTime() };
}
