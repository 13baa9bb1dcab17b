import { counted, listed } from '../../text/words.ts';
import { behindSince, decidingBase, groupByBase, groupByOwner, type ImageGroup } from '../base-groups.ts';
import { type BaseMove, movesIn, type Upgrade, upgradesIn } from '../fix-groups.ts';
import { isOutdated, outcomeLabel, outcomeOf, outcomes, standsOn } from '../outcome.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from '../report.ts';
import { type Markup, markup } from './markup.ts';
import { moveMarkup, outcomePill, referenceMarkup, tableMarkup } from './parts.ts';
import { ageStrip, largestScan, severityBars } from './severity-bars.ts';

const mostRows = 1000;
const mostGroups = 12;
const mostLinks = 40;

/** Where the details of an image stand; undefined where they are left out. */
export type AnchorOf = (image: ReportedImage) => string | undefined;

/** Every image in one line: outcome, base and age, findings before and now as bars of one scale, release tags. */
export function overview(images: readonly ReportedImage[], anchorOf: AnchorOf): Markup | null {
  if (images.length === 0) return null;
  const most = largestScan(images);
  const oldest = images.reduce((age, image) => Math.max(age, ageOf(image)), 1);
  const rows = images.slice(0, mostRows).map((image) => overviewRow(image, anchorOf, most, oldest));
  const left = images.length - rows.length;
  const cut = left === 0 ? null : markup`<p class="cut">${counted(left, 'more image')} in report.json.</p>`;
  const head = ['Image', 'Outcome', 'Base', 'Built on → now', 'Findings', 'Release tags'];
  const used = outcomes.filter((outcome) => images.some((image) => outcomeOf(image) === outcome));
  const options = used.map((outcome) => markup`<option>${outcomeLabel(outcome)}</option>`);
  return markup`<section aria-labelledby="overview"><h2 id="overview">Images</h2>
<p class="tools" id="image-tools" hidden><label>Find <input type="search" id="image-search" placeholder="image or base"></label> <label>Outcome <select id="image-outcome"><option value="">all</option>${options}</select></label> <span class="soft" id="image-count" aria-live="polite"></span></p>
<div id="image-table" class="cards">${tableMarkup('Overview of images', head, rows)}</div>${cut}</section>`;
}

function ageOf(image: ReportedImage): number {
  const base = decidingBase(image);
  return base !== undefined && behindSince(base) !== '' ? (base.moved?.ageMs ?? 0) : 0;
}

function overviewRow(image: ReportedImage, anchorOf: AnchorOf, most: number, oldest: number): Markup {
  const base = decidingBase(image);
  const more = image.bases.length > 1 ? ` +${image.bases.length - 1}` : '';
  const age = ageOf(image);
  const isBehind = base !== undefined && isOutdated(image, base);
  const words = base === undefined ? '' : movedWords(base);
  const since =
    words === '' ? null : markup`<span class="place">${words}${isBehind ? ageStrip(age, oldest) : null}</span>`;
  const name = base === undefined ? '–' : markup`${referenceMarkup(base.reference)}${more}${since}`;
  const move = base === undefined ? '–' : moveMarkup({ from: base.from, to: standsOn(image, base) });
  const label = imageLink(image, anchorOf);
  return markup`<tr><th scope="row">${label}</th><td data-label="Outcome">${outcomePill(outcomeOf(image))}</td><td data-label="Base">${name}</td><td data-label="Built on → now">${move}</td><td data-label="Findings">${severityBars(image, most)}</td><td data-label="Release tags">${releaseWords(image)}</td></tr>\n`;
}

function movedWords(base: ReportedBase): string {
  const since = behindSince(base);
  return since === '' || since.startsWith('seen') ? since : `moved ${since}`;
}

function imageLink(image: ReportedImage, anchorOf: AnchorOf): Markup {
  const anchor = anchorOf(image);
  return anchor === undefined ? markup`${image.name}` : markup`<a href="#${anchor}">${image.name}</a>`;
}

function releaseWords({ promotion, build }: ReportedImage): string {
  if (promotion === null) return build === null ? 'as before' : 'not moved';
  return `${counted(promotion.tags.length, 'tag')} moved`;
}

/** What the bases that moved fixed, and which upgrades would close most of what is left. */
export function fixes(report: RefreshReport): Markup | null {
  const [moves, upgrades] = [movesIn(report), upgradesIn(report)];
  if (moves.length + upgrades.length === 0) return null;
  const rows = [...moves.slice(0, mostGroups).map(moveRow), ...upgrades.slice(0, mostGroups).map(upgradeRow)];
  const left = moves.length + upgrades.length - rows.length;
  const cut =
    left === 0 ? null : markup`<p class="cut">${counted(left, 'milder fix', 'milder fixes')} left out here.</p>`;
  return markup`<section aria-labelledby="fixes"><h2 id="fixes">By fix</h2><div class="cards">${tableMarkup('Fixes', ['Fix', 'Findings', 'Worst', 'Images'], rows)}</div>${cut}</section>`;
}

function moveRow({ reference, to, released, waiting }: BaseMove): Markup {
  const done = released.findings === 0 ? [] : [`−${released.findings} in ${counted(released.images, 'image')}`];
  const open =
    waiting.findings === 0 ? [] : [`−${waiting.findings} if ${counted(waiting.images, 'held image')} were released`];
  const images = released.images + waiting.images;
  return markup`<tr><th scope="row">Move to ${referenceMarkup(reference)} at ${moveMarkup({ from: to, to })}</th><td data-label="Findings">${[...done, ...open].join('; ') || 'none fixed'}</td><td data-label="Worst">–</td><td data-label="Images">${counted(images, 'image')}</td></tr>\n`;
}

function upgradeRow({ name, version, worst, findings, images }: Upgrade): Markup {
  return markup`<tr><th scope="row">Upgrade <code>${name}</code> to <code>${version}</code></th><td data-label="Findings">closes ${findings}</td><td data-label="Worst"><span class="severity ${worst}">${worst}</span></td><td data-label="Images">${listed(images.map((image) => image.name))}</td></tr>\n`;
}

/** The images by what happened to the base that their verdict rests on. */
export function byBase(images: readonly ReportedImage[], anchorOf: AnchorOf): Markup | null {
  const groups = groupByBase(images);
  return images.length < 2 || groups.length < 2 ? null : groupsMarkup('by-base', 'By base', groups, anchorOf);
}

/** The images by who is responsible for them; null where the repository does not say. */
export function byOwner(images: readonly ReportedImage[], anchorOf: AnchorOf): Markup | null {
  if (images.length < 2 || !images.some(({ owners = [] }) => owners.length > 0)) return null;
  return groupsMarkup('by-owner', 'By owner', groupByOwner(images), anchorOf);
}

function groupsMarkup(id: string, title: string, groups: readonly ImageGroup[], anchorOf: AnchorOf): Markup {
  const items = groups.slice(0, 4 * mostGroups).map(({ heading, images: own }) => {
    const links = own.slice(0, mostLinks).map((image) => markup`<li>${imageLink(image, anchorOf)}</li>`);
    const more = own.length > links.length ? markup`<li>${own.length - links.length} more</li>` : null;
    return markup`<li>${heading}<ul class="names">${links}${more}</ul></li>\n`;
  });
  const left = groups.length - items.length;
  const cut = left === 0 ? null : markup`<p class="cut">${counted(left, 'more group')} in report.json.</p>`;
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><ul class="groups">${items}</ul>${cut}</section>`;
}
