import { createBound, type Spend } from '../bound.ts';
import { itemsOf, type Mapping, mappingOf, textOf } from '../json.ts';

/** What is known of the contexts of a workflow: `env.TAG`, `matrix.image`, `steps.meta.outputs.tags`. */
export type KnownContexts = ReadonlyMap<string, string>;

/** What of a workflow or pipeline may still cost. */
export interface Cost {
  /** Values that are looked at or handed on. */
  readonly values: Spend;
  /** Characters of values that are put into others. */
  readonly characters: Spend;
}

/** The bounds of one workflow or pipeline file. */
export function createCost(file: string): Cost {
  return {
    values: createBound(file, 500_000, 'values of jobs, steps and their variables', 'write less into one file'),
    characters: createBound(file, 4 * 1024 * 1024, 'characters of variables put in', 'write the values out'),
  };
}

/** The text with the expressions that name something known filled in; any other stays as it is written. */
export function fillExpressions(text: string, known: KnownContexts, { characters }: Cost): string {
  return text.replace(/\$\{\{([^{}]*)\}\}/g, (whole, inside: string) => {
    const name = inside.trim();
    const value = /^[\w-]+(?:\.[\w-]+)+$/.test(name) ? known.get(name.toLowerCase()) : undefined;
    characters(value?.length ?? 0);
    return value ?? whole;
  });
}

/** What only a run of the workflow knows is undefined. */
export function withoutExpression(text: string | undefined): string | undefined {
  return text === undefined || text.includes('${{') ? undefined : text;
}

/** What is known within something that has an `env` of its own. */
export function withEnv(owner: Mapping | undefined, known: KnownContexts, cost: Cost): KnownContexts {
  const env = Object.entries(mappingOf(owner?.env) ?? {});
  if (env.length === 0) return known;
  cost.values(known.size + env.length);
  const names = new Map(known);
  for (const [name, value] of env) {
    const text = textOf(value);
    if (text === undefined) continue;
    const filled = withoutExpression(fillExpressions(text, known, cost));
    if (filled === undefined) names.delete(`env.${name.toLowerCase()}`);
    else names.set(`env.${name.toLowerCase()}`, filled);
  }
  return names;
}

// GitHub runs no more jobs of one matrix.
const mostRows = 256;

/** What each job of a matrix knows; one that has none runs once (GitHub, workflow syntax: jobs.<job_id>.strategy). */
export function matrixRows(job: Mapping | undefined, known: KnownContexts, cost: Cost): readonly KnownContexts[] {
  const { include, exclude, ...axes } = mappingOf(mappingOf(job?.strategy)?.matrix) ?? {};
  let rows: readonly Mapping[] = [{}];
  for (const [name, values] of Object.entries(axes)) {
    const few = itemsOf(values).slice(0, mostRows);
    cost.values(rows.length * few.length);
    rows = rows.flatMap((row) => few.map((value) => ({ ...row, [name]: value }))).slice(0, mostRows);
  }
  const excluded = itemsOf(exclude).map(mappingOf);
  cost.values(rows.length * excluded.length);
  const included = rows.filter((row) => !excluded.some((one) => one !== undefined && agrees(one, row)));
  const all = withIncluded(included, Object.keys(axes), itemsOf(include), cost);
  return all.slice(0, mostRows).map((row) => {
    cost.values(known.size);
    const own = flat('matrix', row, cost);
    return new Map([...known, ...own]);
  });
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

function flat(prefix: string, value: unknown, cost: Cost, depth = 0): readonly (readonly [string, string])[] {
  cost.values(1);
  const text = textOf(value);
  if (text !== undefined) return [[prefix, text]];
  const entries = depth > 5 ? [] : Object.entries(mappingOf(value) ?? {});
  return entries.flatMap(([name, item]) => flat(`${prefix}.${name.toLowerCase()}`, item, cost, depth + 1));
}

/** The tags that docker/metadata-action gives whatever the run is about: those of `type=raw`. */
export function metadataTags(step: Mapping | undefined, known: KnownContexts, cost: Cost): string | undefined {
  if (!/^docker\/metadata-action@/.test(textOf(step?.uses) ?? '')) return undefined;
  const inputs = mappingOf(step?.with) ?? {};
  const lines = (value: unknown) => fillExpressions(textOf(value) ?? '', known, cost).split('\n');
  const tags = lines(inputs.tags).flatMap((line) => rawTag(line.trim()) ?? []);
  const images = lines(inputs.images).map((line) => line.trim().replace(/^name=([^,]+).*$/, '$1'));
  cost.characters(images.join('').length * tags.length + tags.join('').length * images.length);
  return images
    .filter((image) => image !== '')
    .flatMap((image) => tags.map((tag) => `${image}:${tag}`))
    .join('\n');
}

function rawTag(line: string): string | undefined {
  const fields = line.split(',').map((field) => field.trim());
  if (!fields.includes('type=raw') || fields.includes('enable=false')) return undefined;
  const plain = fields.every((field) => !/^(?:prefix|suffix)=./.test(field));
  return plain ? fields.find((field) => /^value=[\w.-]+$/.test(field))?.slice('value='.length) : undefined;
}
