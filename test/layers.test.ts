import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path/posix';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

interface Import {
  readonly from: string;
  /** A path in the repository, or the name of a package. */
  readonly to: string;
  /** `import type`: gone when the program runs. */
  readonly isType: boolean;
}

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name.replaceAll('\\', '/')))
    .filter((name) => /\.[cm]?ts$/.test(name) && !name.includes('/dist/'));
}

// `import … from 'x'`, `export … from 'x'`, `import 'x'`, `import('x')` and `typeof import('x')`.
const importing = /(?:\b(import|export)\s+(type\s+)?(?:[\w$*{][^'();]*?)?from\s*|\bimport\s*\(?\s*)'([^']+)'/g;

function importsOf(path: string): readonly Import[] {
  const code = readFileSync(join(root, path), 'utf8').replace(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
  return [...code.matchAll(importing)].map(([, , type, to = '']) => ({
    from: path,
    to: to.startsWith('.') ? normalize(join(dirname(path), to)) : to,
    isType: type !== undefined,
  }));
}

const folders = ['core', 'cli', 'action', 'ado-task'] as const;
const files = folders.flatMap(sources);
const imports = files.flatMap(importsOf);

function found(from: RegExp, to: RegExp): readonly string[] {
  return imports.filter((edge) => from.test(edge.from) && to.test(edge.to)).map((edge) => `${edge.from} → ${edge.to}`);
}

test('the graph is read: there are files, and imports of every kind', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(imports).toContainEqual({ from: 'cli/index.ts', to: 'cli/start.ts', isType: false });
  expect(imports).toContainEqual({ from: 'core/world/files.ts', to: 'node:fs/promises', isType: false });
  expect(imports).toContainEqual({ from: 'core/run.ts', to: 'core/config/model.ts', isType: true });
});

test('a name that is exported has one meaning', () => {
  const exporting = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm;
  const named = files.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    // What is overloaded stands there once for each form.
    return [...new Set([...text.matchAll(exporting)].map(([, name = '']) => name))].map((name) => ({ name, path }));
  });
  expect(named.length).toBeGreaterThan(2_000);
  const first = new Map(named.toReversed().map(({ name, path }) => [name, path]));
  expect(named.filter(({ name, path }) => first.get(name) !== path)).toEqual([]);
});

describe('core', () => {
  test('knows no host', () => {
    expect(found(/^core\//, /^(?:@actions\/|azure-|cli\/|action\/|ado-task\/|test\/|scripts\/)/)).toEqual([]);
  });

  test('touches files, processes and the network only in its World', () => {
    const effects =
      /^(?:node:)?(?:fs|child_process|http|https|http2|net|tls|dgram|dns|os|worker_threads|process)(?:\/|$)|^undici$/;
    expect(found(/^core\/(?!world\/|world\.ts$)/, effects)).toEqual([]);
  });

  test('reads nothing of this process outside its World', () => {
    const reading = /\b(?:process\.|console\.|Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|setTimeout\()/;
    const offenders = files
      .filter((path) => path.startsWith('core/') && !/^core\/world(?:\/|\.ts$)/.test(path))
      .flatMap((path) =>
        readFileSync(join(root, path), 'utf8')
          .split('\n')
          .flatMap((line, index) =>
            reading.test(line.replace(/(?:\/\/|\*).*$/, '')) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
          ),
      );
    expect(offenders).toEqual([]);
  });
});

describe('hosts', () => {
  test('know nothing of one another', () => {
    const others = folders.slice(1).flatMap((host) =>
      found(
        new RegExp(`^${host}/`),
        new RegExp(
          `^(?:${folders
            .slice(1)
            .filter((other) => other !== host)
            .join('|')})/`,
        ),
      ),
    );
    expect(others).toEqual([]);
  });

  test('load the toolkit of their own host only', () => {
    expect(found(/^(?!action\/)/, /^@actions\//)).toEqual([]);
    expect(found(/^(?!ado-task\/)/, /^azure-/)).toEqual([]);
  });
});

// Lowest first: a part imports only what stands in a line before its own, types included.
const order: readonly (readonly string[])[] = [
  ['failure', 'ports', 'json', 'untrusted', 'product', 'table', 'bytes'],
  ['append', 'bound', 'cache-folder', 'masking'],
  ['oci', 'world', 'grouped'],
  ['text'],
  ['settings'],
  ['registry', 'dockerfile'],
  ['tools'],
  ['layers', 'baseline', 'discover'],
  ['scan', 'packages', 'source'],
  ['check', 'rebuild'],
  ['plan', 'validate', 'sign'],
  ['hardening', 'continuity', 'admission'],
  ['gate'],
  ['promote', 'update'],
  ['deploy', 'pull-request', 'prune'],
  ['report'],
  ['notify'],
  ['inputs'],
  ['config'],
  ['refresh'],
  ['fleet'],
  ['doctor'],
  ['init'],
  ['commands'],
  ['run'],
];

// core/gate.ts and core/gate/policy.ts are one part.
function partOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

describe('the order of folders in core', () => {
  const within = imports.filter(({ from, to }) => from.startsWith('core/') && to.startsWith('core/'));
  const rank = new Map(order.flatMap((parts, index) => parts.map((part) => [part, index] as const)));

  test('names every folder and file at the top of core, and nothing else', () => {
    const there = new Set(files.filter((path) => path.startsWith('core/')).map(partOf));
    expect([...rank.keys()].sort()).toEqual([...there].sort());
  });

  test('is the order of imports', () => {
    const against = within.filter(({ from, to }) => {
      const [user, used] = [partOf(from), partOf(to)];
      return user !== used && (rank.get(used) ?? Number.POSITIVE_INFINITY) >= (rank.get(user) ?? -1);
    });
    expect(against.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  });
});

test('the registry client is built of transport, auth and content, each on those before it', () => {
  const parts = ['transport', 'auth', 'content'];
  const partIn = (path: string) => parts.indexOf(/^core\/registry\/(\w+)\//.exec(path)?.[1] ?? '');
  const against = imports.filter(({ from, to }) => partIn(from) >= 0 && partIn(to) > partIn(from));
  expect(against.map(({ from, to }) => `${from} → ${to}`)).toEqual([]);
  expect(new Set(imports.map(({ from }) => partIn(from)))).toEqual(new Set([-1, 0, 1, 2]));
});

test('a name is exported once, so that it has one meaning', () => {
  const exported = /^export (?:async )?(?:function\*?|const|class|interface|type) (\w+)/gm;
  const places = new Map<string, string[]>();
  for (const file of [...files, ...sources('testing')]) {
    const names = [...readFileSync(join(root, file), 'utf8').matchAll(exported)].map(([, name = '']) => name);
    // Overloads of a function are one.
    for (const name of new Set(names)) places.set(name, [...(places.get(name) ?? []), file]);
  }
  expect(places.size).toBeGreaterThan(500);
  expect([...places].filter(([, where]) => where.length > 1)).toEqual([]);
});

test('no import comes back to where it began, types included', () => {
  const edges = group(imports);
  expect(files.flatMap((file) => cycleFrom(file, edges))).toEqual([]);
});

test('product code and its demo import nothing from tests or scripts', () => {
  expect(found(/^(?:core|cli|action|ado-task)\//, /^(?:test|scripts)\//)).toEqual([]);
});

test('every file that is imported is there', () => {
  const known = new Set([...files, 'package.json']);
  expect(imports.filter(({ to }) => /^(?:core|cli|action|ado-task)\//.test(to) && !known.has(to))).toEqual([]);
});

function group(all: readonly Import[]): ReadonlyMap<string, readonly string[]> {
  const edges = new Map<string, string[]>();
  for (const { from, to } of all) edges.set(from, [...(edges.get(from) ?? []), to]);
  return edges;
}

// The shortest way back to the file, told by the first file of the cycle in the alphabet only.
function cycleFrom(file: string, edges: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const paths: string[][] = [[file]];
  const seen = new Set<string>();
  for (const path of paths) {
    for (const next of edges.get(path.at(-1) ?? '') ?? []) {
      if (next === file) return path.some((other) => other < file) ? [] : [[...path, file].join(' → ')];
      if (seen.has(next)) continue;
      seen.add(next);
      paths.push([...path, next]);
    }
  }
  return [];
}
