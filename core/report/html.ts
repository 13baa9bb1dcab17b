import { createHash } from 'node:crypto';
import { counted, duration, listed } from '../text/words.ts';
import { policyWords } from './findings.ts';
import { createBudget, explorer } from './html/findings.ts';
import { imageCard } from './html/image.ts';
import { lineageMarkup } from './html/lineage.ts';
import { type Markup, markup, trusted } from './html/markup.ts';
import { byBase, byOwner, fixes, overview } from './html/overview.ts';
import { exceptionsMarkup, objectivesMarkup } from './html/promises.ts';
import { script } from './html/script.ts';
import { style } from './html/style.ts';
import { trendMarkup } from './html/trend.ts';
import { nextSteps } from './next-steps.ts';
import { byUrgency, headline, outcomeCounts, outcomeLabel, outcomeOf, outcomes, type Tone, toneOf } from './outcome.ts';
import { rateLimitWords } from './rate-limits.ts';
import { releasedFindings } from './released-findings.ts';
import type { RefreshReport, ReportedImage } from './report.ts';

/** A page of more cards than this opens slowly; the images that need a person come first. */
const mostCards = 250;

/** The report as one HTML file that asks for nothing else: no font, no picture, no request, and readable without its script. */
export function renderHtml(report: RefreshReport): string {
  const images = byUrgency(report.images);
  const anchors = new Map(images.slice(0, mostCards).map((image, index) => [image, `image-${index + 1}`]));
  const anchorOf = (image: ReportedImage) => anchors.get(image);
  const budget = createBudget(anchors.size);
  const cards = [...anchors].map(([image, anchor]) => imageCard(image, anchor, budget, report.finishedAt));
  const left = images.length - cards.length;
  const cut = left === 0 ? null : markup`<p class="cut">Details of ${counted(left, 'more image')} in report.json.</p>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(contentPolicy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Base image refresh: ${headline(report)}</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#images">Skip to details</a>
<div class="wrap">
${header(report)}
<main>${steps(report)}${totals(report)}${lineageMarkup(images, anchorOf)}${trendMarkup(report.trend)}${overview(images, anchorOf)}${fixes(report)}${byBase(images, anchorOf)}${byOwner(images, anchorOf)}${objectivesMarkup(report)}${exceptionsMarkup(images, report.finishedAt)}${explorer(images)}
<section id="images" aria-labelledby="details"><h2 id="details">Details</h2>${cards}${cut}</section></main>
${footer(report)}
</div>
<script>${trusted(script)}</script>
</body>
</html>
`.markup;
}

function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

const contentPolicy = `default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`;

const mostSteps = 6;

function steps(report: RefreshReport): Markup | null {
  const all = nextSteps(report);
  if (all.length === 0) return null;
  const items = all.slice(0, mostSteps).map(({ tone, what, why, images }) => {
    const waiting = images.length === 0 ? null : markup` <span class="soft">${listed(images)}</span>`;
    return markup`<li class="${tone}">${what}${waiting}${why === undefined ? null : markup`<span class="place">${why}</span>`}</li>`;
  });
  const rest = all
    .slice(mostSteps)
    .map(({ what, images }) => markup`<li>${what} <span class="soft">${listed(images)}</span></li>`);
  const more =
    rest.length === 0
      ? null
      : markup`<details><summary>${rest.length} more</summary><ul class="plain">${rest.slice(0, 100)}</ul></details>`;
  return markup`<section class="next" aria-labelledby="next"><h2 id="next">What to do next</h2><ol>${items}</ol>${more}</section>`;
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

function footer({ tool, requests }: RefreshReport): Markup {
  const { head, get, token, write, uploadedBytes } = requests;
  return markup`<footer>${tool.name} ${tool.version} · registry requests: ${head} HEAD, ${get} GET, ${token} token, ${write} write, ${uploadedBytes.toLocaleString('en-GB')} bytes uploaded${rateLimitWords(requests).map((words) => ` · ${words}`)}</footer>`;
}
