import { severities } from '../../scan/finding.ts';
import { span } from '../../text/time.ts';
import { counted } from '../../text/words.ts';
import { outcomeLabel, outcomes, type Tone, toneOf } from '../outcome.ts';
import type { TrendPoint } from '../trend-point.ts';
import { type Markup, markup } from './markup.ts';

/** What stands in one column, from the bottom up; undefined where that is not known of its run. */
type Column = readonly (readonly [colour: string, size: number])[] | undefined;

interface Chart {
  readonly title: string;
  /** What the last run came to. */
  readonly now: string;
  /** What a column says, by its run. */
  readonly words: (point: TrendPoint) => string;
  readonly column: (point: TrendPoint) => Column;
}

/** How the runs up to this one ended, as columns of one run each; nothing where there is only this one. */
export function trendMarkup(trend: readonly TrendPoint[] = []): Markup | null {
  const last = trend.at(-1);
  if (last === undefined || trend.length < 2) return null;
  const drawn = charts(last).filter(({ column }) => trend.some((point) => column(point) !== undefined));
  return markup`<section aria-labelledby="trend"><h2 id="trend">The last ${counted(trend.length, 'run')}</h2><div class="trend">${drawn.map((chart) => figure(chart, trend))}</div></section>`;
}

function charts(last: TrendPoint): readonly Chart[] {
  return [
    { title: 'Images', now: String(last.images), words: imageWords, column: imageColumn },
    { title: 'Furthest behind its bases', now: behindWords(last), words: behindWords, column: behindColumn },
    { title: 'Findings', now: findingsNow(last), words: findingWords, column: findingColumn },
  ];
}

const tones = ['good', 'calm', 'warn', 'bad'] as const satisfies readonly Tone[];

function imageColumn({ outcomes: counts }: TrendPoint): Column {
  return tones.map((tone) => [
    tone,
    outcomes.reduce((sum, outcome) => sum + (toneOf(outcome) === tone ? (counts[outcome] ?? 0) : 0), 0),
  ]);
}

function imageWords({ outcomes: counts }: TrendPoint): string {
  const found = outcomes.flatMap((outcome) => {
    const count = counts[outcome] ?? 0;
    return count === 0 ? [] : [`${count} ${outcomeLabel(outcome)}`];
  });
  return found.join(', ') || 'no images';
}

function behindColumn({ behindMs }: TrendPoint): Column {
  return behindMs === null ? undefined : [['warn', behindMs]];
}

function behindWords({ behindMs }: TrendPoint): string {
  if (behindMs === null) return 'not known';
  return behindMs === 0 ? 'not behind' : span(behindMs);
}

function findingColumn({ findings }: TrendPoint): Column {
  return findings === undefined
    ? undefined
    : severities.toReversed().map((severity) => [severity, findings[severity] ?? 0]);
}

function findingsNow(last: TrendPoint): string {
  const { findings } = last;
  if (findings === undefined) return 'not scanned';
  return String(severities.reduce((sum, severity) => sum + (findings[severity] ?? 0), 0));
}

function findingWords({ findings }: TrendPoint): string {
  if (findings === undefined) return 'not scanned';
  const found = severities.flatMap((severity) => (findings[severity] ? [`${findings[severity]} ${severity}`] : []));
  return found.join(', ') || 'none';
}

const height = 100;

function figure({ title, now, words, column }: Chart, trend: readonly TrendPoint[]): Markup {
  const columns = trend.map(column);
  const total = (parts: Column) => (parts ?? []).reduce((sum, [, size]) => sum + size, 0);
  const most = columns.reduce((greatest, parts) => Math.max(greatest, total(parts)), 0);
  const drawn = columns.map((parts, at) => columnMarkup(trend, at, parts, most, words));
  const [first, last] = [trend[0], trend.at(-1)];
  const said = first === undefined || last === undefined ? '' : `: first ${words(first)}, last ${words(last)}`;
  const few = trend.length < 10 ? markup` class="few"` : null;
  return markup`<figure><figcaption>${title} <b>${now}</b></figcaption><div${few}><svg viewBox="0 0 ${10 * trend.length} ${height}" preserveAspectRatio="none" role="img" aria-label="${title}${said}">${drawn}</svg><div class="axis"><span>${dayOf(first)}</span><span>${dayOf(last)}</span></div></div></figure>\n`;
}

function columnMarkup(
  trend: readonly TrendPoint[],
  at: number,
  parts: Column,
  most: number,
  words: Chart['words'],
): Markup {
  const point = trend[at];
  const title = point === undefined ? '' : `${dayOf(point)}: ${words(point)}`;
  const x = 10 * at + 1;
  if (parts === undefined)
    return markup`<g><title>${title}</title><rect class="gap" x="${x}" width="8" height="${height}"/></g>`;
  let y = height;
  const rects = parts.flatMap(([colour, size]) => {
    if (size === 0) return [];
    // Of one image among thousands there is still something to be seen.
    const tall = Math.max(1, (height * size) / most);
    y = Math.max(0, y - tall);
    return [
      markup`<rect class="${colour}" x="${x}" y="${y.toFixed(1)}" width="8" height="${Math.min(tall, height).toFixed(1)}"/>`,
    ];
  });
  return markup`<g><title>${title}</title><rect class="none" x="${x}" width="8" height="${height}"/>${rects}</g>`;
}

function dayOf(point: TrendPoint | undefined): string {
  return point?.at.slice(0, 10) ?? '';
}
