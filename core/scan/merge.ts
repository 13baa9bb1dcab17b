import { joinSeen } from './agree.ts';
import { type Finding, type Fix, fixOf, kindOfFinding, withFix } from './finding.ts';
import { addNames, type GatheredNames, isNamed, namesFrom } from './gathered-names.ts';
import { sameNames } from './identity.ts';
import { createFindingParts, type Parts } from './parts.ts';
import { bySeverity, worseOf } from './severity.ts';

/** What is the same on several platforms, or in several entries of a report. Its lists grow in place: there may be very many entries. */
interface Group {
  readonly names: GatheredNames;
  readonly aliases: Set<string>;
  readonly platforms: Set<string>;
  readonly parts: Parts;
  readonly first: Finding;
  /** Everything else that is said of it. */
  whole: Finding;
}

/** Findings of several platforms as one list, worst first: what is the same in all of them is said once, with its platforms. */
export function mergeFindings(perPlatform: readonly (readonly Finding[])[]): readonly Finding[] {
  const groups: Group[] = [];
  // One vulnerability may have another name first on another platform, or in another entry of one report.
  const places = new Map<string, Group>();
  for (const finding of perPlatform.flat()) {
    const where = placeOf(finding);
    const found = sameNames(finding).map((name) => places.get(where + name));
    const known = found.find((group) => group !== undefined && isNamed(group.names, finding));
    const group = known ?? groupOf(finding);
    if (known === undefined) groups.push(group);
    else join(known, finding);
    const { added, gone } = addNames(group.names, finding);
    for (const name of gone) if (places.get(where + name) === group) places.delete(where + name);
    for (const name of added) if (!places.has(where + name)) places.set(where + name, group);
  }
  const merged = groups.map(findingOf);
  return merged.sort((a, b) => bySeverity(a, b) || compareText(a.id, b.id) || byPackage(a, b));
}

// Owner is part of the key: a package that the base brings on one platform and the app on another is two findings.
function placeOf(finding: Finding): string {
  const { package: of, installed, owner } = finding;
  return JSON.stringify([kindOfFinding(finding), of.name, of.path ?? '', installed, owner]);
}

function groupOf(finding: Finding): Group {
  return {
    names: namesFrom(finding),
    aliases: new Set(finding.aliases),
    platforms: new Set(finding.platforms),
    parts: createFindingParts(finding),
    first: finding,
    whole: finding,
  };
}

function join(group: Group, b: Finding): void {
  const { whole: a } = group;
  group.parts.add(b);
  for (const name of [b.id, ...b.aliases]) if (name !== a.id) group.aliases.add(name);
  for (const platform of b.platforms) group.platforms.add(platform);
  const { fixed: _a, parts: _ofA, ...first } = a;
  const { fixed: _b, parts: _ofB, ...second } = b;
  group.whole = {
    ...second,
    ...first,
    ...withFix(widerFix(fixOf(a), fixOf(b))),
    severity: worseOf(a.severity, b.severity),
    ...(a.seenBy === undefined || b.seenBy === undefined ? {} : { seenBy: joinSeen(a.seenBy, b.seenBy) }),
  };
}

function findingOf({ first, whole, aliases, platforms, parts }: Group): Finding {
  if (whole === first) return first;
  const { parts: _, ...plain } = whole;
  return {
    ...plain,
    aliases: [...aliases].filter((name) => name !== whole.id),
    platforms: [...platforms],
    ...parts.all(),
  };
}

// That there is none for one platform says nothing of the platform that is unknown.
function widerFix(a: Fix, b: Fix): Fix {
  if (a.kind === 'version' || b.kind === 'version') return a.kind === 'version' ? a : b;
  return a.kind === 'none' ? b : a;
}

function byPackage(a: Finding, b: Finding): number {
  return compareText(a.package.name, b.package.name) || compareText(a.package.path ?? '', b.package.path ?? '');
}

// Code point order, the same on every machine whatever its locale.
function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
