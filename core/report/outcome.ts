import { tableOf } from '../table.ts';
import type { Pens } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';

/** How far an image came in the run; the one word that every format shows for it. */
export type ImageOutcome =
  | 'deployed'
  | 'promoted'
  | 'passed'
  | 'held'
  | 'rejected'
  | 'inconclusive'
  | 'failed'
  | 'unknown'
  | 'stale'
  | 'unrecorded'
  | 'current';

/** Whether the image still stands on an outdated base: not where this run has refreshed it, nor for a frontend that leaves nothing in it. */
export function isOutdated({ promotion, verdict }: ReportedImage, base: ReportedBase): boolean {
  if (promotion !== null || verdict === 'current' || base.via === 'syntax') return false;
  return base.verdict === 'stale' || base.verdict === 'settling' || base.verdict === 'unrecorded';
}

/** The digest of a base that the image was rebuilt on in this run, else the one that upstream has now. */
export function standsOn({ build }: ReportedImage, base: ReportedBase): string | null {
  return build?.pinned.find(({ reference }) => reference === base.reference)?.digest ?? base.to;
}

/** The base whose layers the image keeps: where a finding of the image is shown. */
export function runtimeBase({ bases }: Pick<ReportedImage, 'bases'>): ReportedBase | undefined {
  return (
    bases.find(({ runtime }) => runtime === true) ?? bases.findLast(({ via }) => via === undefined || via === 'from')
  );
}

/** Worst first: the order in which formats that cut show images. */
export const outcomes: readonly ImageOutcome[] = [
  'failed',
  'inconclusive',
  'held',
  'rejected',
  'unknown',
  'stale',
  'unrecorded',
  'passed',
  'promoted',
  'deployed',
  'current',
];

/** How far an image came. */
export function outcomeOf({
  gate,
  validation,
  failure,
  promotion,
  verdict,
  build,
  deployment,
}: ReportedImage): ImageOutcome {
  if (gate?.verdict === 'inconclusive' || validation?.verdict === 'inconclusive') return 'inconclusive';
  if (gate?.verdict === 'fail') return 'held';
  if (validation?.verdict === 'fail') return 'rejected';
  if (failure !== null) return verdict === 'unknown' && build === null ? 'unknown' : 'failed';
  if (promotion !== null) return deployment?.verdict === 'deployed' ? 'deployed' : 'promoted';
  if (gate !== null) return 'passed';
  return verdict;
}

const labels: Readonly<Record<ImageOutcome, string>> = {
  deployed: 'deployed',
  promoted: 'promoted',
  passed: 'gate passed',
  held: 'gate failed',
  rejected: 'tests failed',
  inconclusive: 'inconclusive',
  failed: 'failed',
  unknown: 'unknown',
  stale: 'stale',
  unrecorded: 'unrecorded',
  current: 'current',
};

/** The outcome in words. */
export function outcomeLabel(outcome: ImageOutcome): string {
  return labels[outcome];
}

/** The images of a report, those that need a person first, in their own order otherwise. */
export function byUrgency(images: readonly ReportedImage[]): readonly ReportedImage[] {
  return images.toSorted((a, b) => outcomes.indexOf(outcomeOf(a)) - outcomes.indexOf(outcomeOf(b)));
}

/** How many images ended in each outcome. */
export function outcomeCounts(images: readonly ReportedImage[]): Readonly<Record<ImageOutcome, number>> {
  const counts: Record<ImageOutcome, number> = { ...tableOf(outcomes, () => 0) };
  for (const image of images) counts[outcomeOf(image)] += 1;
  return counts;
}

/** The report in one sentence. */
export function headline(report: RefreshReport): string {
  const { images, failures, command, dryRun } = report;
  const counts = outcomeCounts(images);
  const phrases: readonly (readonly [number, string])[] = [
    [counts.deployed, 'promoted and deployed'],
    [counts.promoted, 'promoted on fresh bases'],
    [counts.passed, command === 'scan' ? 'passed the gate' : 'passed the gate and not promoted'],
    [counts.held, command === 'scan' ? 'failed the gate' : 'held back by the gate'],
    [counts.rejected, 'held back by tests'],
    [counts.inconclusive, 'inconclusive'],
    [counts.failed, 'failed'],
    [counts.stale, dryRun || command === 'plan' ? 'stale and would be rebuilt' : 'stale'],
    [counts.unrecorded, 'with build stages that nothing records'],
    [counts.unknown, 'could not be checked'],
    [counts.current, 'current'],
  ];
  const parts = phrases.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  const outside = failures.length === 0 ? '' : `; ${counted(failures.length, 'failure')} outside any image`;
  const subject = images.length === 0 ? 'No images' : counted(images.length, 'image');
  const list = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  return `${dryRun && command !== 'plan' ? 'Dry run. ' : ''}${subject}${list}${outside}.`;
}

/** Colours text as the outcome it tells of. */
export function inked(pens: Pens, outcome: ImageOutcome, text: string): string {
  switch (outcome) {
    case 'deployed':
    case 'promoted':
    case 'passed':
    case 'current':
      return pens.good(text);
    case 'stale':
    case 'unrecorded':
      return pens.warn(text);
    case 'held':
    case 'rejected':
    case 'inconclusive':
    case 'failed':
    case 'unknown':
      return pens.bad(text);
  }
}
