import { type Finding, fixOf, type Severity, severities } from '../scan/finding.ts';
import { runtimeBase, standsOn } from './outcome.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** What one upgrade of one package would close, over all images. */
export interface Upgrade {
  readonly name: string;
  readonly version: string;
  readonly worst: Severity;
  readonly findings: number;
  readonly images: readonly ReportedImage[];
}

/** What moving to a new state of one base fixed, or would fix, over all images. */
export interface BaseMove {
  readonly reference: string;
  readonly to: string;
  /** Images that were released on it, and how many of their findings that closed. */
  readonly released: { readonly images: number; readonly findings: number };
  /** The same of images that were built on it and not released. */
  readonly waiting: { readonly images: number; readonly findings: number };
}

/** The upgrades that findings of a report ask for: the worst first, then those that close most. */
export function upgradesIn({ images }: Pick<RefreshReport, 'images'>): readonly Upgrade[] {
  const groups = new Map<
    string,
    { first: Finding; version: string; worst: number; count: number; images: Set<ReportedImage> }
  >();
  for (const image of images) {
    for (const finding of image.scan?.findings ?? []) {
      const fix = fixOf(finding);
      if (fix.kind !== 'version') continue;
      const key = `${finding.package.name}\n${fix.version}`;
      const rank = severities.indexOf(finding.severity);
      const group = groups.get(key) ?? {
        first: finding,
        version: fix.version,
        worst: rank,
        count: 0,
        images: new Set(),
      };
      group.worst = Math.min(group.worst, rank);
      group.count += 1;
      group.images.add(image);
      groups.set(key, group);
    }
  }
  return [...groups.values()]
    .toSorted((a, b) => a.worst - b.worst || b.count - a.count)
    .map(({ first, version, worst, count, images: own }) => ({
      name: first.package.name,
      version,
      worst: severities[worst] ?? 'unknown',
      findings: count,
      images: [...own],
    }));
}

/** What each base that moved fixed in the images that were built on it, those that fixed most first. */
export function movesIn({ images }: Pick<RefreshReport, 'images'>): readonly BaseMove[] {
  const moves = new Map<string, BaseMove>();
  for (const image of images) {
    const base = runtimeBase(image);
    if (base === undefined || image.build === null || image.scan === null) continue;
    const to = standsOn(image, base);
    if (to === null || to === base.from) continue;
    const findings = image.scan.fixed.filter(({ owner }) => owner === 'base').length;
    const key = `${base.reference}\n${to}`;
    const nothing = { images: 0, findings: 0 };
    const before = moves.get(key) ?? { reference: base.reference, to, released: nothing, waiting: nothing };
    const side = image.promotion === null ? 'waiting' : 'released';
    const sum = { images: before[side].images + 1, findings: before[side].findings + findings };
    moves.set(key, { ...before, [side]: sum });
  }
  const total = ({ released, waiting }: BaseMove) => released.findings + waiting.findings;
  return [...moves.values()].toSorted((a, b) => total(b) - total(a));
}
