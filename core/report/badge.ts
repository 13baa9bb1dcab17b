import { widthOf } from '../text/width.ts';
import { counted } from '../text/words.ts';
import { stillStale } from './outputs.ts';
import type { RefreshReport } from './report.ts';

/** A badge in the schema of shields.io's endpoint. */
export interface Badge {
  readonly schemaVersion: 1;
  readonly label: string;
  readonly message: string;
  readonly color: string;
}

/** Whether the base images are fresh after a run, in two words; what could not be checked is not fresh. */
export function badgeOf(report: RefreshReport): Badge {
  const badge = { schemaVersion: 1, label: 'base images' } as const;
  const stale = report.images.filter(({ verdict, promotion }) => verdict === 'stale' && promotion === null).length;
  switch (stillStale(report)) {
    case 'true':
      return { ...badge, message: `${stale.toLocaleString('en-GB')} stale`, color: '#b35900' };
    case 'unknown':
      return { ...badge, message: 'not known', color: '#59636e' };
    case 'false':
      return report.images.length === 0
        ? { ...badge, message: 'none', color: '#59636e' }
        : { ...badge, message: `fresh: ${counted(report.images.length, 'image')}`, color: '#1a7f37' };
  }
}

const [height, padding, column] = [20, 6, 7];

/** The badge as a picture. It holds no text of others. */
export function renderBadge(report: RefreshReport): string {
  const { label, message, color } = badgeOf(report);
  const [left, right] = [label, message].map((text) => widthOf(text) * column + 2 * padding);
  const width = (left ?? 0) + (right ?? 0);
  const text = (words: string, x: number, length: number) =>
    `<text x="${x + padding}" y="14" textLength="${length - 2 * padding}" lengthAdjust="spacingAndGlyphs">${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" role="img" aria-label="${label}: ${message}"><title>${label}: ${message}</title><clipPath id="r"><rect width="${width}" height="${height}" rx="3"/></clipPath><g clip-path="url(#r)"><rect width="${width}" height="${height}" fill="#3b434b"/><rect x="${left}" width="${right}" height="${height}" fill="${color}"/></g><g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">${text(label, 0, left ?? 0)}${text(message, left ?? 0, right ?? 0)}</g></svg>\n`;
}
