import { isDeepStrictEqual } from 'node:util';
import { mappingOf } from '../../json.ts';
import { environmentOf } from '../../oci/environment.ts';

type Settings = Readonly<Record<string, unknown>>;

/** The `config` objects (OCI image-spec, config.md) of the three images that a rebase brings together. */
export interface Configs {
  readonly before: Settings;
  readonly after: Settings;
  readonly app: Settings;
  /** What the app set itself, though it may be what its old base has: names, and members of maps as `Env PATH`. */
  readonly own?: ReadonlySet<string>;
}

export interface Merged {
  readonly config: Settings;
  /** What the app and the new base both changed; the app's value was kept. */
  readonly conflicts: readonly string[];
}

/** Sets of keys, or maps, whose members are merged one by one. */
const maps: ReadonlySet<string> = new Set(['Labels', 'ExposedPorts', 'Volumes']);

/** Merges three ways: what the app left as the old base had it follows the new base, what it set stays. */
export function mergeConfigs({ before, after, app, own = new Set() }: Configs): Merged {
  const config: Record<string, unknown> = {};
  const conflicts: string[] = [];
  const names = new Set([...Object.keys(app), ...Object.keys(after)].filter((name) => name !== 'OnBuild'));
  for (const name of names) {
    const sides = { before: before[name], after: after[name], app: app[name] };
    const merged = mergeSetting(name, sides, { before, after, app, own });
    if (!isUnset(merged.value)) config[name] = merged.value;
    conflicts.push(...merged.conflicts);
  }
  // Triggers are for the next build: a base's have run already, so those of the app are its own.
  if (app.OnBuild !== undefined) config.OnBuild = app.OnBuild;
  return { config, conflicts };
}

interface Sides {
  readonly before: unknown;
  readonly after: unknown;
  readonly app: unknown;
}

interface MergedValue {
  readonly value: unknown;
  readonly conflicts: readonly string[];
}

function mergeSetting(name: string, sides: Sides, { app, before, own }: Required<Configs>): MergedValue {
  if (name === 'Env') return mergeEnvironment(sides, own);
  if (maps.has(name)) return mergeMaps(name, sides, own);
  // An ENTRYPOINT of the app's own resets CMD, so a CMD beside it is the app's too.
  const resets = name === 'Cmd' && !same(app.Entrypoint, before.Entrypoint);
  return resets ? { value: sides.app, conflicts: [] } : mergeValue(name, sides, own);
}

function mergeValue(name: string, { before, after, app }: Sides, own: ReadonlySet<string>, equal = same): MergedValue {
  if (equal(app, before) && !own.has(name)) return { value: after, conflicts: [] };
  const conflict = !equal(before, after) && !equal(app, after);
  return { value: app, conflicts: conflict ? [name] : [] };
}

function mergeMaps(name: string, { before, after, app }: Sides, own: ReadonlySet<string>): MergedValue {
  const { present, conflicts } = mergeMembers(name, [before, after, app].map(membersOf), own);
  return { value: present.length === 0 ? undefined : Object.fromEntries(present), conflicts };
}

function mergeMembers(
  name: string,
  [old, fresh, app]: readonly ReadonlyMap<string, unknown>[],
  own: ReadonlySet<string>,
) {
  const members = [...new Set([...(fresh?.keys() ?? []), ...(app?.keys() ?? [])])].map((key) => {
    const sides = { before: old?.get(key), after: fresh?.get(key), app: app?.get(key) };
    return { key, ...mergeValue(`${name} ${key}`, sides, own, isDeepStrictEqual) };
  });
  return {
    present: members.filter(({ value }) => value !== undefined).map(({ key, value }) => [key, value] as const),
    conflicts: members.flatMap(({ conflicts }) => conflicts),
  };
}

// The new base's order first, then what the app adds: later variables are often made from earlier ones.
function mergeEnvironment({ before, after, app }: Sides, own: ReadonlySet<string>): MergedValue {
  const variables = [before, after, app].map((Env) => environmentOf({ Env }));
  const { present, conflicts } = mergeMembers('Env', variables, own);
  return {
    value: present.length === 0 ? undefined : present.map(([name, text]) => `${name}=${String(text)}`),
    conflicts,
  };
}

function same(a: unknown, b: unknown): boolean {
  return isUnset(a) ? isUnset(b) : isDeepStrictEqual(a, b);
}

/** Whether a setting is absent: builders write null, "", [] or nothing. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function membersOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(mappingOf(value) ?? {}));
}
