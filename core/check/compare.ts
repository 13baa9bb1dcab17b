import { type Baseline, type BaselineRecord, digestsIn, recordsOfBaseline } from '../baseline/record.ts';
import type { Failure } from '../failure.ts';
import type { Digest } from '../oci/digest.ts';
import {
  formatPlatform,
  type Platform,
  type PlatformChange,
  type PlatformDigests,
  samePlatform,
} from '../oci/platform.ts';

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
  /** The base moved within the settle window, so that its index may still be filling: it is left alone until then. */
  | {
      readonly kind: 'settling';
      /** Absent where nothing says. */
      readonly from?: Digest;
      readonly to: Digest;
      readonly until: Date;
      readonly missing: readonly string[];
    }
  /** The base was made again of the same packages, and the user counts packages. */
  | { readonly kind: 'unchanged-packages'; readonly from: Digest; readonly to: Digest }
  /** The image exists and nothing says which digest of this base it was built on. */
  | { readonly kind: 'unrecorded'; readonly to: Digest }
  /** The image, or the base that this repository builds for it, has never been published. */
  | { readonly kind: 'missing'; readonly to?: Digest }
  | { readonly kind: 'unknown'; readonly failure: Failure };

/** What a base names now; undefined where that is not known. */
export function upstreamOf(freshness: Freshness): Digest | undefined {
  switch (freshness.kind) {
    case 'current':
      return freshness.digest;
    case 'unknown':
      return undefined;
    case 'stale':
    case 'unchanged-for-platforms':
    case 'unchanged-packages':
    case 'platform-missing':
    case 'settling':
    case 'unrecorded':
    case 'missing':
      return freshness.to;
  }
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
  /** The baseline, its first record the one that the verdict rests on, beside it those that really say otherwise. */
  readonly baseline: Baseline;
  readonly freshness: Freshness;
  readonly platforms: readonly PlatformChange[];
}

/** Compares what an image was built on with what upstream is now, for the platforms that the image ships. */
export function compare({ published, baseline, upstream, details }: Comparison): Compared {
  const plain = (freshness: Freshness): Compared => ({ baseline, freshness, platforms: [] });
  if (!published) return plain({ kind: 'missing', to: upstream });
  if (baseline.kind === 'unreadable') return plain({ kind: 'unknown', failure: baseline.failure });
  if (baseline.kind === 'absent') return plain({ kind: 'unrecorded', to: upstream });
  const records = recordsOfBaseline(baseline);
  const [first] = leftDigests(baseline, upstream);
  if (first === undefined) return vouchedFor(records, plain({ kind: 'current', digest: upstream }), upstream);
  if (details === undefined) return plain({ kind: 'stale', from: first, to: upstream });
  return vouchedFor(
    records,
    settleDispute(records.map((record) => compareRecord(details, record, upstream))),
    upstream,
  );
}

// Who may push beside an image, and not the image, must not be able to keep it from being rebuilt.
function vouchedFor(records: readonly BaselineRecord[], compared: Compared, to: Digest): Compared {
  const { kind } = compared.freshness;
  const isGood = kind === 'current' || kind === 'unchanged-for-platforms';
  if (!isGood || records.some(({ verified }) => verified !== false)) return compared;
  return { ...compared, freshness: { kind: 'unrecorded', to } };
}

/** The recorded digests that upstream has left: those of every record, where records disagree. */
export function leftDigests(
  baseline: Extract<Baseline, { readonly kind: 'recorded' }>,
  upstream: Digest,
): readonly Digest[] {
  return [...new Set(recordsOfBaseline(baseline).flatMap(digestsIn))].filter((found) => found !== upstream);
}

interface RecordComparison {
  readonly record: BaselineRecord;
  readonly freshness: Freshness;
  readonly platforms: readonly PlatformChange[];
}

const worstFirst: readonly Freshness['kind'][] = ['platform-missing', 'stale', 'unchanged-for-platforms', 'current'];

// Where records disagree the worst counts, so that no dispute makes an image current.
function settleDispute(compared: readonly RecordComparison[]): Compared {
  const [worst, ...others] = compared.toSorted(
    (a, b) => worstFirst.indexOf(a.freshness.kind) - worstFirst.indexOf(b.freshness.kind),
  );
  if (worst === undefined) throw new Error('a recorded baseline without a record');
  // An index and a platform's manifest out of it are two digests of one base.
  const said = JSON.stringify(worst.platforms);
  const disputedBy = others.filter(({ platforms }) => JSON.stringify(platforms) !== said).map(({ record }) => record);
  return {
    baseline: { kind: 'recorded', ...worst.record, ...(disputedBy.length === 0 ? {} : { disputedBy }) },
    freshness: worst.freshness,
    platforms: worst.platforms,
  };
}

function compareRecord(
  details: NonNullable<Comparison['details']>,
  record: BaselineRecord,
  to: Digest,
): RecordComparison {
  const platforms = details.consumed.flatMap((platform) => {
    const change = { platform: formatPlatform(platform), to: digestFor(details.current, platform) };
    return recordedFor(record, platform).map((digest) => ({
      ...change,
      from: digest === to ? change.to : fromDigest(details.recorded, platform, digest),
    }));
  });
  const [left = record.digest] = digestsIn(record).filter((digest) => digest !== to);
  return { record: { ...record, digest: left }, freshness: freshnessOf(platforms, left, to), platforms };
}

function recordedFor({ digest, platforms }: BaselineRecord, platform: Platform): readonly (Digest | undefined)[] {
  if (platforms === undefined) return [digest];
  const own = platforms.filter((entry) => samePlatform(entry.platform, platform)).map((entry) => entry.digest);
  return own.length === 0 ? [undefined] : own;
}

function freshnessOf(platforms: readonly PlatformChange[], from: Digest, to: Digest): Freshness {
  const gone = platforms.filter((change) => change.to === null).map((change) => change.platform);
  if (gone.length > 0) return { kind: 'platform-missing', from, to, platforms: [...new Set(gone)] };
  const unchanged = platforms.length > 0 && platforms.every((change) => change.from === change.to);
  if (!unchanged) return { kind: 'stale', from, to };
  return from === to ? { kind: 'current', digest: to } : { kind: 'unchanged-for-platforms', from, to };
}

// A recorded digest may be a platform manifest's own: then it is what its platform was built on.
function fromDigest(
  recorded: ReadonlyMap<Digest, PlatformDigests | undefined>,
  platform: Platform,
  digest: Digest | undefined,
): Digest | null {
  if (digest === undefined) return null;
  const behind = recorded.get(digest);
  return behind === undefined ? digest : digestFor(behind, platform);
}

function digestFor(digests: PlatformDigests, platform: Platform): Digest | null {
  return digests.find((entry) => samePlatform(entry.platform, platform))?.digest ?? null;
}
