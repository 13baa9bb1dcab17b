import { type Finding, type Fix, fixOf, kindOfFinding, type Owner, type SeenBy, withFix } from './finding.ts';
import { addNames, allKeys, type GatheredNames, isNamed, namesFrom } from './gathered-names.ts';
import { sameNames } from './identity.ts';
import { createPlaces } from './places.ts';
import { parsePurl } from './purl.ts';
import { worseOf } from './severity.ts';

/** What one of several scanners found. */
export interface ScannerFindings {
  readonly scanner: string;
  readonly findings: readonly Finding[];
}

/** What several scanners found, of which each finding may have very many names. */
interface Group {
  readonly names: GatheredNames;
  readonly aliases: Set<string>;
  /** Everything else. */
  whole: Finding;
}

/**
 * The findings of several scanners as one list: what is the same vulnerability, by any of its names, in the same package
 * is one finding, with what each scanner said of it.
 */
export function joinFindings(of: readonly ScannerFindings[]): readonly Finding[] {
  const joined: Group[] = [];
  // One package may stand at very many places of an image.
  const places = createPlaces(hasSeen, fits);
  for (const { scanner, findings } of of) {
    for (const finding of findings) {
      const seen: Finding = { ...finding, seenBy: [{ scanner, severity: finding.severity }] };
      const known = places.find(
        { packages: soughtIn(seen), names: sameNames(seen), path: pathOf(seen) },
        seen,
        scanner,
      );
      const group = known ?? { names: namesFrom(seen), aliases: new Set(seen.aliases), whole: seen };
      const before = known === undefined ? undefined : placeOf(known.whole);
      if (known === undefined) joined.push(group);
      else join(known, seen);
      const { added } = addNames(group.names, seen);
      // At a place that it had not before, all of its names are found.
      const isMoved = before !== undefined && before !== placeOf(group.whole);
      const names = isMoved ? allKeys(group.names) : added;
      places.add({ packages: knownIn(group.whole), names, path: pathOf(group.whole) }, group);
    }
  }
  return joined.map(({ whole, aliases }) => ({ ...whole, aliases: [...aliases].filter((name) => name !== whole.id) }));
}

// A purl tells the ecosystem, which a name does not; scanners that know no purl are met by the name.
function knownIn(finding: Finding): readonly string[] {
  const of = ecosystemIn(finding);
  const { kind, name, parsed } = of;
  return [...(parsed === undefined ? [`${kind} plain ${name}`] : purlKeys(of, parsed)), `${kind} any ${name}`];
}

function soughtIn(finding: Finding): readonly string[] {
  const of = ecosystemIn(finding);
  const { kind, name, parsed } = of;
  return parsed === undefined ? [`${kind} any ${name}`] : [...purlKeys(of, parsed), `${kind} plain ${name}`];
}

function ecosystemIn(finding: Finding) {
  const { name, purl } = finding.package;
  const parsed = parsePurl(purl ?? '');
  const { installed } = finding;
  return { kind: kindOfFinding(finding), name: JSON.stringify([name, installed]), installed, parsed };
}

type Ecosystem = ReturnType<typeof ecosystemIn>;
type Purl = NonNullable<Ecosystem['parsed']>;

function purlKeys({ kind, name, installed }: Ecosystem, { type, namespace, name: own }: Purl): readonly string[] {
  return [`${kind} ${type} ${name}`, `${kind} ${JSON.stringify([type, namespace ?? '', own, installed])}`];
}

// The same package of another ecosystem, or at another place of the image, is another finding.
function fits({ names, whole: a }: Group, b: Finding): boolean {
  if (kindOfFinding(a) !== kindOfFinding(b) || !isNamed(names, b)) return false;
  const [one, other] = [parsePurl(a.package.purl ?? ''), parsePurl(b.package.purl ?? '')];
  if (one !== undefined && other !== undefined && one.type !== other.type) return false;
  const [here, there] = [pathOf(a), pathOf(b)];
  return here === undefined || there === undefined || here === there;
}
function hasSeen({ whole: { seenBy = [] } }: Group, scanner: string): boolean {
  return seenBy.some((entry) => entry.scanner === scanner);
}

function placeOf({ package: { purl, path } }: Finding): string {
  return JSON.stringify([purl, path]);
}

function pathOf({ package: { path } }: Finding): string | undefined {
  return path?.replace(/^\/+/, '');
}

function join(group: Group, b: Finding): void {
  const { whole: a } = group;
  const { fixed: _a, ...first } = a;
  const { fixed: _b, ...second } = b;
  for (const name of [b.id, ...b.aliases]) group.aliases.add(name);
  group.whole = {
    ...second,
    ...first,
    package: { ...b.package, ...a.package },
    ...withFix(knownFix(fixOf(a), fixOf(b))),
    severity: worseOf(a.severity, b.severity),
    owner: knownOwner(a.owner, b.owner),
    seenBy: joinSeen(a.seenBy ?? [], b.seenBy ?? []),
  };
}

// A scanner that knows of no fix says more than one that is silent.
function knownFix(a: Fix, b: Fix): Fix {
  if (a.kind === 'version' || b.kind === 'version') return a.kind === 'version' ? a : b;
  return a.kind === 'unknown' ? b : a;
}

function knownOwner(a: Owner, b: Owner): Owner {
  return a === 'unknown' ? b : a;
}

/** What scanners said of a finding, each once and by the worst that it said. */
export function joinSeen(a: readonly SeenBy[], b: readonly SeenBy[]): readonly SeenBy[] {
  const worst = new Map<string, SeenBy>();
  for (const entry of [...a, ...b]) {
    const known = worst.get(entry.scanner);
    const severity = known === undefined ? entry.severity : worseOf(known.severity, entry.severity);
    worst.set(entry.scanner, { scanner: entry.scanner, severity });
  }
  return [...worst.values()];
}

/** Where scanners disagree about a finding: which of them did not see it, or what else one of them calls it. */
export function disagreement({ severity, seenBy }: Finding, scanners: readonly string[]): string | undefined {
  if (seenBy === undefined) return undefined;
  const saw = seenBy.map(({ scanner }) => scanner);
  const missed = scanners.filter((scanner) => !saw.includes(scanner));
  if (missed.length > 0) return `only ${saw.join(' and ')}`;
  const milder = seenBy.filter((entry) => entry.severity !== severity);
  return milder.length === 0 ? undefined : milder.map((entry) => `${entry.scanner}: ${entry.severity}`).join(', ');
}
