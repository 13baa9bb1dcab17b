import { joinSeen } from './agree.ts';
import type { Finding } from './finding.ts';
import { bySeverity, worseOf } from './severity.ts';

/** Findings of several platforms as one list, worst first: what is the same in all of them is said once, with its platforms. */
export function mergeFindings(perPlatform: readonly (readonly Finding[])[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of perPlatform.flat()) {
    const key = keyOf(finding);
    const known = merged.get(key);
    merged.set(key, known === undefined ? finding : join(known, finding));
  }
  return [...merged.values()].sort((a, b) => bySeverity(a, b) || compareText(a.id, b.id) || byPackage(a, b));
}

// Owner is part of the key: a package that the base brings on one platform and the app on another is two findings.
function keyOf({ id, package: { name, path }, installed, owner }: Finding): string {
  return JSON.stringify([id, name, path ?? '', installed, owner]);
}

function join(a: Finding, b: Finding): Finding {
  return {
    ...b,
    ...a,
    aliases: union(a.aliases, b.aliases),
    severity: worseOf(a.severity, b.severity),
    platforms: union(a.platforms, b.platforms),
    ...(a.seenBy === undefined || b.seenBy === undefined ? {} : { seenBy: joinSeen(a.seenBy, b.seenBy) }),
  };
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
