import { counted } from '../text/words.ts';

/** A part of a document that can be cut row by row. */
export interface Section {
  readonly before: string;
  readonly rows: Iterable<string>;
  readonly after: string;
  /** How many rows there are in all, those that `rows` no longer yields included. */
  readonly total: number;
  /** What a row is, for the notice: "finding". */
  readonly noun: string;
  readonly plural?: string;
  /** Largest part of the whole document that it may take; 1 when absent. */
  readonly share?: number;
}

/** The notice under a section of which rows were left out. */
export type MissingRowsNotice = (missing: string) => string;

const reserve = 2048;

/** Joins sections up to a number of UTF-8 bytes; whatever does not fit is named where it is missing. */
export function fitted(sections: Iterable<Section>, maxBytes: number, notice: MissingRowsNotice): string {
  const parts: string[] = [];
  let left = maxBytes - reserve;
  let skipped = 0;
  for (const section of sections) {
    const overhead = Buffer.byteLength(section.before + section.after) + 200;
    const bound = Math.min(left, maxBytes * (section.share ?? 1)) - overhead;
    const taken = bound < 0 ? undefined : takeRows(section, bound, notice);
    if (taken === undefined) {
      skipped += 1;
      continue;
    }
    parts.push(taken);
    left -= Buffer.byteLength(taken);
  }
  if (skipped > 0) parts.push(notice(counted(skipped, 'section')));
  return parts.join('');
}

function takeRows(section: Section, maxBytes: number, notice: MissingRowsNotice): string | undefined {
  const rows: string[] = [];
  let bytes = 0;
  for (const row of section.rows) {
    bytes += Buffer.byteLength(row);
    if (bytes > maxBytes) break;
    rows.push(row);
  }
  if (rows.length === 0 && section.total > 0) return undefined;
  const missing = section.total - rows.length;
  const cut = missing > 0 ? notice(counted(missing, section.noun, section.plural)) : '';
  return `${section.before}${rows.join('')}${section.after}${cut}`;
}
