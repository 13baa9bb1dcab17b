import { posix } from 'node:path';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../json.ts';
import type { Environment } from './interpolate.ts';
import { composeKeys } from './option-keys.ts';
import { mergeOptions, type StatedOption, statedOptions } from './options.ts';
import { Override, reset } from './yaml.ts';

/** What a service says of its build (compose-spec, build.md); paths are those of the repository. */
export interface ComposeBuild {
  /** A folder, or something with a scheme that is elsewhere. */
  readonly context?: string;
  readonly dockerfile?: string;
  readonly inline?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly contexts: Readonly<Record<string, string>>;
  readonly platforms: readonly string[];
  readonly tags: readonly string[];
  readonly options: readonly StatedOption[];
}

/** What a service of a Compose file says of its image; `null` is what `!reset` leaves. */
export interface ComposeService {
  readonly image?: string | null;
  readonly platform?: string | null;
  readonly build?: ComposeBuild | null;
  /** Where all of it was read. */
  readonly files: readonly string[];
}

/** Where a service stands: its file, what paths count from, and what arguments without a value and secrets take. */
export interface ServicePlace {
  readonly path: string;
  readonly folder: string;
  readonly env: Environment;
  /** `secrets` of the file. */
  readonly secrets?: unknown;
}

/** Reads a service called `name`. */
export function readService(value: unknown, name: string, place: ServicePlace): ComposeService {
  const service = mappingOf(value) ?? {};
  const build = buildIn(service.build, `${place.path} services.${name}`, place);
  return {
    ...textOrReset('image', service.image),
    ...textOrReset('platform', service.platform),
    ...(build === undefined ? {} : { build }),
    files: [place.path],
  };
}

function textOrReset(key: 'image' | 'platform', value: unknown): { readonly [name: string]: string | null } {
  if (value === reset) return { [key]: null };
  const text = textOf(value instanceof Override ? value.value : value);
  return text === undefined ? {} : { [key]: text };
}

function buildIn(value: unknown, from: string, place: ServicePlace): ComposeBuild | null | undefined {
  const { folder, env } = place;
  if (value === reset) return null;
  if (value instanceof Override) return buildIn(value.value, from, place);
  const build = typeof value === 'string' ? { context: value } : mappingOf(value);
  if (build === undefined) return undefined;
  const context = textOf(build.context);
  return {
    ...(context === undefined ? {} : { context: isElsewhere(context) ? context : posix.join(folder, context) }),
    ...texts(build),
    args: pairsOf(build.args, env),
    contexts: contextsIn(build.additional_contexts, folder),
    platforms: textsOf(build.platforms),
    tags: textsOf(build.tags),
    options: [...statedOptions(plainValues(build), composeKeys, from), ...secretsIn(build.secrets, from, place)],
  };
}

// What `!override` and `!reset` mark is merged elsewhere; here the value counts.
function plainValues(build: Mapping): Mapping {
  const entries = Object.entries(build).filter(([, value]) => value !== reset);
  return Object.fromEntries(entries.map(([key, value]) => [key, value instanceof Override ? value.value : value]));
}

// Names of secrets of the file, which say where they come from.
function secretsIn(value: unknown, from: string, { folder, secrets }: ServicePlace): readonly StatedOption[] {
  return itemsOf(value).map((item): StatedOption => {
    const name = textOf(item) ?? textOf(mappingOf(item)?.source);
    if (name === undefined) return { name: 'unknown', value: 'secrets', from };
    const id = textOf(mappingOf(item)?.target) ?? name;
    const source = mappingOf(mappingOf(secrets)?.[name]);
    const [file, variable] = [textOf(source?.file), textOf(source?.environment)];
    if (variable !== undefined) return { name: 'secret', value: `id=${id},env=${variable}`, from };
    if (file === undefined) return { name: 'secret', value: `id=${id},type=given`, from };
    const path = /^[/~]/.test(file) ? file : posix.join(folder, file);
    return { name: 'secret', value: `id=${id},src=${path}`, from };
  });
}

function texts(build: Mapping): Pick<ComposeBuild, 'dockerfile' | 'inline' | 'target'> {
  const [dockerfile, inline, target] = [build.dockerfile, build.dockerfile_inline, build.target].map(textOf);
  return {
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(inline === undefined ? {} : { inline }),
    ...(target === undefined ? {} : { target }),
  };
}

/** Whether a build context is outside the repository's folders. */
export function isElsewhere(context: string): boolean {
  return /^[a-z][a-z0-9+.-]*:|^git@|^github\.com\//.test(context);
}

function contextsIn(value: unknown, folder: string): Readonly<Record<string, string>> {
  const pairs = Object.entries(pairsOf(value, new Map()));
  return Object.fromEntries(
    pairs.map(([name, context]) => [name, isElsewhere(context) ? context : posix.join(folder, context)]),
  );
}

// Both forms: a mapping, and a list of NAME=VALUE. A name alone takes its value from the environment.
function pairsOf(value: unknown, env: Environment): Readonly<Record<string, string>> {
  const items: readonly (readonly [string, string | undefined])[] = Array.isArray(value)
    ? textsOf(value).map(splitPair)
    : Object.entries(mappingOf(value) ?? {}).map(([name, item]) => [name, textOf(item)]);
  const known = items.flatMap(([name, text]) => {
    const given = text ?? env.get(name);
    return given === undefined ? [] : [[name, given] as const];
  });
  return Object.fromEntries(known);
}

function splitPair(item: string): readonly [string, string | undefined] {
  const equals = item.indexOf('=');
  return equals === -1 ? [item, undefined] : [item.slice(0, equals), item.slice(equals + 1)];
}

/** A service with what a later file, or the service that extends it, says over it (compose-spec, merge). */
export function mergeServices(under: ComposeService, over: ComposeService): ComposeService {
  const build = over.build === undefined ? under.build : mergeBuilds(under.build ?? undefined, over.build);
  return {
    ...under,
    ...over,
    ...(build === undefined ? {} : { build }),
    files: [...new Set([...under.files, ...over.files])],
  };
}

function mergeBuilds(under: ComposeBuild | undefined, over: ComposeBuild | null): ComposeBuild | null {
  if (over === null || under === undefined) return over;
  const { dockerfile: _dockerfile, inline: _inline, ...rest } = under;
  const isOtherFile = over.dockerfile !== undefined || over.inline !== undefined;
  return {
    ...(isOtherFile ? rest : under),
    ...over,
    args: { ...under.args, ...over.args },
    contexts: { ...under.contexts, ...over.contexts },
    platforms: [...new Set([...under.platforms, ...over.platforms])],
    tags: [...new Set([...under.tags, ...over.tags])],
    options: mergeOptions(under.options, over.options),
  };
}
