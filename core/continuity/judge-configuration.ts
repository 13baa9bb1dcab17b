import { isDeepStrictEqual } from 'node:util';
import { itemsOf, mappingOf } from '../json.ts';
import { mergeConfigs } from '../rebuild/rebase/merge-config.ts';
import { given } from '../table.ts';
import type { Reason } from './difference.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The `config` objects (OCI image-spec, config.md) that a comparison rests on. */
export interface ComparedConfigs {
  readonly published: Fields;
  readonly candidate: Fields;
  /** Of the old base and the new one; absent where they are not known, empty for what stands on nothing. */
  readonly before?: Fields;
  readonly after?: Fields;
  readonly isSameSource: boolean;
}

/** A setting that is not as it was; without a reason, nothing explains it. */
export interface JudgedSetting {
  readonly what: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly because?: Reason;
  /** The field and its value, where builders are known to drop it. */
  readonly dropped?: { readonly field: string; readonly value: unknown };
}

const single: Readonly<Record<string, string>> = {
  User: 'user',
  Entrypoint: 'entrypoint',
  Cmd: 'command',
  WorkingDir: 'working folder',
  StopSignal: 'stop signal',
  Healthcheck: 'health check',
  Shell: 'shell',
  OnBuild: 'triggers',
};
const members: Readonly<Record<string, string>> = { ExposedPorts: 'port', Volumes: 'volume' };

/** The settings that are not as they were, each explained where the bases or the source explain it. */
export function judgeConfiguration(configs: ComparedConfigs): readonly JudgedSetting[] {
  const [published, candidate] = [settingsOf(configs.published), settingsOf(configs.candidate)];
  const before = configs.before === undefined ? undefined : settingsOf(configs.before);
  const after = configs.after === undefined ? undefined : settingsOf(configs.after);
  const expected = expectedOf(configs);
  const moved = movedTexts(configs);
  const names = [...new Set([...published.keys(), ...candidate.keys()])].sort();
  return names.flatMap((name): readonly JudgedSetting[] => {
    const [from, to] = [published.get(name), candidate.get(name)];
    if (isDeepStrictEqual(from, to)) return [];
    const isMoved = from !== undefined && isDeepStrictEqual(movedIn(from, moved), to);
    const isExpected = expected !== undefined && isDeepStrictEqual(expected.get(name), to);
    // The same source leaves it to the base, so that the published one had it from an old base that nobody knows.
    const isBase = before === undefined && to !== undefined && isDeepStrictEqual(after?.get(name), to);
    const { because } = isMoved || isExpected || isBase ? { because: 'base' as const } : reasonOf(from, configs);
    const dropped =
      because === undefined && to === undefined ? droppedSetting(name, expected?.get(name) ?? from) : undefined;
    return [{ what: name, ...shownSides(name, from, to), ...given('because', because), ...given('dropped', dropped) }];
  });
}

// OCI's form of a configuration does not name them, so that builders which write it leave them out.
const besideSpecification: ReadonlySet<string> = new Set(['Healthcheck', 'Shell', 'OnBuild']);

function droppedSetting(name: string, value: unknown): JudgedSetting['dropped'] {
  const [field] = Object.entries(single).find(([, called]) => called === name) ?? [];
  return field === undefined || !besideSpecification.has(field) ? undefined : { field, value };
}

// What only the candidate has is stated by its source, or by how it is built: nothing of the published image is lost.
function reasonOf(from: unknown, { isSameSource }: ComparedConfigs): { readonly because?: Reason } {
  if (!isSameSource) return { because: 'source' };
  return from === undefined ? { because: 'build' } : {};
}

function expectedOf({ published, before, after }: ComparedConfigs): ReadonlyMap<string, unknown> | undefined {
  if (before === undefined || after === undefined) return undefined;
  return settingsOf(mergeConfigs({ before, after, app: published }).config);
}

/** Each setting by name: what is a set or a list of variables, member by member. */
function settingsOf(config: Fields): ReadonlyMap<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const [field, name] of Object.entries(single)) if (!isAbsent(config[field])) settings.set(name, config[field]);
  for (const [field, name] of Object.entries(members))
    for (const member of Object.keys(mappingOf(config[field]) ?? {})) settings.set(`${name} ${member}`, true);
  for (const [name, value] of variablesIn(config)) settings.set(`variable ${name}`, value);
  return settings;
}

function variablesIn({ Env }: Fields): ReadonlyMap<string, string> {
  return new Map(
    itemsOf(Env).map((entry) => {
      const [name = '', ...value] = String(entry).split('=');
      return [name, value.join('=')];
    }),
  );
}

/** Values of variables that the base changed, longest first: texts of the image may be made of them. */
export function movedTexts({ published, candidate, before, after }: Omit<ComparedConfigs, 'isSameSource'>) {
  if (after === undefined) return [];
  const [now, own] = [variablesIn(after), variablesIn(candidate)];
  // Of an old base that nobody knows the image itself tells: what its successor has from the new base, it had from that.
  return [...variablesIn(before ?? published)]
    .flatMap(([name, value]) => {
      const next = before === undefined && own.get(name) !== now.get(name) ? undefined : now.get(name);
      return next === undefined || next === value || value.length < 2 ? [] : [[value, next] as const];
    })
    .sort(([a], [b]) => b.length - a.length)
    .slice(0, 50);
}

/** A text may be made of as many values of the base; beyond, it is taken as it is. */
const mostReplacements = 100;

/** A text as the new base makes it: where several values fit, the longest counts. */
export function movedText(text: string, moved: readonly (readonly [string, string])[]): string {
  let pieces: readonly { readonly text: string; readonly isNew: boolean }[] = [{ text, isNew: false }];
  for (const [value, next] of moved) {
    pieces = pieces.flatMap((piece) => {
      if (piece.isNew || !piece.text.includes(value)) return [piece];
      const parts = piece.text.split(value).map((part) => ({ text: part, isNew: false }));
      return parts.flatMap((part, at) => (at === 0 ? [part] : [{ text: next, isNew: true }, part]));
    });
    if (pieces.length > 2 * mostReplacements) return text;
  }
  return pieces.map((piece) => piece.text).join('');
}

function movedIn(value: unknown, moved: readonly (readonly [string, string])[]): unknown {
  if (typeof value === 'string') return movedText(value, moved);
  return Array.isArray(value) ? value.map((item) => movedIn(item, moved)) : value;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

// Values of variables may be secrets: that they changed is enough.
function shownSides(name: string, from: unknown, to: unknown): Pick<JudgedSetting, 'from' | 'to'> {
  if (!name.startsWith('variable ')) return { from: shownValue(from), to: shownValue(to) };
  return {
    from: from === undefined ? null : 'a value',
    to: to === undefined ? null : from === undefined ? 'a value' : 'another value',
  };
}

function shownValue(value: unknown): string | null {
  if (value === undefined) return null;
  if (value === true) return 'set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
