#!/usr/bin/env node
// `npm run build`: bundles the three hosts. The same sources give the same bytes, which the check compares.
import { chmod, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { catalogueAsData } from './build/catalogue.mjs';
import { buildLibraries, loadingLazily } from './build/lazy-libraries.mjs';
import { licences } from './build/licences.mjs';
import { buildInPieces } from './build/pieces.mjs';
import { smallUndici } from './build/small-undici.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Node 20 runs them all; not minified, so that what is run can be read and compared. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  format: 'cjs',
  charset: 'utf8',
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
  // Its main file is UMD, whose inner requires no bundler can follow.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
};

// The command line is several files: help and version are shown without loading the rest, and a command loads its own.
const startFile = {
  name: 'start-file',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\.\/start\.ts$/ }, () => ({ path: './start.cjs', external: true }));
  },
};

const bundles = [
  {
    entryPoints: ['cli/index.ts'],
    outfile: 'dist/cli/index.cjs',
    banner: { js: '#!/usr/bin/env node' },
    plugins: [startFile, catalogueAsData(root, { alias: common.alias })],
    // A CommonJS file that is imported is first searched for its exports, which takes longer than to run it.
    supported: { 'dynamic-import': false },
  },
  {
    entryPoints: ['action/index.ts'],
    outfile: 'action/dist/index.cjs',
    plugins: [loadingLazily(root, { apart: false }), smallUndici(root)],
  },
  {
    entryPoints: ['ado-task/index.ts'],
    outfile: 'ado-task/dist/index.cjs',
    plugins: [loadingLazily(root, { apart: false }), smallUndici(root)],
  },
  {
    entryPoints: ['ado-task/tab/tab.ts'],
    outfile: 'ado-task/dist/tab/tab.js',
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
  },
];

/** Bundles everything below a folder, which is the repository unless a test wants it elsewhere. */
async function main(outputRoot) {
  const inputs = new Map();
  for (const bundle of bundles) {
    const outfile = join(outputRoot, bundle.outfile);
    const { metafile } = await build({ ...common, ...bundle, outfile });
    const folder = dirname(outfile);
    inputs.set(folder, [...(inputs.get(folder) ?? []), ...Object.keys(metafile.inputs)]);
  }
  const cli = join(outputRoot, 'dist/cli');
  const plugins = [loadingLazily(root, { apart: true }), smallUndici(root)];
  const pieces = [
    await buildInPieces(common, { outdir: cli, entryPoint: 'cli/start.ts', plugins }),
    await buildLibraries(common, cli),
  ];
  inputs.set(cli, [...(inputs.get(cli) ?? []), ...pieces.flat()]);
  for (const [folder, files] of inputs) await writeFile(join(folder, 'licenses.txt'), await licences(root, files));
  await chmod(join(outputRoot, 'dist/cli/index.cjs'), 0o755);
}

try {
  await main(process.argv[2] ?? root);
} catch (error) {
  // esbuild has printed its own errors already.
  if (error.errors === undefined) console.error(error);
  process.exitCode = 1;
}
