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
    /** Undefined where the recorded digest is gone from the registry. */
    readonly recorded: PlatformDigests | undefined;
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
  const from = recordedDigest(baseline, upstream);
  if (from === upstream) return { freshness: { kind: 'current', digest: upstream }, platforms: [] };
  if (details === undefined) return { freshness: { kind: 'stale', from, to: upstream }, platforms: [] };
  const platforms = details.consumed.map((platform) => ({
    platform: formatPlatform(platform),
    from: fromDigest(details.recorded, platform, from),
    to: digestFor(details.current, platform),
  }));
  return { freshness: freshnessOf(platforms, from, upstream), platforms };
}

/** The digest to judge by: where records disagree, one that upstream has left, so that no dispute makes an image current. */
export function recordedDigest(baseline: Extract<Baseline, { readonly kind: 'recorded' }>, upstream: Digest): Digest {
  const digests = [baseline.digest, ...(baseline.disputedBy ?? []).map((record) => record.digest)];
  return digests.find((digest) => digest !== upstream) ?? upstream;
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
