import * as v from 'valibot';
import { type FailureError, fail } from '../failure.ts';
import { parseJson } from '../json.ts';

const catalogue = v.object({ vulnerabilities: v.array(v.object({ cveID: v.pipe(v.string(), v.minLength(1)) })) });

/** The ids in CISA's catalogue of known exploited vulnerabilities, as JSON or CSV; throws `config` where it is neither. */
export function readKnownExploited(text: string, file: string): ReadonlySet<string> {
  const ids = /^\s*\{/.test(text)
    ? idsInJson(text, file)
    : [...text.matchAll(/^"?(CVE-\d{4}-\d+)"?,/gim)].map(([, id = '']) => id);
  if (ids.length === 0)
    throw wrong(file, 'lists no known exploited vulnerabilities', 'the catalogue that CISA publishes');
  return new Set(ids.map((id) => id.toUpperCase()));
}

function idsInJson(text: string, file: string): readonly string[] {
  try {
    return v.parse(catalogue, parseJson(text)).vulnerabilities.map(({ cveID }) => cveID);
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
