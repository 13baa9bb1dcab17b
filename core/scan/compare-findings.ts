import { type Finding, kindOfFinding } from './finding.ts';
import { ownNames, sameNames } from './identity.ts';

/** What changed between two scans of an image. */
export interface FindingsChange {
  readonly fixed: readonly Finding[];
  readonly introduced: readonly Finding[];
  /** As the later scan has them. */
  readonly remaining: readonly Finding[];
}

/** Compares two scans: a finding is the same where it is the same vulnerability of the same package, whatever the version. */
export function compareFindings(before: readonly Finding[], after: readonly Finding[]): FindingsChange {
  const had = placesOf(before);
  const has = placesOf(after);
  return {
    fixed: before.filter((finding) => !isAmong(finding, has)),
    introduced: after.filter((finding) => !isAmong(finding, had)),
    remaining: after.filter((finding) => isAmong(finding, had)),
  };
}

function placesOf(findings: readonly Finding[]): ReadonlySet<string> {
  return new Set(findings.flatMap((finding) => inPlace(finding, ownNames(finding))));
}

function isAmong(finding: Finding, known: ReadonlySet<string>): boolean {
  return inPlace(finding, sameNames(finding)).some((key) => known.has(key));
}

// One key for each name of the vulnerability: scanners and databases change which of them comes first.
function inPlace(finding: Finding, names: readonly string[]): readonly string[] {
  const { package: of, installed } = finding;
  // "lib/log4j-2.14.jar" and "lib/log4j-2.17.jar" are one place whose version moved.
  const place = (installed === '' ? of.path : of.path?.replaceAll(installed, '*')) ?? '';
  const kind = kindOfFinding(finding);
  return names.map((name) => JSON.stringify([kind, name, of.name, place]));
}
