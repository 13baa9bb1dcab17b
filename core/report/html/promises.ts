import type { PolicyException } from '../../gate/policy.ts';
import { counted, listed } from '../../text/words.ts';
import { behindWords } from '../objectives.ts';
import type { RefreshReport, ReportedImage } from '../report.ts';
import { type Markup, markup } from './markup.ts';
import { tableMarkup } from './parts.ts';

const mostRows = 100;
const mostNames = 12;

/** The freshness objectives of a run: whether each is met, and which images are beyond it, with their ages. */
export function objectivesMarkup({ objectives = [] }: RefreshReport): Markup | null {
  if (objectives.length === 0) return null;
  const rows = objectives.slice(0, mostRows).map(({ objective, met, of, within, beyond }) => {
    const oldest = beyond.toSorted((a, b) => (b.behindMs ?? Number.MAX_VALUE) - (a.behindMs ?? Number.MAX_VALUE));
    const names = oldest.slice(0, mostNames).map(({ name, behindMs }) => `${name} (${behindWords(behindMs)})`);
    const more = beyond.length - names.length;
    const all = more === 0 ? names : [...names, counted(more, 'more image')];
    return markup`<tr><th scope="row">${objective}</th><td data-label="State"><span class="pill ${met ? 'good' : 'bad'}">${met ? 'met' : 'missed'}</span></td><td data-label="Within">${within} of ${counted(of, 'image')}</td><td data-label="Beyond">${all.length === 0 ? '–' : all.join(', ')}</td></tr>\n`;
  });
  return markup`<section aria-labelledby="objectives"><h2 id="objectives">Freshness objectives</h2><div class="cards">${tableMarkup('Objectives', ['Objective', 'State', 'Within', 'Beyond'], rows)}</div></section>`;
}

interface Shared {
  readonly exception: PolicyException;
  readonly images: string[];
  isUsed: boolean;
}

/** The exceptions of all images, each once, those that end first before the others. */
export function exceptionsMarkup(images: readonly ReportedImage[], now: string): Markup | null {
  const all = [...sharedExceptions(images).values()].toSorted((a, b) => endOf(a) - endOf(b));
  if (all.length === 0) return null;
  const rows = all.slice(0, mostRows).map(({ exception, images: names, isUsed }) => {
    const { id, package: name, reason, owner } = exception;
    return markup`<tr><th scope="row"><code>${id}</code>${name === undefined ? null : markup`<span class="place">${name}</span>`}</th><td data-label="Left">${daysLeft(exception, now) ?? 'without end'}</td><td data-label="Owner">${owner ?? '–'}</td><td data-label="Images">${isUsed ? listed(names.slice(0, mostNames)) : 'covers nothing'}${isUsed && names.length > mostNames ? ` and ${names.length - mostNames} more` : ''}</td><td data-label="Reason">${reason}</td></tr>\n`;
  });
  const left = all.length - rows.length;
  const cut = left === 0 ? null : markup`<p class="cut">${counted(left, 'more exception')} in report.json.</p>`;
  return markup`<section aria-labelledby="exceptions"><h2 id="exceptions">Exceptions</h2><div class="cards">${tableMarkup('Exceptions', ['Accepted', 'Left', 'Owner', 'Images', 'Reason'], rows)}</div>${cut}</section>`;
}

// One that covers nothing in any image is no longer needed; what covers something in one image is used.
function sharedExceptions(images: readonly ReportedImage[]): ReadonlyMap<string, Shared> {
  const shared = new Map<string, Shared>();
  for (const { name, gate } of images) {
    for (const [isUsed, list] of [
      [true, gate?.exceptionsUsed ?? []] as const,
      [false, gate?.exceptionsUnused ?? []] as const,
    ]) {
      for (const exception of list) {
        const key = JSON.stringify(Object.entries(exception).sort());
        const one = shared.get(key) ?? { exception, images: [], isUsed: false };
        shared.set(key, one);
        one.isUsed ||= isUsed;
        if (isUsed) one.images.push(name);
      }
    }
  }
  return shared;
}

function endOf({ exception }: Shared): number {
  return lastDay(exception) ?? Number.MAX_VALUE;
}

// Of what is no day, engines of JavaScript read many a text as one.
function lastDay({ expires = '' }: PolicyException): number | undefined {
  const at = /^\d{4}-\d{2}-\d{2}/.test(expires) ? Date.parse(expires) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

const day = 24 * 3_600_000;
const soon = 30;

/** How many days an exception has left, as a pill; it holds on the last of them. Null where it has no end. */
export function daysLeft(exception: PolicyException, now: string): Markup | null {
  const end = lastDay(exception);
  if (end === undefined) return null;
  const left = Math.floor(end / day) - Math.floor(Date.parse(now) / day);
  const words = left < 0 ? 'ended' : left === 0 ? 'last day' : `${counted(left, 'day')} left`;
  return markup`<span class="pill ${left <= soon ? 'warn' : 'calm'}">${words}</span>`;
}
