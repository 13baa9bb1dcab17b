import { posix } from 'node:path';
import { createBound, type Spend } from '../bound.ts';
import { fail } from '../failure.ts';
import { itemsOf, type Mapping, mappingOf, parsed, textMap, textOf, textsOf } from '../json.ts';
import { given } from '../table.ts';
import type { Sibling } from './build.ts';
import { isElsewhere } from './compose-build.ts';
import type { ReadText } from './compose-project.ts';
import { createExpansion, interpolateAll } from './interpolate.ts';
import { bakeKeys } from './option-keys.ts';
import { mergeOptions, optionsFrom, statedOptions } from './options.ts';
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
  const [first = ''] = paths;
  const texts = await Promise.all(paths.map(read));
  const files = texts.map((text) => mappingOf(parsed(text ?? '')) ?? {});
  const defaults = files.flatMap((file) =>
    Object.entries(mappingOf(file.variable) ?? {}).flatMap(([name, variable]) => {
      const value = textOf(mappingOf(variable)?.default);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const targets = mergeTargets(files.map((file) => mappingOf(file.target) ?? {}));
  const variables = new Map(defaults);
  const expansion = createExpansion(first);
  const spend = createBound(
    first,
    mostValues,
    'values of targets with what they inherit',
    'inherit from fewer targets',
  );
  const whole = Object.keys(targets).flatMap((name) => {
    const target = mappingOf(
      interpolateAll(inherited({ file: first, targets, known: new Map(), spend }, name), variables, expansion),
    );
    return target === undefined ? [] : [[name, target] as const];
  });
  return targetBuilds(paths, new Map(whole));
}

function mergeTargets(files: readonly Mapping[]): Mapping {
  const merged = new Map<string, Mapping>();
  for (const file of files) {
    for (const [name, target] of Object.entries(file)) merged.set(name, joined([merged.get(name), target]));
  }
  return Object.fromEntries(merged);
}

const mapped = ['args', 'contexts', 'labels', 'extra-hosts'];
const appended = ['annotations', 'attest', 'cache-from', 'cache-to', 'entitlements', 'secret', 'ssh', 'ulimits'];

// Later ones go over earlier ones; mappings are joined name by name, and some lists are appended to.
function joined(targets: readonly unknown[]): Mapping {
  const all: Record<string, unknown> = { args: {}, contexts: {} };
  for (const target of targets) {
    for (const [key, value] of Object.entries(mappingOf(target) ?? {})) {
      const under = Object.hasOwn(all, key) ? all[key] : undefined;
      if (mapped.includes(key)) all[key] = { ...mappingOf(under), ...mappingOf(value) };
      else all[key] = appended.includes(key) ? [...itemsOf(under), ...itemsOf(value)] : value;
    }
  }
  return all;
}

interface Inheritance {
  readonly file: string;
  readonly targets: Mapping;
  /** Targets with what they inherit, for one of them; undefined while that is being found out. */
  readonly known: Map<string, Mapping | undefined>;
  readonly spend: Spend;
}

const mostValues = 200_000;
const deepest = 20;

// Later parents go over earlier ones, the target itself over all; who inherits from itself gets nothing by it (buildx).
function inherited(inheritance: Inheritance, name: string, depth = 0): Mapping | undefined {
  const { file, targets, known, spend } = inheritance;
  if (known.has(name)) return known.get(name);
  const target = mappingOf(targets[name]);
  if (target === undefined) return undefined;
  if (depth > deepest) {
    const detail = `inherits by way of more than ${deepest} targets`;
    throw fail('too-large', `${file} target.${name}`, detail, 'inherit from fewer targets');
  }
  known.set(name, undefined);
  const all = [...textsOf(target.inherits).map((parent) => inherited(inheritance, parent, depth + 1)), target];
  for (const one of all) spend(valuesOf(one));
  const whole = joined(all);
  known.set(name, whole);
  return whole;
}

function valuesOf(target: Mapping | undefined): number {
  const { args, contexts } = target ?? {};
  return 1 + [target, args, contexts].reduce<number>((sum, one) => sum + Object.keys(mappingOf(one) ?? {}).length, 0);
}

/** The builds of the targets of the bake files of a folder. */
export function targetBuilds(paths: readonly string[], targets: ReadonlyMap<string, Mapping>): readonly StatedBuild[] {
  return [...targets].flatMap(([name, target]) => {
    const build = targetBuild(paths, name, target);
    if (build === undefined) return [];
    const siblings = Object.entries(build.contexts).flatMap(([context, value]) => {
      const other = /^target:(.+)$/.exec(value)?.[1] ?? '';
      const found = targets.get(other);
      const sibling = found === undefined ? undefined : targetBuild(paths, other, found);
      return sibling === undefined ? [] : [[context, siblingOf(sibling)] as const];
    });
    return [siblings.length === 0 ? build : { ...build, siblings: Object.fromEntries(siblings) }];
  });
}

type TargetBuild = StatedBuild & { readonly name: string };

function siblingOf({ name, dockerfile, target, images: [image] }: TargetBuild): Sibling {
  return { name, dockerfile, ...given('target', target), ...given('image', image) };
}

function targetBuild(paths: readonly string[], name: string, target: Mapping): TargetBuild | undefined {
  const [path = '', ...more] = paths;
  const folder = posix.dirname(path);
  const written = textOf(target.context) ?? '.';
  const context = /:\/\//.test(written) ? undefined : pathWithin(folder, written);
  const inline = textOf(target['dockerfile-inline']);
  const dockerfile =
    inline === undefined && context !== undefined
      ? pathWithin(context, textOf(target.dockerfile) ?? 'Dockerfile')
      : path;
  if (context === undefined || dockerfile === undefined) return undefined;
  const stage = textOf(target.target);
  const from = `${[path, ...more].join(' and ')} target.${name}`;
  const options = statedOptions(target, bakeKeys, from);
  return {
    by: 'bake',
    from,
    name,
    dockerfile,
    context,
    args: textMap(target.args),
    contexts: contextsOf(folder, textMap(target.contexts)),
    platforms: platformsIn(textsOf(target.platforms)),
    images: textsOf(target.tags).flatMap((tag) => referenceOrNone(tag) ?? []),
    ...(options.length === 0 ? {} : { options: mergeOptions([], optionsFrom(folder, options)) }),
    ...(inline === undefined ? {} : { inline }),
    ...(stage === undefined || stage === '' ? {} : { target: stage }),
  };
}

// Folders count from where bake is run, engines run at the root of the repository.
function contextsOf(folder: string, contexts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const placed = Object.entries(contexts).map(([name, value]) => {
    return [name, isElsewhere(value) || posix.isAbsolute(value) ? value : posix.join(folder, value)] as const;
  });
  return Object.fromEntries(placed);
}
