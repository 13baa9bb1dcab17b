import { type Finding, type Fix, fixOf, kindOfFinding, type Owner, type SeenBy, withFix } from './finding.ts';
import { sameVulnerability } from './identity.ts';
import { createPlaces } from './places.ts';
import { parsePurl } from './purl.ts';
import { worseOf } from './severity.ts';

/** What one of several scanners found. */
export interface ScannerFindings {
  readonly scanner: string;
  readonly findings: readonly Finding[];
}

/**
 * The findings of several scanners as one list: what is the same vulnerability, by any of its names, in the same package
 * is one finding, with what each scanner said of it.
 */
export function joinFindings(of: readonly ScannerFindings[]): readonly Finding[] {
  const joined: Finding[] = [];
  // One package may stand at very many places of an image.
  const places = createPlaces((place) => joined[place]);
  for (const { scanner, findings } of of) {
    for (const finding of findings) {
      const seen: Finding = { ...finding, seenBy: [{ scanner, severity: finding.severity }] };
      const keys = keysOf(finding);
      const at = places.find(keys, pathOf(seen), scanner, (place) => fits(joined[place], seen));
      const place = at ?? joined.push(seen) - 1;
      const known = joined[place];
      const whole = at === undefined || known === undefined ? seen : join(known, seen);
      joined[place] = whole;
      places.add(keys, pathOf(whole), place);
    }
  }
  return joined;
}

// A purl tells the ecosystem, which a name does not; scanners that know no purl are met by the name.
function keysOf({ id, aliases, package: { name, purl }, installed }: Finding): readonly string[] {
  const parsed = parsePurl(purl ?? '');
  const full = parsed === undefined ? [] : [`${parsed.type}/${parsed.namespace ?? ''}/${parsed.name}`];
  return [id, ...aliases].flatMap((vulnerability) =>
    [...full, name].map((part) => JSON.stringify([vulnerability.toUpperCase(), part, installed])),
  );
}

// The same package of another ecosystem, or at another place of the image, is another finding.
function fits(a: Finding | undefined, b: Finding): boolean {
  if (a === undefined || kindOfFinding(a) !== kindOfFinding(b) || !sameVulnerability(a, b)) return false;
  const [one, other] = [parsePurl(a.package.purl ?? ''), parsePurl(b.package.purl ?? '')];
  if (one !== undefined && other !== undefined && one.type !== other.type) return false;
  const isNew = !(a.seenBy ?? []).some(({ scanner }) => b.seenBy?.some((entry) => entry.scanner === scanner));
  const [here, there] = [pathOf(a), pathOf(b)];
  return here === undefined || there === undefined ? isNew : here === there;
}

function pathOf({ package: { path } }: Finding): string | undefined {
  return path?.replace(/^\/+/, '');
}

function join(a: Finding, b: Finding): Finding {
  const names = [...new Set([a.id, ...a.aliases, b.id, ...b.aliases])];
  const { fixed: _a, ...first } = a;
  const { fixed: _b, ...second } = b;
  return {
    ...second,
    ...first,
    aliases: names.filter((name) => name !== a.id),
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
