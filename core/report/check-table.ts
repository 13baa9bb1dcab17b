import { describeFailure } from '../failure.ts';
import { visibleText } from '../text/escape.ts';
import { type Pens, paragraph, type TerminalOptions, terminal } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
import { headline, inked, outcomeLabel, outcomeOf } from './outcome.ts';
import { rateLimitWords } from './rate-limits.ts';
import type { RefreshReport, ReportedImage } from './report.ts';
import { failuresOfImage } from './totals.ts';
import { baseSentence, familiarName } from './words.ts';

/** What `check` found, in words: one paragraph an image, then the whole in a sentence. */
export function renderCheckTable(report: RefreshReport, options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const images = report.images.map((image) => imageWords(image, pens));
  return [...images, ...closing(report, pens)].join('\n');
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
  const place = image.dockerfile === '' ? [] : [pens.dim(`  ${paragraph(placeOf(image), inner)}`)];
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

/** What ends every report on a terminal: failures outside any image, the sentence about all, and what it took. */
export function closing(report: RefreshReport, pens: Pens): readonly string[] {
  const { head, get, write } = report.requests;
  const asked = `${counted(head, 'HEAD request')}, ${counted(get, 'GET request')}${write === 0 ? '' : `, ${counted(write, 'write request')}`}`;
  return [
    ...report.failures.map((failure) => pens.bad(paragraph(describeFailure(failure), pens))),
    '',
    pens.bold(paragraph(headline(report), pens)),
    pens.dim(paragraph(asked, pens)),
    ...rateLimitWords(report.requests).map((words) => pens.dim(paragraph(words, pens))),
  ];
}
