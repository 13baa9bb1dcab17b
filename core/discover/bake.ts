import { posix } from 'node:path';
import type { ReadText } from './compose-project.ts';
import { interpolateAll } from './interpolate.ts';
import { type Mapping, mappingOf, textMap, textOf, textsOf } from './loose.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';

const names = /^docker-bake(\.override)?\.(?:json|hcl)$/;

/** Whether the path is that of a file that `docker buildx bake` finds by itself. */
export function isBakeFile(path: string): boolean {
  return names.test(posix.basename(path));
}

/** The bake files of one folder in the order in which bake reads them: what comes later goes over what came before. */
export function bakeFilesOf(paths: readonly string[]): readonly string[] {
  const order = ['docker-bake.json', 'docker-bake.hcl', 'docker-bake.override.json', 'docker-bake.override.hcl'];
  const place = (path: string) => order.indexOf(posix.basename(path));
  return paths.filter(isBakeFile).toSorted((a, b) => place(a) - place(b));
}

/** The targets of bake files in JSON, with the defaults of their variables; none where they are no such files. */
export async function readBakeJson(read: ReadText, paths: readonly string[]): Promise<readonly StatedBuild[]> {
  const texts = await Promise.all(paths.map(read));
  const files = texts.map((text) => parse(text ?? '') ?? {});
  const defaults = files.flatMap((file) =>
    Object.entries(mappingOf(file.variable) ?? {}).flatMap(([name, variable]) => {
      const value = textOf(mappingOf(variable)?.default);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const targets = files.map((file) => mappingOf(file.target) ?? {}).reduce(mergeTargets, {});
  const variables = new Map(defaults);
  return Object.keys(targets).flatMap((name) => {
    const target = mappingOf(interpolateAll(inherited(targets, name), variables));
    return target === undefined ? [] : targetBuild(paths, name, target);
  });
}

function parse(text: string): Mapping | undefined {
  try {
    return mappingOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function mergeTargets(under: Mapping, over: Mapping): Mapping {
  const merged = Object.entries(over).map(([name, target]) => [name, joined([under[name], target])] as const);
  return { ...under, ...Object.fromEntries(merged) };
}

// Later ones go over earlier ones; arguments and contexts are joined name by name.
function joined(targets: readonly unknown[]): Mapping {
  const all: Record<string, unknown> = {};
  for (const target of targets) {
    const over = mappingOf(target) ?? {};
    const args = { ...mappingOf(all.args), ...mappingOf(over.args) };
    const contexts = { ...mappingOf(all.contexts), ...mappingOf(over.contexts) };
    Object.assign(all, over, { args, contexts });
  }
  return all;
}

// Later parents go over earlier ones, the target itself over all.
function inherited(targets: Mapping, name: string, depth = 0): Mapping | undefined {
  const target = mappingOf(targets[name]);
  if (target === undefined || depth > 10) return undefined;
  const parents = textsOf(target.inherits).map((parent) => inherited(targets, parent, depth + 1));
  return joined([...parents, target]);
}

/** The build of one target of the bake files of a folder. */
export function targetBuild(paths: readonly string[], name: string, target: Mapping): readonly StatedBuild[] {
  const [path = '', ...more] = paths;
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
      by: 'bake',
      from: `${[path, ...more].join(' and ')} target.${name}`,
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
