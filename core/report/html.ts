import { createHash } from 'node:crypto';
import { describeFailure } from '../failure.ts';
import { counted, duration } from '../text/words.ts';
import { changeWords, policyWords } from './findings.ts';
import type { RowBudget } from './html-findings.ts';
import { imageCard } from './html-image.ts';
import { type Markup, markup, trusted } from './html-markup.ts';
import { moveMarkup, outcomePill, referenceMarkup, tableMarkup } from './html-parts.ts';
import { style } from './html-style.ts';
import {
  byUrgency,
  headline,
  outcomeCounts,
  outcomeLabel,
  outcomeOf,
  outcomes,
  runtimeBase,
  standsOn,
  type Tone,
  toneOf,
} from './outcome.ts';
import { rateLimitWords } from './rate-limits.ts';
import { releasedFindings } from './released-findings.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** Browsers stay quick with so many finding rows; the rest is in report.json. */
const rowLimit = 20_000;

/** The report as one HTML file that asks for nothing else: no script, no font, no picture, no request. */
export function renderHtml(report: RefreshReport): string {
  const images = byUrgency(report.images);
  const budget: RowBudget = { left: rowLimit };
  const cards = images.map((image, index) => imageCard(image, anchorOf(index), budget));
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Base image refresh: ${headline(report)}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#images">Skip to details</a>
<div class="wrap">
${header(report)}
<main>${totals(report)}${failures(report)}${overview(images)}
<section id="images" aria-labelledby="details"><h2 id="details">Details</h2>${cards}</section></main>
${footer(report)}
</div>
</body>
</html>
`.markup;
}

function anchorOf(index: number): string {
  return `image-${index + 1}`;
}

const words: Readonly<Record<Tone, string>> = {
  good: 'Done.',
  calm: 'Nothing to do.',
  warn: 'Stale.',
  bad: 'Needs attention.',
};

function toneOfReport({ images, failures: outside }: RefreshReport): Tone {
  if (outside.length > 0) return 'bad';
  const tones = images.map((image) => toneOf(outcomeOf(image)));
  return (['bad', 'warn', 'good'] as const).find((tone) => tones.includes(tone)) ?? 'calm';
}

function header(report: RefreshReport): Markup {
  const { command, startedAt, finishedAt, dryRun } = report;
  const took = duration(Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)));
  const dry = dryRun ? markup` <span class="pill">dry run: nothing was written</span>` : null;
  const tone = toneOfReport(report);
  return markup`<header class="top ${tone}">
<p class="kicker">Base image refresh · ${command}${dry}</p>
<h1><span class="word">${words[tone]}</span> ${headline(report)}</h1>
<p class="soft">${policyWords(report)} <time datetime="${startedAt}">${startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</time>, took ${took}.</p>
</header>`;
}

function totals({ images }: RefreshReport): Markup {
  const counts = outcomeCounts(images);
  const { fixed, introduced, wouldFix, now } = releasedFindings({ images });
  const isCompared = images.some(({ scan }) => scan?.before !== undefined);
  const isScanned = images.some(({ scan }) => scan !== null);
  const tiles = [
    ...outcomes
      .filter((outcome) => counts[outcome] > 0)
      .map((outcome) => tile(labelOf(outcome), counts[outcome], toneOf(outcome))),
    ...(isCompared ? [tile('findings fixed', fixed, 'good'), tile('introduced', introduced, 'bad')] : []),
    ...(wouldFix > 0 ? [tile('more if released', wouldFix, 'warn')] : []),
    ...(isScanned ? [tile('findings now', now, 'calm')] : []),
  ];
  return markup`<dl class="totals">${tiles}</dl>`;
}

function labelOf(outcome: (typeof outcomes)[number]): string {
  if (outcome === 'rejected') return 'held by tests';
  if (outcome === 'broken') return 'held by continuity';
  return outcome === 'held' ? 'held by the gate' : outcomeLabel(outcome);
}

function tile(label: string, count: number, tone: Tone): Markup {
  return markup`<div class="${count === 0 ? 'zero' : tone}"><dt>${label}</dt><dd>${count.toLocaleString('en-GB')}</dd></div>`;
}

function failures(report: RefreshReport): Markup | null {
  if (report.failures.length === 0) return null;
  const items = report.failures.map((failure) => markup`<li><b>${failure.code}</b> ${describeFailure(failure)}</li>`);
  return markup`<section aria-labelledby="failures"><h2 id="failures">${counted(items.length, 'failure')} outside any image</h2><ul class="alerts">${items}</ul></section>`;
}

function overview(images: readonly ReportedImage[]): Markup | null {
  if (images.length < 2) return null;
  const rows = images.map((image, index) => {
    const base = runtimeBase(image);
    const more = image.bases.length > 1 ? ` +${image.bases.length - 1}` : '';
    const name = base === undefined ? '–' : markup`${referenceMarkup(base.reference)}${more}`;
    return markup`<tr><th scope="row"><a href="#${anchorOf(index)}">${image.name}</a></th><td>${outcomePill(outcomeOf(image))}</td><td>${name}</td><td>${base === undefined ? '–' : moveMarkup({ from: base.from, to: standsOn(image, base) })}</td><td>${image.scan === null ? '–' : changeWords(image.scan)}</td><td>${releaseWords(image)}</td></tr>\n`;
  });
  return markup`<section aria-labelledby="overview"><h2 id="overview">Images</h2>${tableMarkup('Overview of images', ['Image', 'Outcome', 'Base', 'Built on → now', 'Findings', 'Release tags'], rows)}</section>`;
}

function releaseWords({ promotion, build }: ReportedImage): string {
  if (promotion === null) return build === null ? 'as before' : 'not moved';
  return `${counted(promotion.tags.length, 'tag')} moved`;
}

function footer({ tool, requests }: RefreshReport): Markup {
  const { head, get, token, write, uploadedBytes } = requests;
  return markup`<footer>${tool.name} ${tool.version} · registry requests: ${head} HEAD, ${get} GET, ${token} token, ${write} write, ${uploadedBytes.toLocaleString('en-GB')} bytes uploaded${rateLimitWords(requests).map((words) => ` · ${words}`)}</footer>`;
}
