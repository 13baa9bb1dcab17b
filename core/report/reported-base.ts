import type { Baseline } from '../baseline/record.ts';
import type { CheckedBase } from '../check/checked.ts';
import { type Freshness, upstreamOf } from '../check/compare.ts';
import { type Failure, fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { ReportedBase } from './report.ts';

/** A checked base as reports show it. */
export function reportedBase({ base, baseline, freshness, platforms, moved, packages }: CheckedBase): ReportedBase {
  const recorded = baseline.kind === 'recorded' ? baseline : undefined;
  return {
    reference: formatReference(base.reference),
    raw: base.raw,
    line: base.line,
    stage: base.stage,
    via: base.via,
    runtime: base.runtime,
    verdict: freshness.kind,
    from: recorded?.digest ?? null,
    to: upstreamOf(freshness) ?? null,
    evidence: recorded?.evidence ?? null,
    confidence: recorded?.confidence ?? null,
    ...(recorded?.verified === undefined ? {} : { verified: recorded.verified }),
    ...asides(baseline),
    ...(freshness.kind === 'settling'
      ? { settling: { until: freshness.until.toISOString(), missing: freshness.missing } }
      : {}),
    ...(packages === undefined ? {} : { packages }),
    ...(moved === undefined ? {} : { moved: { ...moved, at: moved.at.toISOString() } }),
    platforms,
    failure: failureIn(freshness, formatReference(base.reference)) ?? null,
  };
}

function asides(baseline: Baseline): Pick<ReportedBase, 'disputedBy' | 'layersOf'> {
  if (baseline.kind === 'absent' && baseline.layersOf !== undefined) return { layersOf: baseline.layersOf };
  if (baseline.kind !== 'recorded' || baseline.disputedBy === undefined) return {};
  return {
    disputedBy: baseline.disputedBy.map(({ platforms: _, ...record }) => record),
  };
}

function failureIn(freshness: Freshness, subject: string): Failure | undefined {
  if (freshness.kind === 'unknown') return freshness.failure;
  if (freshness.kind !== 'platform-missing') return undefined;
  return fail('not-found', subject, `no longer has ${freshness.platforms.join(', ')}`).failure;
}
