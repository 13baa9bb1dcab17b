import { itemsOf, type Mapping, mappingOf, textOf } from '../../json.ts';
import type { Cost } from '../cost.ts';
import { notKnown } from '../unknown.ts';
import { fillValue, type JobContexts } from './evaluate.ts';
import { hasUnknown } from './functions.ts';

// GitHub runs no more jobs of one matrix.
const mostRows = 256;

/** What each job of a matrix knows as `matrix`; one that has none runs once (GitHub, workflow syntax: jobs.<job_id>.strategy). */
export function matrixRows(job: Mapping | undefined, contexts: JobContexts, cost: Cost): readonly (Mapping | string)[] {
  const written = mappingOf(job?.strategy)?.matrix;
  const matrix = typeof written === 'string' ? fillValue(written, contexts, cost) : written;
  if (hasUnknown(matrix)) return [matrix];
  const { include, exclude, ...axes } = mappingOf(matrix) ?? {};
  let rows: readonly Mapping[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    const known = valuesOf(values, contexts, cost);
    const few = known.slice(0, mostRows);
    cost.values(rows.length * few.length);
    rows = rows.flatMap((row) => few.map((value) => ({ ...row, [name]: value }))).slice(0, mostRows);
  }
  const excluded = valuesOf(exclude ?? [], contexts, cost).map(mappingOf);
  cost.values(rows.length * excluded.length);
  const left = rows.filter((row) => !excluded.some((one) => one !== undefined && agrees(one, row)));
  const included = valuesOf(include ?? [], contexts, cost);
  // What is not known of an entry may be of any row, and any key of it.
  const missing = included.find(hasUnknown);
  if (missing !== undefined) return [missing];
  return withIncluded(left, Object.keys(axes), included, cost).slice(0, mostRows);
}

function valuesOf(values: unknown, contexts: JobContexts, cost: Cost): readonly unknown[] {
  const value = typeof values === 'string' ? fillValue(values, contexts, cost) : values;
  if (typeof value === 'string') return [hasUnknown(value) ? value : notKnown('a list of the matrix')];
  return itemsOf(value).map((item) => filledValue(item, contexts, cost));
}

// Texts are filled in wherever they stand in a list or mapping.
function filledValue(value: unknown, contexts: JobContexts, cost: Cost): unknown {
  cost.values(1);
  if (typeof value === 'string') return value.includes('${{') ? fillValue(value, contexts, cost) : value;
  if (Array.isArray(value)) return value.map((item) => filledValue(item, contexts, cost));
  const mapping = mappingOf(value);
  if (mapping === undefined) return value;
  return Object.fromEntries(Object.entries(mapping).map(([name, item]) => [name, filledValue(item, contexts, cost)]));
}

// An entry joins every row whose own values it does not change, and is a row by itself where there is none.
function withIncluded(
  rows: readonly Mapping[],
  axes: readonly string[],
  include: readonly unknown[],
  cost: Cost,
): readonly Mapping[] {
  const joined = axes.length === 0 && include.length > 0 ? [] : [...rows];
  const own = joined.length;
  for (const item of include) {
    const entry = mappingOf(item) ?? {};
    const original = Object.fromEntries(Object.entries(entry).filter(([name]) => axes.includes(name)));
    let fits = false;
    for (let at = 0; at < own; at += 1) {
      cost.values(1);
      if (!agrees(original, rows[at] ?? {})) continue;
      cost.values(Object.keys(joined[at] ?? {}).length + Object.keys(entry).length);
      joined[at] = { ...joined[at], ...entry };
      fits = true;
    }
    if (!fits) joined.push(entry);
  }
  return joined;
}

function agrees(part: Mapping, row: Mapping): boolean {
  return Object.entries(part).every(([name, value]) => JSON.stringify(row[name]) === JSON.stringify(value));
}

/** The texts of a mapping with their expressions filled in; a later one does not see an earlier one. */
export function filledMap(value: unknown, contexts: JobContexts, cost: Cost): Readonly<Record<string, string>> {
  const entries = Object.entries(mappingOf(value) ?? {});
  cost.values(entries.length);
  return Object.fromEntries(
    entries.flatMap(([name, item]) => {
      const text = item === null ? '' : textOf(item);
      if (text === undefined) return [];
      const filled = text.includes('${{') ? fillValue(text, contexts, cost) : text;
      return [[name, typeof filled === 'string' ? filled : String(filled ?? '')] as const];
    }),
  );
}
