import type { Failure } from '../failure.ts';
import { namesOf, tableOf } from '../table.ts';
import type { Pens } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';

/** How a colour should read; every use has a word beside it. */
export type Tone = 'good' | 'warn' | 'bad' | 'calm';

interface OutcomeWords {
  readonly label: string;
  readonly tone: Tone;
  /** What a headline says of the images that ended so. */
  readonly counted: string;
}

// Worst first: the order in which formats that cut show images.
const words = {
  failed: { label: 'failed', tone: 'bad', counted: 'failed' },
  inconclusive: { label: 'inconclusive', tone: 'bad', counted: 'inconclusive' },
  held: { label: 'gate failed', tone: 'bad', counted: 'held back by the gate' },
  rejected: { label: 'tests failed', tone: 'bad', counted: 'held back by tests' },
  broken: { label: 'held: continuity', tone: 'bad', counted: 'held back by continuity' },
  skipped: { label: 'skipped', tone: 'warn', counted: 'skipped because of its base' },
  unknown: { label: 'unknown', tone: 'bad', counted: 'could not be checked' },
  'lacks-platform': { label: 'lacks a platform', tone: 'bad', counted: 'without a platform that was asked for' },
  stale: { label: 'stale', tone: 'warn', counted: 'stale' },
  unrecorded: { label: 'unrecorded', tone: 'warn', counted: 'with build stages that nothing records' },
  withheld: { label: 'would be held', tone: 'warn', counted: 'would be held' },
  planned: { label: 'would be rebuilt', tone: 'warn', counted: 'would be rebuilt' },
  passed: { label: 'gate passed', tone: 'good', counted: 'passed the gate and not promoted' },
  promoted: { label: 'promoted', tone: 'good', counted: 'promoted on fresh bases' },
  deployed: { label: 'deployed', tone: 'good', counted: 'promoted and deployed' },
  current: { label: 'current', tone: 'calm', counted: 'current' },
} as const satisfies Readonly<Record<string, OutcomeWords>>;

/** How far an image came in the run; the one word that every format shows for it. */
export type ImageOutcome = keyof typeof words;

/** Worst first: the order in which formats that cut show images. */
export const outcomes: readonly ImageOutcome[] = namesOf(words);

/** Whether the image still stands on an outdated base: not where this run has refreshed it, nor for a frontend that leaves nothing in it. */
export function isOutdated({ promotion, verdict }: ReportedImage, base: ReportedBase): boolean {
  if (promotion !== null || verdict === 'current' || base.via === 'syntax') return false;
  return base.verdict === 'stale' || base.verdict === 'settling' || base.verdict === 'unrecorded';
}

/** The digest of a base that the image was rebuilt on in this run, else the one that upstream has now. */
export function standsOn({ build }: ReportedImage, base: ReportedBase): string | null {
  return build?.pinned.find(({ reference }) => reference === base.reference)?.digest ?? base.to;
}

/** The Dockerfile that builds an image; undefined for one that is only named. */
export function dockerfilePath({ dockerfile }: Pick<ReportedImage, 'dockerfile'>): string | undefined {
  return dockerfile === '' ? undefined : dockerfile;
}

/** The base whose layers the image keeps: where a finding of the image is shown. */
export function runtimeBase({ bases }: Pick<ReportedImage, 'bases'>): ReportedBase | undefined {
  return (
    bases.find(({ runtime }) => runtime === true) ?? bases.findLast(({ via }) => via === undefined || via === 'from')
  );
}

/** How far an image came. */
export function outcomeOf(image: ReportedImage): ImageOutcome {
  const { gate, validation, held, failure, promotion, verdict, build, deployment, plan } = image;
  if (gate?.verdict === 'inconclusive' || validation?.verdict === 'inconclusive') return 'inconclusive';
  if (gate?.verdict === 'fail') return 'held';
  if (validation?.verdict === 'fail') return 'rejected';
  if (failure !== null) return failedOutcome(image, failure);
  if (held !== undefined) return 'broken';
  if (promotion !== null) return deployment?.verdict === 'deployed' ? 'deployed' : 'promoted';
  if (gate !== null) return 'passed';
  if (plan?.action !== 'rebuild' || build !== null) return verdict;
  return plan.held === undefined ? 'planned' : 'withheld';
}

function failedOutcome({ verdict, build }: ReportedImage, { code }: Failure): ImageOutcome {
  if (code === 'parent-failed') return 'skipped';
  return build === null && (verdict === 'unknown' || verdict === 'lacks-platform') ? verdict : 'failed';
}

/** The outcome in words. */
export function outcomeLabel(outcome: ImageOutcome): string {
  return words[outcome].label;
}

/** The tone of an outcome. */
export function toneOf(outcome: ImageOutcome): Tone {
  return words[outcome].tone;
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

// Best first, as a person reads what a run has done.
const headlineOrder: readonly ImageOutcome[] = [
  'deployed',
  'promoted',
  'passed',
  'held',
  'rejected',
  'broken',
  'inconclusive',
  'failed',
  'skipped',
  'planned',
  'withheld',
  'stale',
  'unrecorded',
  'unknown',
  'lacks-platform',
  'current',
];

/** The report in one sentence. */
export function headline({ images, failures, command, dryRun }: RefreshReport): string {
  const counts = outcomeCounts(images);
  const parts = headlineOrder
    .filter((outcome) => counts[outcome] > 0)
    .map((outcome) => `${counts[outcome]} ${phraseOf(outcome, command)}`);
  const outside = failures.length === 0 ? '' : `; ${counted(failures.length, 'failure')} outside any image`;
  const subject = images.length === 0 ? 'No images' : counted(images.length, 'image');
  const list = parts.length === 0 ? '' : `: ${parts.join(', ')}`;
  return `${dryRun && command !== 'plan' ? 'Dry run: nothing was written. ' : ''}${subject}${list}${outside}.`;
}

function phraseOf(outcome: ImageOutcome, command: RefreshReport['command']): string {
  if (command !== 'scan') return words[outcome].counted;
  if (outcome === 'passed') return 'passed the gate';
  return outcome === 'held' ? 'failed the gate' : words[outcome].counted;
}

/** Colours text as the outcome that it is about. */
export function inked(pens: Pens, outcome: ImageOutcome, text: string): string {
  const tone = toneOf(outcome);
  return tone === 'good' || tone === 'calm' ? pens.good(text) : pens[tone](text);
}
