import type { Severity } from '../finding.ts';
import { parseSeverity, severityOfScore } from '../severity.ts';

// What distributions and commercial scanners say beside the usual words.
const others: ReadonlyMap<string, Severity> = new Map([
  ['important', 'high'],
  ['moderate', 'medium'],
  ['unimportant', 'negligible'],
  ['informational', 'negligible'],
  ['info', 'negligible'],
  ['none', 'negligible'],
]);

/** The severity that a scanner's word means, however it is written. */
export function severityOfWord(word: string): Severity {
  return others.get(word.trim().toLowerCase()) ?? parseSeverity(word.trim());
}

/** The severity that a scanner's word means, or where it means nothing here, that of its CVSS score. */
export function severityOr(word: string, score: number | undefined): Severity {
  const severity = severityOfWord(word);
  return severity === 'unknown' && score !== undefined ? severityOfScore(score) : severity;
}

/** A date in ISO 8601 where the text is one. */
export function isoDate(text: string | number | undefined): { readonly published?: string } {
  if (text === undefined || text === '' || text === 0) return {};
  // Seconds since the epoch, as Prisma writes them.
  const time = typeof text === 'number' ? text * 1000 : Date.parse(text);
  return Number.isNaN(time) || Math.abs(time) > 8.64e15 ? {} : { published: new Date(time).toISOString() };
}
