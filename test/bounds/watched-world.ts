import { realpathSync } from 'node:fs';
import { dirname, relative, resolve, sep } from 'node:path';
import type { Command, Files, World } from '../../core/ports.ts';

/** What a run took of its runner: names of variables, places outside its checkout, and programs with their environment. */
export interface Watched {
  readonly world: World;
  readonly variables: Set<string>;
  /** `verb place`; what is read or listed by its real place, what is only looked for by its name. */
  readonly places: Set<string>;
  readonly commands: Command[];
}

/** A World that notes what it is asked for; files below `root` are the run's own business. */
export function watch(real: World, env: World['env'], root: string): Watched {
  const variables = new Set<string>();
  const places = new Set<string>();
  const commands: Command[] = [];
  const temporary: string[] = [];
  const note = (verb: string, path: string) => {
    const isOwn = [root, ...temporary].some((folder) => path === folder || path.startsWith(folder + sep));
    if (!isOwn) places.add(`${verb} ${relative(dirname(root), path)}`);
  };
  const world: World = {
    ...real,
    env: watchedVariables(env, variables),
    files: watchedFiles(real.files, note, temporary),
    exec: (command) => {
      commands.push(command);
      return real.exec(command);
    },
    sleep: async () => {},
  };
  return { world, variables, places, commands };
}

function watchedVariables(env: World['env'], names: Set<string>): World['env'] {
  const note = (name: string | symbol) => void (typeof name === 'string' && names.add(name));
  return new Proxy(env, {
    get: (target, name) => {
      note(name);
      return Reflect.get(target, name);
    },
    has: (target, name) => {
      note(name);
      return Reflect.has(target, name);
    },
  });
}

function watchedFiles(files: Files, note: (verb: string, path: string) => void, temporary: string[]): Files {
  const content = (path: string) => note('read', realPlace(path));
  const noted = <A extends unknown[], R>(look: (path: string) => void, work: (path: string, ...rest: A) => R) => {
    return (path: string, ...rest: A): R => {
      look(path);
      return work(path, ...rest);
    };
  };
  const name = (path: string) => note('look', resolve(path));
  return {
    ...files,
    read: noted(content, files.read),
    readText: noted(content, files.readText),
    list: noted(content, files.list),
    write: noted((path) => note('write', realPlace(path)), files.write),
    makeDirectory: noted((path) => note('write', realPlace(path)), files.makeDirectory),
    remove: noted(name, files.remove),
    stat: noted(name, files.stat),
    entry: noted(name, files.entry),
    realpath: noted(name, files.realpath),
    temporaryDirectory: async (prefix) => {
      const folder = await files.temporaryDirectory(prefix);
      temporary.push(folder, dirname(folder));
      return folder;
    },
  };
}

// As the system follows links; what is not there is where it would be.
function realPlace(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : resolve(realPlace(above), relative(above, path));
  }
}
