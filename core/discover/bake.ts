import { posix } from 'node:path';
import { interpolate } from './interpolate.ts';
import { type Mapping, mappingOf, textMap, textOf, textsOf } from './loose.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';

/** Whether the path is that of a bake file in JSON; HCL is a language of its own and states nothing here. */
export function isBakeFile(path: string): boolean {
  return /^docker-bake(?:\.override)?\.json$/.test(posix.basename(path));
}

/** The targets of a bake file, with the defaults of its variables; none where it is no such file. */
export function readBake(path: string, text: string): readonly StatedBuild[] {
  const file = parse(text);
  const defaults = Object.entries(mappingOf(file?.variable) ?? {}).flatMap(([name, variable]) => {
    const value = textOf(mappingOf(variable)?.default);
    return value === undefined ? [] : [[name, value] as const];
  });
  const variables = new Map(defaults);
  const targets = mappingOf(file?.target) ?? {};
  return Object.keys(targets).flatMap((name) => {
    const target = inherited(targets, name);
    return target === undefined ? [] : targetBuild(path, name, filled(target, variables) as Mapping);
  });
}

function parse(text: string): Mapping | undefined {
  try {
    return mappingOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

// Later parents go over earlier ones, the target itself over all; arguments and contexts are joined name by name.
function inherited(targets: Mapping, name: string, depth = 0): Mapping | undefined {
  const target = mappingOf(targets[name]);
  if (target === undefined || depth > 10) return undefined;
  const parents = textsOf(target.inherits).flatMap((parent): readonly Mapping[] => {
    const found = inherited(targets, parent, depth + 1);
    return found === undefined ? [] : [found];
  });
  const joined: Record<string, unknown> = {};
  for (const one of [...parents, target]) {
    const args = { ...mappingOf(joined.args), ...mappingOf(one.args) };
    const contexts = { ...mappingOf(joined.contexts), ...mappingOf(one.contexts) };
    Object.assign(joined, one, { args, contexts });
  }
  return joined;
}

function filled(value: unknown, variables: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((item) => filled(item, variables));
  const mapping = mappingOf(value);
  if (mapping === undefined) return value;
  return Object.fromEntries(Object.entries(mapping).map(([key, item]) => [key, filled(item, variables)]));
}

function targetBuild(path: string, name: string, target: Mapping): readonly StatedBuild[] {
  const folder = posix.dirname(path);
  const given = textOf(target.context) ?? '.';
  const context = /:\/\//.test(given) ? undefined : pathWithin(folder, given);
  const inline = textOf(target['dockerfile-inline']);
  const dockerfile =
    inline === undefined && context !== undefined
      ? pathWithin(context, textOf(target.dockerfile) ?? 'Dockerfile')
      : path;
  if (context === undefined || dockerfile === undefined) return [];
  const stage = textOf(target.target);
  return [
    {
      from: `${path} target.${name}`,
      name,
      dockerfile,
      context,
      args: textMap(target.args),
      contexts: textMap(target.contexts),
      platforms: platformsIn(textsOf(target.platforms)),
      images: textsOf(target.tags).flatMap((tag) => referenceOrNone(tag) ?? []),
      ...(inline === undefined ? {} : { inline }),
      ...(stage === undefined || stage === '' ? {} : { target: stage }),
    },
  ];
}
