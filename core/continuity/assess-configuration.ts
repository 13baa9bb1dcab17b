import { isDeepStrictEqual } from 'node:util';
import type { StatedSettings } from '../dockerfile/stated-settings.ts';
import { mappingOf } from '../json.ts';
import { environmentOf } from '../oci/environment.ts';
import { mergeConfigs } from '../rebuild/rebase/merge-config.ts';
import { given, namesOf } from '../table.ts';
import type { Reason } from './difference.ts';
import { type ChangedSetting, isExplainedBySource, type SourceChange } from './source-change.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The `config` objects (OCI image-spec, config.md) that a comparison rests on. */
export interface ComparedConfigs {
  readonly published: Fields;
  readonly candidate: Fields;
  /** Of the old base and the new one; absent where they are not known, empty for what stands on nothing. */
  readonly before?: Fields;
  readonly after?: Fields;
  /** What the published image set itself, though it may be what its old base has: names, and members as `Env PATH`. */
  readonly own?: ReadonlySet<string>;
  /** What the published image has from a base that is not recorded; absent where that base is known. */
  readonly inherited?: ReadonlySet<string>;
  /** What the Dockerfile of the published image states for the target that was built; absent where it is not known. */
  readonly stated?: StatedSettings;
  /** What two sources say; absent where both images have the same. */
  readonly sources?: SourceChange;
}

/** A setting that is not as it was; without a reason, nothing explains it. */
export interface AssessedSetting {
  readonly what: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly because?: Reason;
  /** The field and its value, where builders are known to drop it. */
  readonly dropped?: { readonly field: string; readonly value: unknown };
}

const words = {
  User: 'user',
  Entrypoint: 'entrypoint',
  Cmd: 'command',
  WorkingDir: 'working folder',
  StopSignal: 'stop signal',
  Healthcheck: 'health check',
  Shell: 'shell',
  OnBuild: 'triggers',
} as const;
const members: Readonly<Record<string, string>> = { ExposedPorts: 'port', Volumes: 'volume' };

/** The settings that are not as they were, each explained where the bases or the sources explain it. */
export function assessConfiguration(configs: ComparedConfigs): readonly AssessedSetting[] {
  const [published, candidate] = [settingsOf(configs.published), settingsOf(configs.candidate)];
  const after = configs.after === undefined ? undefined : settingsOf(configs.after);
  const expected = expectedOf(configs);
  const inherited = inheritedUnder(configs);
  const moved = movedTexts({ before: variablesOf(configs.published, inherited), ...configs });
  const keys = [...new Set([...published.keys(), ...candidate.keys()])];
  const assessed = keys.flatMap((key): readonly AssessedSetting[] => {
    const [from, to] = [published.get(key), candidate.get(key)];
    if (isDeepStrictEqual(from, to)) return [];
    const isMoved = from !== undefined && isDeepStrictEqual(movedIn(from, moved), to);
    const isExpected = expected !== undefined && isDeepStrictEqual(expected.get(key), to);
    const because =
      isMoved || isExpected || isFollowed(key, to, inherited, after)
        ? 'base'
        : reasonOf(key, { from, to, after: after?.get(key) }, configs);
    const dropped =
      because === undefined && to === undefined ? droppedSetting(key, expected?.get(key) ?? from, configs) : undefined;
    const what = nameOf(key);
    return [{ what, ...shownSides(what, from, to), ...given('because', because), ...given('dropped', dropped) }];
  });
  return assessed.sort((a, b) => (a.what < b.what ? -1 : 1));
}

// What comes from the base is as the new one has it; what that has no more is taken from the image, and is for its owner to see.
function isFollowed(key: string, to: unknown, inherited: ReadonlySet<string>, after?: ReadonlyMap<string, unknown>) {
  return inherited.has(key) && to !== undefined && isDeepStrictEqual(to, after?.get(key));
}

