import { describeFailure } from '../failure.ts';
import { visibleText } from '../text/escape.ts';
import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { type Cell, type Column, table } from '../text/terminal-table.ts';
import { counted } from '../text/words.ts';
import { behindSince, decidingBase, groupByBase } from './base-groups.ts';
import { dockerfilePath, headline, inked, outcomeLabel, outcomeOf, toneOf } from './outcome.ts';
import { rateLimitWords } from './rate-limits.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { failuresOfImage } from './totals.ts';
import { baseSentence, familiarName } from './words.ts';

/** What a table of `check` or `plan` says beside itself. */
export interface CheckTableOptions extends TerminalOptions {
  /** Names or references of the images of which everything is said. */
  readonly explain?: readonly string[];
}

const columns: readonly Column[] = [
  { title: 'Image' },
  { title: 'Verdict' },
  { title: 'Base' },
  { title: 'Behind since' },
  { title: 'Would fix', isExtra: true },
  { title: 'A refresh' },
];

/** What `check` found: a table by base, then in words what needs attention or was asked for, then the whole in a sentence. */
export function renderCheckTable(report: RefreshReport, options: CheckTableOptions = {}): string {
  const pens = terminal(options);
  const groups = groupByBase(report.images);
  const isGrouped = groups.some(
    ({ images }) => images.length > 1 && images.some(({ verdict }) => verdict !== 'current'),
  );
  const sections = groups.map(({ heading, images }) => ({
    ...(isGrouped ? { heading } : {}),
    rows: images.map((image) => imageRow(image, pens)),
  }));
  const detailed = report.images.filter((image) => isExplained(image, report, options.explain ?? []));
  const details = detailed.flatMap((image) => ['', imageWords(image, pens)]);
  // Only a terminal has somebody before it who can ask again.
  const isAllSaid = options.columns === undefined || detailed.length === report.images.length;
  return [
    ...(report.images.length === 0 ? [] : [table(columns, sections, pens)]),
    ...details,
    ...closing(report, pens),
    ...(isAllSaid ? [] : [pens.dim(paragraph('Evidence and digests of an image: --explain IMAGE.', pens))]),
  ].join('\n');
}

function imageRow(image: ReportedImage, pens: Pens): readonly Cell[] {
  const outcome = outcomeOf(image);
  const base = decidingBase(image);
  const others = base === undefined ? 0 : new Set(image.bases.map(({ reference }) => reference)).size - 1;
  return [
    { lines: [image.name] },
    { lines: [outcomeLabel(outcome)], ink: (text) => inked(pens, outcome, text) },
    { lines: [base === undefined ? '' : `${familiarName(base.reference)}${others > 0 ? ` +${others}` : ''}`] },
    { lines: [base === undefined ? '' : behindSince(base)] },
    { lines: [image.scan === null ? '' : counted(image.scan.fixed.length, 'finding')] },
    { lines: [wouldHappen(image)] },
  ];
}

function wouldHappen({ plan, verdict, bases }: ReportedImage): string {
  if (plan !== null) {
    if (plan.held !== undefined) return 'would hold it';
    if (plan.action === 'skip') return verdict === 'current' ? '' : 'leaves it alone';
    return `rebuilds it, step ${plan.level + 1}${plan.engine === undefined ? '' : `, by ${plan.engine.name}`}`;
  }
  if (verdict === 'current') return '';
  if (verdict === 'unknown' || verdict === 'lacks-platform') return 'leaves it alone';
  return bases.some((base) => base.verdict === 'settling') ? 'waits' : 'rebuilds it';
}

function isNamed({ name, image }: Pick<ReportedImage, 'name' | 'image'>, asked: readonly string[]): boolean {
  return asked.some((one) => one === name || one === image || (image !== null && one === familiarName(image)));
}

/** The names that were asked about and belong to no image. */
export function unknownNames({ images }: RefreshReport, asked: readonly string[]): readonly string[] {
  return asked.filter((one) => !images.some((image) => isNamed(image, [one])));
}

function isExplained(image: ReportedImage, { images }: RefreshReport, asked: readonly string[]): boolean {
  if (isNamed(image, asked) || images.length === 1) return true;
  const isDisputed = image.bases.some(({ disputedBy = [] }) => disputedBy.length > 0);
  return toneOf(outcomeOf(image)) === 'bad' || image.plan?.held !== undefined || isDisputed;
}

function imageWords(image: ReportedImage, pens: Pens): string {
  const outcome = outcomeOf(image);
  const [head, ...rest] = [
    ...image.bases.map((base) => baseSentence(base)),
    ...failureWords(image),
    ...planWords(image),
  ];
  const opening = visibleText(`${image.name}: ${outcomeLabel(outcome)}.`);
  const text = paragraph(head === undefined ? opening : `${opening} ${head}`, pens);
  // Coloured after breaking, so that the colour codes do not count as width.
  const first = text.startsWith(opening) ? inked(pens, outcome, pens.bold(opening)) + text.slice(opening.length) : text;
  const inner = { ...pens, columns: pens.columns - 2 };
  const place = dockerfilePath(image) === undefined ? [] : [pens.dim(`  ${paragraph(placeOf(image), inner)}`)];
  return [first, ...rest.map((line) => `  ${paragraph(line, inner)}`), ...place].join('\n');
}

// Failures of bases stand in the sentences about the bases.
function failureWords(image: ReportedImage): readonly string[] {
  const sentences = new Set(image.bases.map((base) => baseSentence(base)));
  return failuresOfImage(image)
    .map(describeFailure)
    .filter((words) => !sentences.has(words));
}

function planWords({ plan }: ReportedImage): readonly string[] {
  if (plan === null) return [];
  const why = plan.because.join('; ');
  if (plan.action === 'skip') return [`Left alone: ${why}.`];
  const held = plan.held === undefined ? [] : [`Would be held: ${describeFailure(plan.held)}`];
  return [`To be rebuilt in step ${plan.level + 1}: ${why}.`, ...held];
}

function placeOf({ dockerfile, bases, image }: ReportedImage): string {
  const lines = [...new Set(bases.map(({ line }) => line))];
  const place = lines.length === 0 ? dockerfile : `${dockerfile}:${lines.join(',')}`;
  return image === null ? place : `${place} → ${familiarName(image)}`;
}

/** What ends every report on a terminal: failures outside any image, the sentence about all, and what slowed it down. */
export function closing(report: RefreshReport, pens: Pens): readonly string[] {
  return [
    ...report.failures.map((failure) => pens.bad(paragraph(describeFailure(failure), pens))),
    '',
    pens.bold(paragraph(headline(report), pens)),
    ...rateLimitWords(report.requests).map((words) => pens.dim(paragraph(words, pens))),
  ];
}

/** How many requests a run made of registries, which who looks for the cost of a run asks for. */
export function requestWords({ requests: { head, get, write } }: RefreshReport): string {
  const written = write === 0 ? '' : `, ${counted(write, 'write request')}`;
  return `${counted(head, 'HEAD request')}, ${counted(get, 'GET request')}${written}`;
}
