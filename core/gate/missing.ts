import { type Failure, fail } from '../failure.ts';
import type { ScanReport } from '../scan/finding.ts';
import type { Proof } from '../scan/proof.ts';
import { whyOutdated } from './known-exploitation.ts';
import type { GatePolicy } from './policy.ts';

/** What a scan that found nothing against policy leaves open, so that it is no pass; undefined where it proves enough. */
export function unprovenIn({ unproven = [] }: Scanned): Failure | undefined {
  const [first] = unproven;
  if (first === undefined) return undefined;
  return fail('scan-failed', first.platforms.join(', '), first.detail, remedies[first.proof]).failure;
}

const remedies: Readonly<Record<Proof, string>> = {
  image: 'let the scanner write a report that names the digest of the image, or set accept-unproven to image',
  search: 'let it look for every vulnerability, or set accept-unproven to search',
  distribution: 'use a base or a scanner that fit each other, or set accept-unproven to distribution',
};

type Scanned = Extract<ScanReport, { readonly kind: 'scanned' }>;

/** What keeps a scan from being gated at all; undefined where nothing does. */
export function missingFor(policy: GatePolicy, scan: Scanned): Failure | undefined {
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
    const old = whyOutdated(policy.known, 'kev');
    const detail = `is set, but ${old ?? 'there is no catalogue of known exploited vulnerabilities'}`;
    const remedy = old === undefined ? 'name one with known-exploited-file' : 'get the catalogue of today';
    return fail('config', 'gate.known-exploited', detail, remedy).failure;
  }
  if (policy.epssThreshold !== undefined && policy.known?.probabilities === undefined) {
    const old = whyOutdated(policy.known, 'epss');
    const detail = `is set, but ${old ?? 'there are no EPSS scores'}`;
    const remedy = old === undefined ? 'name a file of them with epss-file' : 'get the scores of today';
    return fail('config', 'gate.epss-threshold', detail, remedy).failure;
  }
  return undefined;
}