// Where another source was built, what that does not state itself.
function inheritedUnder({ inherited, sources }: ComparedConfigs): ReadonlySet<string> {
  const isStated = (key: string) => sources !== undefined && sources.now?.settings.has(key) !== false;
  return new Set([...(inherited ?? [])].filter((key) => !isStated(key)));
}

// The variables of a base that is not recorded, as far as they are known.
function variablesOf(config: Fields, inherited: ReadonlySet<string>): Fields {
  const known = [...environmentOf(config)].filter(([name]) => inherited.has(`Env ${name}`));
  return { Env: known.map(([name, value]) => `${name}=${value}`) };
}

// OCI's form of a configuration does not name them, so that builders which write it leave them out.
const besideSpecification: ReadonlySet<string> = new Set(['Healthcheck', 'Shell', 'OnBuild']);

function droppedSetting(key: string, value: unknown, { sources }: ComparedConfigs): AssessedSetting['dropped'] {
  // What another source states in its place is not the former value.
  const isStated = sources?.now === undefined ? sources !== undefined : sources.now.settings.has(key);
  return isStated || !besideSpecification.has(key) ? undefined : { field: key, value };
}

// Where they are absent, the runtime has a value of its own: one that comes exchanges that.
const hasDefault: ReadonlySet<string> = new Set(['User', 'Entrypoint', 'Cmd', 'WorkingDir', 'StopSignal']);

function reasonOf(
  key: string,
  { from, to, after }: ChangedSetting & { readonly from: unknown },
  { sources, stated }: ComparedConfigs,
): Reason | undefined {
  if (sources !== undefined && isExplainedBySource(sources, key, { to, after })) return 'source';
  if (from !== undefined || hasDefault.has(key)) return undefined;
  // What only the candidate has takes nothing from the published image.
  if (isDeepStrictEqual(to, after)) return 'base';
  if (sources !== undefined) return 'source';
  // A release of the same source would have it too: it was built with other arguments, or to another target.
  return stated?.settings.has(key) === true && !besideSpecification.has(key) ? undefined : 'build';
}

function expectedOf({ published, before, after, own }: ComparedConfigs): ReadonlyMap<string, unknown> | undefined {
  if (before === undefined || after === undefined) return undefined;
  return settingsOf(mergeConfigs({ before, after, app: published, ...given('own', own) }).config);
}

/** Each setting by its field: what is a set or a list of variables, member by member (`Env PATH`). */
function settingsOf(config: Fields): ReadonlyMap<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const field of namesOf(words)) if (!isAbsent(field, config[field])) settings.set(field, config[field]);
  for (const field of namesOf(members))
    for (const member of Object.keys(mappingOf(config[field]) ?? {})) settings.set(`${field} ${member}`, true);
  for (const [name, value] of environmentOf(config)) settings.set(`Env ${name}`, value);
  return settings;
}

function nameOf(key: string): string {
  const single = namesOf(words).find((field) => field === key);
  if (single !== undefined) return words[single];
  const [field = '', ...member] = key.split(' ');
  return [members[field] ?? 'variable', ...member].join(' ');
}

/** Values of variables that the base changed, longest first: texts of the image may be made of them. */
export function movedTexts({ before, after }: Pick<ComparedConfigs, 'before' | 'after'>) {
  // Of an unknown old base, nothing shows what the image has from it.
  if (before === undefined || after === undefined) return [];
  const now = environmentOf(after);
  return [...environmentOf(before)]
    .flatMap(([name, value]) => {
      const next = now.get(name);
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

// Builders write the default where nothing is stated, or leave it out.
const defaults: Readonly<Record<string, string>> = { WorkingDir: '/', StopSignal: 'SIGTERM' };

function isAbsent(field: string, value: unknown): boolean {
  if (value === defaults[field]) return true;
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

// Values of variables may be secrets: that they changed is enough.
function shownSides(name: string, from: unknown, to: unknown): Pick<AssessedSetting, 'from' | 'to'> {
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
