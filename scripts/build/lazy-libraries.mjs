import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Libraries that most runs do not need, with what is imported of them: each is loaded when it is first called. `*` is what a
 * CommonJS module exports as a whole.
 */
const libraries = {
  '@marcbachmann/cel-js': { Environment: 'Environment' },
  'ae-cvss-calculator': { default: '*' },
  'js-yaml': {
    ...{ load: 'load', dump: 'dump', parseEvents: 'parseEvents', getScalarValue: 'getScalarValue' },
    ...{ YAMLException: 'YAMLException', EVENT_ID: 'EVENT_ID', SCALAR_STYLE: 'SCALAR_STYLE' },
  },
  'jsonc-parser': {
    ...{ createScanner: 'createScanner', findNodeAtLocation: 'findNodeAtLocation' },
    ...{ parse: 'parse', parseTree: 'parseTree' },
  },
  'packageurl-js': { PackageURL: 'PackageURL' },
  re2js: { RE2JS: 'RE2JS', RE2JSException: 'RE2JSException' },
  semver: {
    ...{ default: '*', coerce: 'coerce', compare: 'compare', gte: 'gte', parse: 'parse', prerelease: 'prerelease' },
    ...{ rcompare: 'rcompare', satisfies: 'satisfies', valid: 'valid', validRange: 'validRange' },
  },
  'string-width': { default: 'default' },
  'tar-stream': { extract: 'extract', pack: 'pack' },
  tldts: { getDomain: 'getDomain' },
  yaml: {
    ...{ Composer: 'Composer', Lexer: 'Lexer', LineCounter: 'LineCounter', Parser: 'Parser' },
    ...{ isAlias: 'isAlias', isMap: 'isMap', isScalar: 'isScalar', isSeq: 'isSeq' },
  },
};

const lazyLibraries = Object.keys(libraries);

// File of a library that is bundled apart, beside the bundles that load it.
const fileOf = (library) => `library-${library.replace(/[^a-z0-9]+/g, '-').replace(/^-/, '')}.cjs`;

/** Bundles each of those libraries into a file of its own, and answers the inputs of all. */
export async function buildLibraries(common, folder) {
  const { metafile } = await build({
    ...common,
    entryPoints: lazyLibraries.map((library) => ({ in: library, out: fileOf(library).replace(/\.cjs$/, '') })),
    outdir: folder,
    outExtension: { '.js': '.cjs' },
  });
  return Object.keys(metafile.inputs);
}

/**
 * Has a bundle load those libraries when they are first called; `apart` is whether they are files of their own, so that a
 * start does not even read them.
 */
export function loadingLazily(root, { apart }) {
  return {
    name: 'lazy-libraries',
    setup: ({ onLoad, onResolve, resolve }) => {
      const filter = new RegExp(
        `^(?:${lazyLibraries.map((name) => name.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})$`,
      );
      onResolve({ filter }, async ({ path, importer, namespace, kind, pluginData }) => {
        if (pluginData === 'real') return undefined;
        if (namespace === 'lazy' && apart) return { path: `./${fileOf(path)}`, external: true };
        if (namespace === 'lazy')
          return resolve(path, { kind: 'import-statement', resolveDir: root, pluginData: 'real' });
        if (kind !== 'import-statement' || importer.includes('node_modules')) return undefined;
        return { path, namespace: 'lazy' };
      });
      onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
        contents: standIn(path, libraries[path]),
        resolveDir: join(root, 'scripts'),
      }));
    },
  };
}

// What is exported stands for the library until something of it is used, and is the library's own from then on.
function standIn(library, names) {
  const entries = Object.entries(names);
  const exported = entries.map(([name], at) => `x${at} as ${name}`);
  return [
    'let library;',
    `const load = () => {`,
    `  if (library !== undefined) return library;`,
    `  library = require(${JSON.stringify(library)});`,
    ...entries.map(([, name], at) => `  x${at} = library${name === '*' ? '' : `.${name}`};`),
    `  return library;`,
    `};`,
    'const stand = (get) => new Proxy(function () {}, {',
    '  apply: (_, self, args) => Reflect.apply(get(), self, args),',
    '  construct: (_, args) => Reflect.construct(get(), args),',
    '  get: (_, name) => get()[name],',
    '});',
    ...entries.map(([, name], at) => `let x${at} = stand(() => load()${name === '*' ? '' : `.${name}`});`),
    `export { ${exported.join(', ')} };`,
  ].join('\n');
}
