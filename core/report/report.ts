import type { Confidence, Evidence } from '../baseline/evidence.ts';
import type { ImageVerdict } from '../check/checked.ts';
import type { Freshness } from '../check/compare.ts';
import type { ReportedObjective } from '../check/objective.ts';
import type { Continuity } from '../continuity/difference.ts';
import type { BaseImage } from '../dockerfile/base-image.ts';
import type { Failure } from '../failure.ts';
import type { PolicyException } from '../gate/policy.ts';
import type { Breach } from '../gate/verdict.ts';
import type { PinEvidence } from '../rebuild/engine.ts';
import type { RateLimit } from '../registry/transport/rate-limit.ts';
import type { EndOfLife, Finding, ScannerIdentity, UnprovenScan } from '../scan/finding.ts';
import type { Hardening } from '../scan/hardening-facts.ts';
import type { SourceEvidence } from '../source/record.ts';
import type { ReportedDeployment } from './deployment.ts';
import type { ReportedStage } from './stages.ts';
import type { TrendPoint } from './trend-point.ts';
import type { ReportedValidation } from './validation.ts';

/** A base as reports show it. All references and digests are text. */
export interface ReportedBase {
  readonly reference: string;
  readonly raw: string;
  readonly line: number;
  readonly stage: string | number | null;
  readonly via?: BaseImage['via'];
  /** Whether the image keeps this base's layers; absent where the report does not say. */
  readonly runtime?: boolean;
  readonly verdict: Freshness['kind'];
  readonly from: string | null;
  readonly to: string | null;
  readonly evidence: Evidence | null;
  readonly confidence: Confidence | null;
  /** Of evidence that stands beside the image: whether it is signed as the user asks. */
  readonly verified?: boolean;
  /** Other records that name another base than the one that the verdict rests on. */
  readonly disputedBy?: readonly {
    readonly digest: string;
    readonly evidence: Evidence;
    readonly confidence: Confidence;
    readonly verified?: boolean;
  }[];
  /** A base whose layers the image has under another configuration, where nothing records its own. */
  readonly layersOf?: string;
  /** When the base became what it is now: when it was made, or when a run first saw its tag name it. */
  readonly moved?: {
    readonly at: string;
    readonly by: 'created' | 'ledger';
    readonly ageMs: number;
    /** Whether its tag named the same digest before, and another one since. */
    readonly back?: true;
  };
  /** Until when a base that moved is left alone, and the platforms that it lacks meanwhile. */
  readonly settling?: { readonly until: string; readonly missing: readonly string[] };
  /** What comparing packages gave, where that was asked for. */
  readonly packages?:
    | { readonly verdict: 'same'; readonly by: string; readonly count: number }
    | { readonly verdict: 'different' | 'unknown'; readonly why: string };
  readonly platforms: readonly {
    readonly platform: string;
    readonly from: string | null;
    readonly to: string | null;
  }[];
  readonly failure: Failure | null;
}

/** The commit of the published image as it is recorded, and the one that was built. */
export interface ReportedSource {
  readonly revision: string | null;
  readonly evidence: SourceEvidence | null;
  readonly confidence: Confidence | null;
  readonly dirty?: true;
  /** Different commits that records of equal standing name. */
  readonly disputed?: readonly string[];
  readonly built: { readonly revision: string | null; readonly dirty: boolean } | null;
}

export interface ReportedScan {
  readonly scanner: ScannerIdentity | null;
  /** Each of them, where several scanned side by side. */
  readonly scanners?: readonly ScannerIdentity[];
  /** Of an image that was not built here: what its name stood for. */
  readonly digest?: string;
  readonly platforms: readonly string[];
  readonly findings: readonly Finding[];
  /** Findings of the image that was published before; absent when there was none or it could not be scanned. */
  readonly before?: readonly Finding[];
  readonly fixed: readonly Finding[];
  readonly introduced: readonly Finding[];
  /** Platforms in which the scanner recognised no package. */
  readonly unrecognised?: readonly string[];
  readonly endOfLife?: readonly EndOfLife[];
  /** What the scanner's reports leave open. */
  readonly unproven?: readonly UnprovenScan[];
  /** What the image itself says, where it was read. */
  readonly hardening?: Hardening;
  /** It is an earlier scan of the same image, whose signed verdict stands. */
  readonly reused?: true;
  readonly failure: Failure | null;
}

