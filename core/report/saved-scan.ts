import { parsePlatform } from '../oci/platform.ts';
import type { ScanReport } from '../scan/finding.ts';
import { given } from '../table.ts';
import type { ReportedScan } from './report.ts';

/** The scan that a report keeps, which is all that the gate looks at. */
export function scanOf(scan: ReportedScan, subject: string): ScanReport {
  const { scanner, failure, findings, platforms, scanners, unrecognised, endOfLife, unproven, hardening, reused } =
    scan;
  if (failure !== null) return { kind: 'failed', failure };
  if (scanner === null) {
    const detail = 'the report names no scanner, so nothing shows that it was scanned';
    return { kind: 'failed', failure: { code: 'scan-failed', subject, detail, retryable: false } };
  }
  return {
    kind: 'scanned',
    scanner,
    ...given('scanners', scanners),
    findings,
    platforms: platforms.flatMap((platform) => parsePlatform(platform) ?? []),
    ...given('unrecognised', unrecognised),
    ...given('endOfLife', endOfLife),
    ...given('unproven', unproven),
    ...given('hardening', hardening),
    ...given('reused', reused),
  };
}
