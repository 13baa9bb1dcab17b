import { posix } from 'node:path';
import { type ComposeService, mergeServices, readService } from './compose-build.ts';
import { type Environment, interpolateAll, readEnvFile } from './interpolate.ts';
import { itemsOf, type Mapping, mappingOf, textOf, textsOf } from './loose.ts';
import { pathWithin } from './stated.ts';
import { looseYaml } from './yaml.ts';

/** Reads a file of the repository, undefined where there is none to be read. */
export type ReadText = (path: string) => Promise<string | undefined>;

/** Services by name. */
export type ComposeServices = ReadonlyMap<string, ComposeService>;

// Files may include and extend each other in circles.
const deepest = 10;

/** Reads the services of Compose files that are one project, later ones over earlier ones. */
export async function readProject(read: ReadText, paths: readonly string[]): Promise<ComposeServices> {
  const folder = posix.dirname(paths[0] ?? '.');
  return loadProject({ read, depth: 0 }, { paths, folder, env: await envIn(read, [posix.join(folder, '.env')]) });
}

interface Loader {
  readonly read: ReadText;
  readonly depth: number;
}

interface Project {
  readonly paths: readonly string[];
  /** What relative paths count from. */
  readonly folder: string;
  readonly env: Environment;
}

async function envIn(read: ReadText, paths: readonly string[], outer?: Environment): Promise<Environment> {
  let env: Environment = outer ?? new Map();
  for (const path of paths) env = readEnvFile((await read(path)) ?? '', env);
  return env;
}

async function loadProject(loader: Loader, project: Project): Promise<ComposeServices> {
  const services = new Map<string, ComposeService>();
  if (loader.depth > deepest) return services;
  for (const path of project.paths) {
    const file = await fileAt(loader, path, project.env);
    if (file === undefined) continue;
    for (const [name, service] of await includedBy(loader, file, path, project)) services.set(name, service);
    for (const name of Object.keys(mappingOf(file.services) ?? {})) {
      const own = await serviceIn(loader, { file, path, folder: project.folder, env: project.env }, name);
      const under = services.get(name);
      services.set(name, under === undefined ? own : mergeServices(under, own));
    }
  }
  return services;
}

async function fileAt({ read }: Loader, path: string, env: Environment): Promise<Mapping | undefined> {
  const text = await read(path);
  return text === undefined ? undefined : mappingOf(interpolateAll(looseYaml(text), env));
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
    const env = await envIn(loader.read, files, around.env);
    const found = await loadProject({ ...loader, depth: loader.depth + 1 }, { paths, folder, env });
    for (const [name, service] of found) all.set(name, service);
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
async function serviceIn(loader: Loader, place: Place, name: string): Promise<ComposeService> {
  const value = mappingOf(place.file.services)?.[name];
  const own = readService(value, place.path, place.folder, place.env);
  const given = mappingOf(value)?.extends;
  const extended = textOf(given) ?? textOf(mappingOf(given)?.service);
  if (extended === undefined || loader.depth > deepest) return own;
  const deeper = { ...loader, depth: loader.depth + 1 };
  const other = await otherPlace(deeper, place, textOf(mappingOf(given)?.file));
  if (other === undefined) return own;
  const { files: _files, ...base } = await serviceIn(deeper, other, extended);
  return mergeServices({ ...base, files: [] }, own);
}

async function otherPlace(loader: Loader, place: Place, file: string | undefined): Promise<Place | undefined> {
  if (file === undefined) return place;
  const path = pathWithin(posix.dirname(place.path), file);
  const loaded = path === undefined ? undefined : await fileAt(loader, path, place.env);
  if (path === undefined || loaded === undefined) return undefined;
  return { ...place, file: loaded, path, folder: posix.dirname(path) };
}
