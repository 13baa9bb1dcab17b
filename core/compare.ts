import type { Baseline } from './baseline/baseline.ts';
import type { Failure } from './failure.ts';
import type { Digest } from './oci/digest.ts';
import { formatPlatform, type Platform, samePlatform } from './oci/platform.ts';

/** Whether a published image stands on the current digest of one of its bases. */
export type Freshness =
  | { readonly kind: 'current'; readonly digest: Digest }
  | { readonly kind: 'unchanged-for-platforms'; readonly from: Digest; readonly to: Digest }
  | { readonly kind: 'stale'; readonly from: Digest; readonly to: Digest }
  /** The base no longer has a platform that the image ships. */
  | {
      readonly kind: 'platform-missing';
      readonly from: Digest;
      readonly to: Digest;
      readonly platforms: readonly string[];
    }
  /** The image exists and nothing says which digest of this base it was built on. */
  | { readonly kind: 'unrecorded'; readonly to: Digest }
  /** The image, or the base that this repository builds for it, has never been published. */
  | { readonly kind: 'missing'; readonly to: Digest | null }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** The platform manifests behind a digest; a digest that is a single manifest has one. */
export type PlatformDigests = readonly { readonly platform: Platform; readonly digest: Digest }[];

/** What one platform was built on and would be built on now. */
export interface PlatformChange {
  readonly platform: string;
  readonly from: Digest | null;
  readonly to: Digest | null;
}

/** What is known when a base is compared; `details` is there only where the digests differ. */
export interface Comparison {
  readonly published: boolean;
  readonly baseline: Baseline;
  readonly upstream: Digest;
  readonly details?: {
    readonly consumed: readonly Platform[];
    /** Behind each recorded digest; undefined where it is gone from the registry. */
    readonly recorded: ReadonlyMap<Digest, PlatformDigests | undefined>;
    readonly current: PlatformDigests;
  };
}

export interface Compared {
  readonly freshness: Freshness;
  readonly platforms: readonly PlatformChange[];
}

/** Compares what an image was built on with what upstream is now, for the platforms that the image ships. */
export function compare({ published, baseline, upstream, details }: Comparison): Compared {
  if (!published) return { freshness: { kind: 'missing', to: upstream }, platforms: [] };
  if (baseline.kind === 'unreadable') {
    return { freshness: { kind: 'unknown', failure: baseline.failure }, platforms: [] };
  }
  if (baseline.kind === 'absent') return { freshness: { kind: 'unrecorded', to: upstream }, platforms: [] };
  const [first, ...others] = leftDigests(baseline, upstream);
  if (first === undefined) return { freshness: { kind: 'current', digest: upstream }, platforms: [] };
  if (details === undefined) return { freshness: { kind: 'stale', from: first, to: upstream }, platforms: [] };
  // Where records disagree the worst counts, so that no dispute makes an image current.
  return others
    .map((from) => judge(details, from, upstream))
    .reduce(
      (worst, other) => (worst.freshness.kind === 'unchanged-for-platforms' ? other : worst),
      judge(details, first, upstream),
    );
}

/** The recorded digests that upstream has left: those of every record, where records disagree. */
export function leftDigests(
  { digest, disputedBy = [] }: Extract<Baseline, { readonly kind: 'recorded' }>,
  upstream: Digest,
): readonly Digest[] {
  const digests = [digest, ...disputedBy.map((record) => record.digest)];
  return [...new Set(digests)].filter((found) => found !== upstream);
}

function judge(details: NonNullable<Comparison['details']>, from: Digest, to: Digest): Compared {
  const platforms = details.consumed.map((platform) => ({
    platform: formatPlatform(platform),
    from: fromDigest(details.recorded.get(from), platform, from),
    to: digestFor(details.current, platform),
  }));
  return { freshness: freshnessOf(platforms, from, to), platforms };
}

function freshnessOf(platforms: readonly PlatformChange[], from: Digest, to: Digest): Freshness {
  const gone = platforms.filter((change) => change.to === null).map((change) => change.platform);
  if (gone.length > 0) return { kind: 'platform-missing', from, to, platforms: gone };
  const unchanged = platforms.length > 0 && platforms.every((change) => change.from === change.to);
  return unchanged ? { kind: 'unchanged-for-platforms', from, to } : { kind: 'stale', from, to };
}

// A recorded digest may be a platform manifest's own: then it is what its platform was built on.
function fromDigest(recorded: PlatformDigests | undefined, platform: Platform, digest: Digest): Digest | null {
  if (recorded !== undefined) return digestFor(recorded, platform);
  return digest;
}

function digestFor(digests: PlatformDigests, platform: Platform): Digest | null {
  return digests.find((entry) => samePlatform(entry.platform, platform))?.digest ?? null;
}
