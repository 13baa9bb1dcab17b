import * as v from 'valibot';
import { type FailureError, fail } from '../failure.ts';
import { parsed } from '../json.ts';
import { given } from '../table.ts';
import type { KnownExploitation } from './known-exploitation.ts';

const day = v.pipe(v.string(), v.isoDate());

const catalogue = v.object({
  dateReleased: v.nullish(v.unknown()),
  catalogVersion: v.nullish(v.unknown()),
  count: v.nullish(v.unknown()),
  vulnerabilities: v.array(
    v.object({
      cveID: v.pipe(v.string(), v.minLength(1)),
      dateAdded: v.fallback(v.optional(day), undefined),
      dueDate: v.fallback(v.optional(day), undefined),
    }),
  ),
});

type Entry = v.InferOutput<typeof catalogue>['vulnerabilities'][number];

/** What a catalogue of known exploited vulnerabilities says, and of when it is at the least, as ISO 8601. */
export interface KnownExploited extends Required<Pick<KnownExploitation, 'exploited' | 'due'>> {
  readonly date?: string;
}

/**
 * What CISA's catalogue of known exploited vulnerabilities says, as JSON or CSV: the ids and, of JSON, by when each is to be
 * mended; throws `config` where it is neither.
 */
export function readKnownExploited(text: string, file: string): KnownExploited {
  const { entries, stated } = /^\s*\{/.test(text) ? inJson(text, file) : { entries: inCsv(text) };
  if (entries.length === 0)
    throw wrong(file, 'lists no known exploited vulnerabilities', 'the catalogue that CISA publishes');
  const due = entries.flatMap(({ cveID, dueDate }) =>
    dueDate === undefined ? [] : [[cveID.toUpperCase(), dueDate] as const],
  );
  // A catalogue is no older than the last entry that it got.
  const added = entries.flatMap(({ dateAdded }) => dateAdded ?? []);
  const date =
    stated ??
    added.reduce<string | undefined>((last, one) => (last !== undefined && last > one ? last : one), undefined);
  return {
    exploited: new Set(entries.map(({ cveID }) => cveID.toUpperCase())),
    due: new Map(due),
    ...given('date', date),
  };
}

interface Catalogue {
  readonly entries: readonly Entry[];
  readonly stated?: string | undefined;
}

// Columns of CISA's CSV: id, vendor, product, name, when it was added, description; the due date is behind free text.
function inCsv(text: string): readonly Entry[] {
  const lines = text.matchAll(/^"?(CVE-\d{4}-\d+)"?,(.*)/gim);
  return [...lines].map(([, cveID = '', rest = '']) => {
    const [, dateAdded] = /,"?(\d{4}-\d{2}-\d{2})"?,/.exec(rest) ?? [];
    return { cveID, ...given('dateAdded', dateAdded) };
  });
}

function inJson(text: string, file: string): Catalogue {
  const read = v.safeParse(catalogue, parsed(text));
  if (!read.success)
    throw wrong(file, 'is not a catalogue of known exploited vulnerabilities', 'the catalogue that CISA publishes');
  const { vulnerabilities, count, dateReleased, catalogVersion } = read.output;
  if (typeof count === 'number' && count > vulnerabilities.length)
    throw wrong(file, `counts ${count} vulnerabilities and lists ${vulnerabilities.length}`, 'a whole catalogue');
  return { entries: vulnerabilities, stated: dateIn(dateReleased) ?? dateIn(catalogVersion) };
}

// "2026-11-29T00:00:00.0000Z" of `dateReleased`, "2026.11.29" of `catalogVersion`.
function dateIn(said: unknown): string | undefined {
  const text = typeof said === 'string' ? said.replace(/^(\d{4})\.(\d{2})\.(\d{2})$/, '$1-$2-$3') : '';
  return Number.isNaN(Date.parse(text)) ? undefined : text;
}

/** EPSS probabilities by id, and of when they are, as ISO 8601. */
export interface EpssScores extends Required<Pick<KnownExploitation, 'probabilities'>> {
  readonly date?: string;
}

const scoreLine = /^"?(CVE-\d{4}-\d+)"?,"?((?:\d(?:\.\d+)?|\.\d+)(?:e-?\d+)?)"?,(?:[\d."e-]*,"?(\d{4}-\d{2}-\d{2}))?/i;

/**
 * EPSS probabilities from FIRST's CSV, with their date from its comment or, of its API, its fourth column; throws `config`
 * where it holds none, or a line that is no score: a vulnerability without one counts as unlikely to be exploited.
 */
export function readEpss(text: string, file: string): EpssScores {
  const probabilities = new Map<string, number>();
  let oldest: string | undefined;
  const wanted = 'the CSV of scores that FIRST publishes';
  for (const [at, line] of text.split(/\r\n|\n|\r/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    if (/^\W{0,3}cve\b(?!-)/i.test(line)) {
      if (!/^\W{0,3}cve"?,"?epss\b/i.test(line)) throw wrong(file, `has other columns in line ${at + 1}`, wanted);
      continue;
    }
    const [, id, score = '', date] = scoreLine.exec(line) ?? [];
    const probability = Number(score);
    if (id === undefined || probability > 1) throw wrong(file, `has no EPSS score in line ${at + 1}`, wanted);
    probabilities.set(id.toUpperCase(), probability);
    if (date !== undefined && (oldest === undefined || date < oldest)) oldest = date;
  }
  if (probabilities.size === 0) throw wrong(file, 'holds no EPSS scores', wanted);
  const [, stated] = /^#.{0,200}?\bscore_date:([\dT:.Z+-]{10,40})/.exec(text) ?? [];
  return { probabilities, ...given('date', dateIn(stated) ?? oldest) };
}

function wrong(file: string, fact: string, wanted: string): FailureError {
  return fail('config', file, fact, `name ${wanted}`);
}
