import type { PlatformDigests } from '../oci/platform.ts';
import { formatPlatform, samePlatform } from '../oci/platform.ts';
import type { Freshness } from './compare.ts';
import type { MoveTimes } from './moved.ts';

/** What a base can be that has moved, or may have. */
export type Movable = Extract<Freshness, { readonly kind: 'stale' | 'platform-missing' | 'unrecorded' }>;

/** What decides whether an index is left to settle. */
export interface Settling {
  /** Milliseconds that an index is left alone after it moved. */
  readonly window: number;
  readonly now: Date;
  readonly times: MoveTimes;
  /** Platforms that the base had before and has no longer: of an index that is still being pushed, those to come. */
  readonly missing: readonly string[];
  /** When a run first saw what the base is now, whether or not it saw it move. */
  readonly firstSeen: Date;
}

/**
 * Holds back what moved within the window: registries fill an index platform by platform, and what is built meanwhile
 * mixes two releases. Where it is not known when it moved it is held only if platforms are missing, from when it was first seen.
 */
export function letSettle(freshness: Movable, { window, now, times, missing, firstSeen }: Settling): Freshness {
  const known = [times.created, times.seen].flatMap((time) => (time === undefined ? [] : [time.getTime()]));
  if (known.length === 0 && missing.length === 0) return freshness;
  const until = new Date((known.length === 0 ? firstSeen.getTime() : Math.max(...known)) + window);
  if (until <= now) return freshness;
  const from = freshness.kind === 'unrecorded' ? {} : { from: freshness.from };
  return { kind: 'settling', ...from, to: freshness.to, until, missing };
}

/** The platforms that were there before and are there no longer. */
export function missingPlatforms(before: PlatformDigests, now: PlatformDigests): readonly string[] {
  const gone = before.filter(({ platform }) => !now.some((entry) => samePlatform(entry.platform, platform)));
  return [...new Set(gone.map(({ platform }) => formatPlatform(platform)))];
}