export interface ReportedImage {
  readonly name: string;
  /** Release reference; null when the repository does not say where the image is published. */
  readonly image: string | null;
  /** Empty for an image that no Dockerfile here builds; `dockerfilePath` reads it. */
  readonly dockerfile: string;
  /** Who is responsible for it, as the repository says; absent where it does not. */
  readonly owners?: readonly string[];
  readonly verdict: ImageVerdict;
  readonly bases: readonly ReportedBase[];
  /** Where the published image came from, and what was built; absent where nothing is published yet. */
  readonly source?: ReportedSource;
  readonly plan: {
    readonly action: 'rebuild' | 'skip';
    readonly because: readonly string[];
    readonly level: number;
    /** What a dry run would rebuild it with, and why. */
    readonly engine?: { readonly name: string; readonly why: string };
    /** What would keep it from being rebuilt, seen before anything is built. */
    readonly held?: Failure;
    /** Of a leg that made its platform: another leg joins it with the others and goes on. */
    readonly pending?: true;
  } | null;
  readonly build: {
    readonly engine: string;
    readonly digest: string;
    readonly candidate: string;
    readonly evidence: PinEvidence;
    readonly durationMs: number;
    readonly pinned: readonly { readonly reference: string; readonly digest: string }[];
    readonly notes: readonly string[];
    /** What of its packages differs from the published image, for one platform; absent where that was not compared. */
    readonly packages?: {
      readonly platform: string;
      readonly changes: readonly { readonly name: string; readonly from: string | null; readonly to: string | null }[];
    };
  } | null;
  readonly scan: ReportedScan | null;
  readonly gate: {
    readonly verdict: 'pass' | 'fail' | 'inconclusive';
    /** The policy that was applied to this image, where that is not the policy of the run. */
    readonly policy?: ReportedPolicy;
    readonly breaches: readonly Breach[];
    readonly exceptionsUsed: readonly PolicyException[];
    readonly exceptionsUnused: readonly PolicyException[];
    /** What decides nothing and should be known; absent where there is nothing. */
    readonly warnings?: readonly string[];
    readonly failure: Failure | null;
  } | null;
  /** What the candidate's tests said, and what changed; absent where nothing was built. */
  readonly validation?: ReportedValidation;
  /** How it differs from the image that it is to replace; absent where nothing is published or nothing was built. */
  readonly continuity?: Continuity;
  /** Why it was not written though it passed its gate, and what to do. */
  readonly held?: { readonly because: 'continuity'; readonly remedy: string };
  readonly promotion: {
    readonly digest: string;
    readonly tags: readonly {
      readonly reference: string;
      readonly previous: string | null;
      /** Where what it named before is kept. */
      readonly rollback?: string;
    }[];
    /** Signatures, SBOMs and other manifests that went along to another repository. */
    readonly referrers?: number;
  } | null;
  /** What became of the candidate's tag, absent where nothing was pushed; with `lost`, release tags may be gone, and `failure` says which. */
  readonly candidate?: { readonly state: 'removed' | 'kept' | 'left' | 'lost'; readonly why?: string };
  /** How the image was signed, and what was attested of it, before its release tags moved. */
  readonly signature: {
    readonly tool: string;
    /** Null where an identity token stood for a key. */
    readonly key: string | null;
    readonly attestations: readonly string[];
  } | null;
  /** Where it was rolled out; null where no target was asked for. */
  readonly deployment: ReportedDeployment | null;
  /** How long its stages took; absent where nothing was done with it. */
  readonly stages?: readonly ReportedStage[];
  /** Why this image was not finished. */
  readonly failure: Failure | null;
}

/** What a gate asked for; the threshold of merged reports that differ is `mixed`. */
export interface ReportedPolicy {
  readonly severityThreshold: string;
  readonly onlyFixable: boolean;
  readonly newOnly: boolean;
  /** Whether only what is new or has a fix fails; absent in reports of earlier versions. */
  readonly scope?: 'relative' | 'absolute';
}

/** The whole run: saved as report.json, and enough to render every other format. */
export interface RefreshReport {
  readonly schemaVersion: 1;
  readonly tool: { readonly name: 'base-image-refresh'; readonly version: string };
  readonly command: 'check' | 'plan' | 'refresh' | 'scan' | 'rebase' | 'deploy';
  readonly dryRun: boolean;
  /** The leg of a larger run that this is the report of. */
  readonly run?: { readonly id: string; readonly shard: string };
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly policy: ReportedPolicy;
  /** Freshness objectives of the run; absent where it has none. */
  readonly objectives?: readonly ReportedObjective[];
  /** The last runs up to this one, oldest first; absent where none is kept. */
  readonly trend?: readonly TrendPoint[];
  readonly images: readonly ReportedImage[];
  /** Dockerfiles that BuildKit would refuse, unreadable folders, and whatever else belongs to no image. */
  readonly failures: readonly Failure[];
  readonly totals: {
    readonly images: number;
    readonly current: number;
    /** Of these, only what build stages were built on is not recorded; absent where there are none. */
    readonly unrecorded?: number;
    readonly stale: number;
    readonly unknown: number;
    readonly rebuilt: number;
    readonly promoted: number;
    readonly held: number;
    readonly failed: number;
  };
  readonly requests: {
    readonly head: number;
    readonly get: number;
    readonly token: number;
    readonly write: number;
    readonly uploadedBytes: number;
    /** What registry hosts last said of their limits; absent where none said anything. */
    readonly rateLimits?: readonly RateLimit[];
  };
}
