import * as v from 'valibot';
import { type FailureError, fail } from '../failure.ts';
import { parseJson } from '../json.ts';
import type { KnownExploitation } from './known-exploitation.ts';

const catalogue = v.object({
  vulnerabilities: v.array(
    v.object({ cveID: v.pipe(v.string(), v.minLength(1)), dueDate: v.optional(v.pipe(v.string(), v.isoDate())) }),
  ),
});

type Entry = v.InferOutput<typeof catalogue>['vulnerabilities'][number];

/**
 * What CISA's catalogue of known exploited vulnerabilities says, as JSON or CSV: the ids and, of JSON, by when each is to be
 * mended; throws `config` where it is neither.
 */
export function readKnownExploited(text: string, file: string): Required<Pick<KnownExploitation, 'exploited' | 'due'>> {
  const entries: readonly Entry[] = /^\s*\{/.test(text)
    ? entriesInJson(text, file)
    : [...text.matchAll(/^"?(CVE-\d{4}-\d+)"?,/gim)].map(([, cveID = '']) => ({ cveID }));
  if (entries.length === 0)
    throw wrong(file, 'lists no known exploited vulnerabilities', 'the catalogue that CISA publishes');
  const due = entries.flatMap(({ cveID, dueDate }) =>
    dueDate === undefined ? [] : [[cveID.toUpperCase(), dueDate] as const],
  );
  return { exploited: new Set(entries.map(({ cveID }) => cveID.toUpperCase())), due: new Map(due) };
}

function entriesInJson(text: string, file: string): readonly Entry[] {
  try {
    return v.parse(catalogue, parseJson(text)).vulnerabilities;
  } catch {
    throw wrong(file, 'is not a catalogue of known exploited vulnerabilities', 'the catalogue that CISA publishes');
  }
}

/** EPSS probabilities by id, from FIRST's CSV; throws `config` where it holds none. */
export function readEpss(text: string, file: string): ReadonlyMap<string, number> {
  const scores = new Map<string, number>();
  for (const [, id = '', score = ''] of text.matchAll(/^(CVE-\d{4}-\d+),(\d(?:\.\d+)?(?:[eE]-?\d+)?),/gm)) {
    const probability = Number(score);
    if (probability <= 1) scores.set(id, probability);
  }
  if (scores.size === 0) throw wrong(file, 'holds no EPSS scores', 'the CSV of scores that FIRST publishes');
  return scores;
}

function wrong(file: string, fact: string, wanted: string): FailureError {
  return fail('config', file, fact, `name ${wanted}`);
}
