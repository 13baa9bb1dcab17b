import { type Failure, fail } from '../failure.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { GatePolicy } from './policy.ts';

/** What keeps a scan from being gated at all; undefined where nothing does. */
export function missingFor(
  policy: GatePolicy,
  scan: Extract<ScanReport, { readonly kind: 'scanned' }>,
): Failure | undefined {
  if (scan.unrecognised !== undefined && policy.allowUnrecognised !== true) {
    return fail(
      'scan-failed',
      scan.unrecognised.join(', '),
      `${scan.scanner.name} recognised no package there, so that it found nothing says nothing`,
      'set gate.allow-unrecognised to true where the image really holds no packages, such as a static binary on scratch',
    ).failure;
  }
  if ((policy.refuse ?? []).length > 0 && scan.hardening === undefined) {
    const detail = 'is set, but the files of the image have not been read';
    return fail('scan-failed', 'gate.refuse', detail, 'run it where the registry of the image can be read').failure;
  }
  if (policy.knownExploited !== undefined && policy.known?.exploited === undefined) {
    const detail = 'is set, but there is no catalogue of known exploited vulnerabilities';
    return fail('config', 'gate.known-exploited', detail, 'name one with known-exploited-file').failure;
  }
  if (policy.epssThreshold !== undefined && policy.known?.probabilities === undefined) {
    const detail = 'is set, but there are no EPSS scores';
    return fail('config', 'gate.epss-threshold', detail, 'name a file of them with epss-file').failure;
  }
  return undefined;
}
