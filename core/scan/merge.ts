import { joinSeen } from './agree.ts';
import { type Finding, type Fix, fixOf, kindOfFinding, withFix } from './finding.ts';
import { ownNames, sameNames, sameVulnerability } from './identity.ts';
import { joinParts } from './parts.ts';
import { bySeverity, worseOf } from './severity.ts';

/** Findings of several platforms as one list, worst first: what is the same in all of them is said once, with its platforms. */
export function mergeFindings(perPlatform: readonly (readonly Finding[])[]): readonly Finding[] {
  const merged: Finding[] = [];
  // One vulnerability may have another name first on another platform, or in another entry of one report.
  const places = new Map<string, number>();
  for (const finding of perPlatform.flat()) {
    const where = placeOf(finding);
    const found = sameNames(finding).map((name) => places.get(where + name));
    const at = found.find((place) => place !== undefined && isSame(merged[place], finding));
    const known = at === undefined ? undefined : merged[at];
    const whole = known === undefined ? finding : join(known, finding);
    const place = at ?? merged.length;
    merged[place] = whole;
    for (const name of [...ownNames(finding), ...ownNames(whole)]) {
      if (!places.has(where + name)) places.set(where + name, place);
    }
  }
  return merged.sort((a, b) => bySeverity(a, b) || compareText(a.id, b.id) || byPackage(a, b));
}

// Owner is part of the key: a package that the base brings on one platform and the app on another is two findings.
function placeOf(finding: Finding): string {
  const { package: of, installed, owner } = finding;
  return JSON.stringify([kindOfFinding(finding), of.name, of.path ?? '', installed, owner]);
}

function isSame(known: Finding | undefined, finding: Finding): boolean {
  return known !== undefined && sameVulnerability(known, finding);
}

function join(a: Finding, b: Finding): Finding {
  const { fixed: _a, parts: _ofA, ...first } = a;
  const { fixed: _b, parts: _ofB, ...second } = b;
  return {
    ...second,
    ...first,
    ...withFix(widerFix(fixOf(a), fixOf(b))),
    aliases: union([...a.aliases], [b.id, ...b.aliases]).filter((name) => name !== a.id),
    severity: worseOf(a.severity, b.severity),
    platforms: union(a.platforms, b.platforms),
    ...joinParts(a, b),
    ...(a.seenBy === undefined || b.seenBy === undefined ? {} : { seenBy: joinSeen(a.seenBy, b.seenBy) }),
  };
}

// That there is none for one platform says nothing of the platform of which nobody knows.
function widerFix(a: Fix, b: Fix): Fix {
  if (a.kind === 'version' || b.kind === 'version') return a.kind === 'version' ? a : b;
  return a.kind === 'none' ? b : a;
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])];
}

function byPackage(a: Finding, b: Finding): number {
  return compareText(a.package.name, b.package.name) || compareText(a.package.path ?? '', b.package.path ?? '');
}

// Code point order, the same on every machine whatever its locale.
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
