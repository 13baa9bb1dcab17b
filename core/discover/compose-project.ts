import { posix } from 'node:path';
import { createBound, type Spend } from '../bound.ts';
import { fail } from '../failure.ts';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from '../json.ts';
import { type ComposeService, mergeServices, readService } from './compose-build.ts';
import { createExpansion, type Environment, type Expansion, interpolateAll, readEnvFile } from './interpolate.ts';
import { pathWithin } from './stated.ts';
import { looseYaml } from './yaml.ts';

/** Reads a file of the repository, undefined where there is none to be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** Services by name. */
export type ComposeServices = ReadonlyMap<string, ComposeService>;

const mostFiles = 500;
const mostText = 8 * 1024 * 1024;
const mostValues = 200_000;
const deepest = 20;

/** Reads the services of Compose files that are one project, later ones over earlier ones; throws `cycle` and `too-large`. */
export async function readProject(read: ReadText, paths: readonly string[]): Promise<ComposeServices> {
  const [first = '.'] = paths;
  const folder = posix.dirname(first);
  const loader: Loader = {
    read,
    expansion: createExpansion(first),
    file: createBound(first, mostFiles, 'files of one Compose project', 'include fewer files'),
    text: createBound(first, mostText, 'characters of one Compose project', 'include less'),
    values: createBound(first, mostValues, 'values of services with what they extend', 'extend fewer services'),
    files: new Map(),
    around: [],
  };
  const env = await envIn(loader, [posix.join(folder, '.env')], new Map());
  return loadProject(loader, { paths, folder, env });
}

interface Loader {
  readonly read: ReadText;
  readonly expansion: Expansion;
  readonly file: Spend;
  readonly text: Spend;
  readonly values: Spend;
  /** Files with their variables put in, by those variables. */
  readonly files: Map<Environment, Map<string, Mapping | undefined>>;
  /** The files that include this one. */
  readonly around: readonly string[];
}

interface Project {
  readonly paths: readonly string[];
  /** What relative paths count from. */
  readonly folder: string;
  readonly env: Environment;
}

async function textAt({ read, file, text }: Loader, path: string): Promise<string | undefined> {
  const found = await read(path);
  file(1);
  text(found?.length ?? 0);
  return found;
}

async function envIn(loader: Loader, paths: readonly string[], outer: Environment): Promise<Environment> {
  let env = outer;
  for (const path of paths) {
    const text = await textAt(loader, path);
    loader.expansion.spend(env.size);
    if (text !== undefined) env = readEnvFile(text, { ...loader.expansion, subject: path }, env);
  }
  return env;
}

async function loadProject(loader: Loader, project: Project): Promise<ComposeServices> {
  const services = new Map<string, ComposeService>();
  for (const path of project.paths) {
    if (loader.around.includes(path)) throw circle(path, [...loader.around, path], 'includes');
    const file = await fileAt(loader, path, project.env);
    if (file === undefined) continue;
    const inner = { ...loader, around: [...loader.around, path] };
    for (const [name, service] of await includedBy(inner, file, path, project)) services.set(name, service);
    for (const name of Object.keys(mappingOf(file.services) ?? {})) {
      const own = await serviceIn(loader, { file, path, folder: project.folder, env: project.env }, name, []);
      const under = services.get(name);
      services.set(name, under === undefined ? own : mergeServices(under, own));
    }
  }
  return services;
}

function circle(path: string, by: readonly string[], verb: string) {
  return fail('cycle', path, `${verb} itself (${by.slice(-5).join(' → ')})`, 'take one of them out of the circle');
}

async function fileAt(loader: Loader, path: string, env: Environment): Promise<Mapping | undefined> {
  const known = loader.files.get(env) ?? new Map<string, Mapping | undefined>();
  loader.files.set(env, known);
  if (known.has(path)) return known.get(path);
  const text = await textAt(loader, path);
  const expansion = { ...loader.expansion, subject: path };
  const file = text === undefined ? undefined : mappingOf(interpolateAll(looseYaml(text, path), env, expansion));
  known.set(path, file);
  return file;
}

// `include`: a path, or paths with a project folder and environment of their own.
async function includedBy(loader: Loader, file: Mapping, path: string, around: Project): Promise<ComposeServices> {
  const all = new Map<string, ComposeService>();
  for (const item of itemsOf(file.include)) {
    const long = mappingOf(item);
    const named = long === undefined ? [textOf(item) ?? ''] : pathsIn(long.path);
    const paths = named.flatMap((name) => pathWithin(posix.dirname(path), name) ?? []);
    const given = textOf(long?.project_directory);
    const folder = pathWithin(given === undefined ? posix.dirname(paths[0] ?? '.') : around.folder, given ?? '.');
    if (folder === undefined || paths.length === 0) continue;
    const listed = pathsIn(long?.env_file).map((name) => posix.join(around.folder, name));
    const files = listed.length === 0 ? [posix.join(folder, '.env')] : listed;
    const env = await envIn(loader, files, around.env);
    for (const [name, service] of await loadProject(loader, { paths, folder, env })) {
      loader.values(1);
      all.set(name, service);
    }
  }
  return all;
}

function pathsIn(value: unknown): readonly string[] {
  const one = textOf(value);
  return one === undefined ? textsOf(value) : [one];
}

interface Place {
  readonly file: Mapping;
  readonly path: string;
  readonly folder: string;
  readonly env: Environment;
}

// What a service says itself goes over what it extends, here or in another file.
async function serviceIn(
  loader: Loader,
  place: Place,
  name: string,
  extending: readonly string[],
): Promise<ComposeService> {
  const here = `${place.path} services.${name}`;
  if (extending.includes(here)) throw circle(here, [...extending, here], 'extends');
  if (extending.length > deepest) {
    throw fail('too-large', here, `is extended by way of more than ${deepest} services`, 'extend fewer services');
  }
  const value = mappingOf(place.file.services)?.[name];
  const own = readService(value, name, { ...place, secrets: place.file.secrets });
  const given = mappingOf(value)?.extends;
  const extended = textOf(given) ?? textOf(mappingOf(given)?.service);
  loader.values(valuesOf(own));
  if (extended === undefined) return own;
  const other = await otherPlace(loader, place, textOf(mappingOf(given)?.file));
  if (other === undefined) return own;
  const { files: _files, ...base } = await serviceIn(loader, other, extended, [...extending, here]);
  loader.values(valuesOf(base));
  return mergeServices({ ...base, files: [] }, own);
}

function valuesOf({ build }: Pick<ComposeService, 'build'>): number {
  if (build === undefined || build === null) return 1;
  const { args, contexts, platforms, tags, options } = build;
  return 1 + Object.keys(args).length + Object.keys(contexts).length + platforms.length + tags.length + options.length;
}

async function otherPlace(loader: Loader, place: Place, file: string | undefined): Promise<Place | undefined> {
  if (file === undefined) return place;
  const path = pathWithin(posix.dirname(place.path), file);
  const loaded = path === undefined ? undefined : await fileAt(loader, path, place.env);
  if (path === undefined || loaded === undefined) return undefined;
  return { ...place, file: loaded, path, folder: posix.dirname(path) };
}
