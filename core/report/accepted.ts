import { coveringFrom } from '../gate/exceptions.ts';
import type { PolicyException } from '../gate/policy.ts';
import type { Finding } from '../scan/finding.ts';
import type { ReportedImage } from './report.ts';

/** A finding that policy accepts, and the exception by which it does. */
export interface AcceptedFinding {
  readonly finding: Finding;
  readonly by: PolicyException;
}

/** The vulnerabilities of the scanned image that an exception covers; of what fails the gate all the same, none. */
export function acceptedFindings({ scan, gate }: ReportedImage): readonly AcceptedFinding[] {
  if (scan === null || gate === null || gate.exceptionsUsed.length === 0) return [];
  const covering = coveringFrom(gate.exceptionsUsed);
  const failing = new Set(gate.breaches.map(({ finding }) => keyOf(finding)));
  return scan.findings.flatMap((finding) => {
    const [by] = finding.kind === undefined && !failing.has(keyOf(finding)) ? covering(finding) : [];
    return by === undefined ? [] : [{ finding, by }];
  });
}

/** What tells findings of one image apart. */
function keyOf({ id, package: { name, path, purl }, installed, platforms }: Finding): string {
  return JSON.stringify([id, name, path, purl, installed, platforms]);
}

/** The digest of the image that was scanned; undefined in reports of earlier versions that do not say it. */
export function scannedDigest({ promotion, build, scan }: ReportedImage): string | undefined {
  return promotion?.digest ?? build?.digest ?? scan?.digest;
}

const justifications = [
  'component_not_present',
  'vulnerable_code_not_present',
  'vulnerable_code_not_in_execute_path',
  'vulnerable_code_cannot_be_controlled_by_adversary',
  'inline_mitigations_already_exist',
] as const;

/** The justification of OpenVEX that a reason names, as those that came by VEX do. */
export function justificationIn(reason: string): (typeof justifications)[number] | undefined {
  const words = reason.split(', ');
  return justifications.find((one) => words.includes(one));
}

/** Who accepted it, until when, and where that stands; empty where nothing says so. */
export function acceptedWords({ owner, expires, source }: PolicyException): string {
  const parts = [
    ...(owner === undefined ? [] : [`by ${owner}`]),
    ...(expires === undefined ? [] : [`until ${expires}`]),
    ...(source === undefined ? [] : [`in ${source}`]),
  ];
  return parts.length === 0 ? '' : `Accepted ${parts.join(', ')}`;
}
