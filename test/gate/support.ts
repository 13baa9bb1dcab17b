import type { GatePolicy, PolicyException } from '../../core/gate/policy.ts';
import type { Finding, ScanReport } from '../../core/scan/finding.ts';

/** The day on which tests of the gate take place. */
export const today = new Date('2026-11-21T12:00:00Z');

/** A policy that excuses nothing of high severity or worse. */
export const strict: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };

/** A finished scan of one platform. */
export function scanned(
  findings: readonly Finding[],
  more: Partial<Extract<ScanReport, { kind: 'scanned' }>> = {},
): ScanReport {
  const scanner = { name: 'trivy', version: '0.68.2', database: null };
  return { kind: 'scanned', scanner, platforms: [{ os: 'linux', architecture: 'amd64' }], findings, ...more };
}

/** An exception for the finding of the tests. */
export function accept(changes: Partial<PolicyException> = {}): PolicyException {
  return { id: 'CVE-2026-1', reason: 'not reachable', ...changes };
}
