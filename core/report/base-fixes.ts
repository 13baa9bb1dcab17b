import type { ReportedImage } from './report.ts';
import { counted, familiarName, shortened } from './words.ts';

/** What the move of the base fixed: "3 findings fixed by moving to debian:12 at sha256:1a2b3c4d5e6f."; empty where nothing. */
export function baseFixWords({ scan, bases, build }: Pick<ReportedImage, 'scan' | 'bases' | 'build'>): string {
  const base = bases.find(({ runtime }) => runtime === true);
  const fixed = scan?.fixed.filter(({ owner }) => owner === 'base').length ?? 0;
  if (base === undefined || fixed === 0) return '';
  const to = build?.pinned.find(({ reference }) => reference === base.reference)?.digest ?? base.to;
  if (to === null || to === base.from) return '';
  return `${counted(fixed, 'finding')} fixed by moving to ${familiarName(base.reference)} at ${shortened(to)}.`;
}
