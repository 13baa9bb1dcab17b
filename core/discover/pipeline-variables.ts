import { itemsOf, type Mapping, mappingOf, textOf } from '../json.ts';
import type { Cost } from './cost.ts';

/** The variables of a part of a pipeline, over those around it; `set` are those that steps set, in lower case. */
export function pipelineVariables(
  mapping: Mapping,
  outer: ReadonlyMap<string, string>,
  found: { readonly set: ReadonlySet<string>; readonly cost: Cost },
): ReadonlyMap<string, string> {
  const { variables } = mapping;
  const items = itemsOf(variables).map(mappingOf);
  const own = [
    ...items.map((item) => [item?.name, item?.value] as const),
    ...Object.entries(mappingOf(variables) ?? {}),
  ];
  if (own.length === 0) return outer;
  found.cost.values(outer.size + own.length);
  const names = new Map(outer);
  const isAny = [...found.set].some((name) => /[$({]/.test(name));
  for (const [name, value] of own) {
    const [key, text] = [textOf(name), textOf(value)];
    if (key === undefined || text === undefined) continue;
    if (isAny || found.set.has(key.toLowerCase())) names.delete(`variables.${key}`);
    else names.set(`variables.${key}`, filled(text, names, found.cost));
  }
  // What is set under a condition may be anything.
  const inserted = [
    ...items.flatMap((item) => Object.entries(item ?? {})),
    ...Object.entries(mappingOf(variables) ?? {}),
  ];
  for (const [key, value] of inserted) {
    if (!key.trim().startsWith('${{')) continue;
    const below = [
      ...itemsOf(value).map((item) => textOf(mappingOf(item)?.name)),
      ...Object.keys(mappingOf(value) ?? {}),
    ];
    for (const name of below) names.delete(`variables.${name}`);
  }
  return names;
}

// What a run checks out the repository into, by any of its names.
const workspace = /^(?:Build\.SourcesDirectory|System\.DefaultWorkingDirectory|Build\.Repository\.LocalPath)$/i;

/** The text with `$(NAME)`, `${{ variables.NAME }}` and `${{ parameters.NAME }}` filled in as far as they are known. */
export function filled(text: string, names: ReadonlyMap<string, string>, { characters }: Cost): string {
  const known = (name: string) => {
    const value = names.get(name);
    characters(value?.length ?? 0);
    return value;
  };
  const atQueue = text.replace(/\$\{\{([^{}]*)\}\}/g, (whole, inside: string) => {
    const [, kind, dotted, quoted] = /^(variables|parameters)(?:\.([\w-]+)|\['([^']+)'\])$/.exec(inside.trim()) ?? [];
    return kind === undefined ? whole : (known(`${kind}.${dotted ?? quoted}`) ?? whole);
  });
  return atQueue.replace(/\$\(([\w.-]+)\)/g, (whole, name: string) =>
    workspace.test(name) ? '.' : (known(`variables.${name}`) ?? whole),
  );
}
