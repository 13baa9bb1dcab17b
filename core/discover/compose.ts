import { posix } from 'node:path';
import { load } from 'js-yaml';
import { interpolate } from './interpolate.ts';
import { type Mapping, mappingOf, textMap, textOf, textsOf } from './loose.ts';
import { pathWithin, platformsIn, referenceOrNone, type StatedBuild } from './stated.ts';

const names = /^(?:docker-)?compose\.ya?ml$/;

/** Whether the path is that of a Compose file; overrides are for machines of developers and count for nothing. */
export function isComposeFile(path: string): boolean {
  return names.test(posix.basename(path));
}

/** The builds that a Compose file states (compose-spec, build); none where it is no such file. */
export function readCompose(path: string, text: string, env: ReadonlyMap<string, string>): readonly StatedBuild[] {
  const services = mappingOf(mappingOf(parse(text))?.services);
  return Object.keys(services ?? {}).flatMap((name) => {
    const service = resolved(services ?? {}, name, env);
    return service === undefined ? [] : serviceBuild(path, name, service);
  });
}

function parse(text: string): unknown {
  try {
    return load(text);
  } catch {
    return undefined;
  }
}

// `extends` within the file: what the service says itself goes over what it extends.
function resolved(services: Mapping, name: string, env: ReadonlyMap<string, string>, depth = 0): Mapping | undefined {
  const service = mappingOf(interpolated(services[name], env));
  const parent = service?.extends;
  const extended = typeof parent === 'string' ? parent : mappingOf(parent)?.service;
  const isHere = typeof parent === 'string' || mappingOf(parent)?.file === undefined;
  if (service === undefined || typeof extended !== 'string' || !isHere || depth > 10) return service;
  const base = resolved(services, extended, env, depth + 1);
  const [own, theirs] = [buildOf(service.build), buildOf(base?.build)];
  const build = own === undefined || theirs === undefined ? (own ?? theirs) : { ...theirs, ...own };
  return { ...base, ...service, ...(build === undefined ? {} : { build }) };
}

function buildOf(build: unknown): Mapping | undefined {
  return typeof build === 'string' ? { context: build } : mappingOf(build);
}

function serviceBuild(path: string, name: string, service: Mapping): readonly StatedBuild[] {
  const build = buildOf(service.build);
  if (build === undefined) return [];
  const context = textOf(build.context) ?? '.';
  // A context from elsewhere is not of this repository.
  const folder = /:\/\/|^git@/.test(context) ? undefined : pathWithin(posix.dirname(path), context);
  if (folder === undefined) return [];
  const inline = textOf(build.dockerfile_inline);
  const dockerfile = inline === undefined ? pathWithin(folder, textOf(build.dockerfile) ?? 'Dockerfile') : path;
  if (dockerfile === undefined) return [];
  const target = textOf(build.target);
  const images = [textOf(service.image), ...textsOf(build.tags)].flatMap((text) => referenceOrNone(text) ?? []);
  const platforms = platformsIn([...textsOf(build.platforms), ...[textOf(service.platform) ?? '']]);
  return [
    {
      from: `${path} services.${name}`,
      name,
      dockerfile,
      context: folder,
      args: pairsOf(build.args),
      contexts: pairsOf(build.additional_contexts),
      platforms,
      images,
      ...(inline === undefined ? {} : { inline }),
      ...(target === undefined || target === '' ? {} : { target }),
    },
  ];
}

function interpolated(value: unknown, env: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return interpolate(value, env);
  if (Array.isArray(value)) return value.map((item) => interpolated(item, env));
  const mapping = mappingOf(value);
  if (mapping === undefined) return value;
  return Object.fromEntries(Object.entries(mapping).map(([key, item]) => [key, interpolated(item, env)]));
}

// Both forms: a mapping, and a list of NAME=VALUE. A name alone takes its value from the machine that builds.
function pairsOf(value: unknown): Readonly<Record<string, string>> {
  const listed = textsOf(value).flatMap((item) => {
    const equals = item.indexOf('=');
    return equals === -1 ? [] : [[item.slice(0, equals), item.slice(equals + 1)] as const];
  });
  return { ...Object.fromEntries(listed), ...textMap(value) };
}
