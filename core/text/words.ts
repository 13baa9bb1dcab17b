/** `1 image`, `2 images`. */

import { asDigest, shortDigest } from '../oci/digest.ts';

export function counted(count: number, noun: string, plural = `${noun}s`): string {
  return `${grouped(count)} ${count === 1 ? noun : plural}`;
}

// As `toLocaleString('en-GB')` writes whole numbers: that loads the data of a language, which takes longer than a short run.
function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');
}

/** Milliseconds as people read them: `840 ms`, `12.3 s`, `3 min 5 s`. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** A digest short enough to read; any other text as it is; a dash where there is none. */
export function shortened(digest: string | null): string {
  if (digest === null) return '–';
  const parsed = asDigest(digest);
  return parsed === undefined ? digest : shortDigest(parsed);
}

const mostListed = 5;

/** Names in a sentence: `a, b and c`; of many only the first, and how many more. */
export function listed(names: readonly string[]): string {
  const shown =
    names.length > mostListed ? [...names.slice(0, mostListed - 1), `${names.length - mostListed + 1} more`] : names;
  const last = shown.at(-1) ?? '';
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
