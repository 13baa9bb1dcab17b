import type { TrendPoint } from '../../core/report/trend-point.ts';

/** Runs of so many nights: an image that fell behind and was mended, a night without a scan, findings that grow and are fixed. */
export function sampleTrend(nights: number): readonly TrendPoint[] {
  return Array.from({ length: nights }, (_, night): TrendPoint => {
    const at = new Date(Date.UTC(2026, 8, 1 + night, 4)).toISOString();
    const behind = night % 9;
    const outcomes = behind < 6 ? { promoted: 1, current: 11 } : { current: 9, held: 2, failed: 1 };
    if (night % 13 === 5)
      return { at, command: 'check', images: 12, outcomes: { current: 11, unknown: 1 }, behindMs: null };
    const findings = {
      critical: behind > 5 ? 2 : 0,
      high: 3 + behind,
      medium: 12,
      low: 20 - behind,
      negligible: 4,
      unknown: 1,
    };
    return { at, command: 'refresh', images: 12, outcomes, behindMs: behind * 86_400_000, findings };
  });
}
