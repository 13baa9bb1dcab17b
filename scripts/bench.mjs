#!/usr/bin/env node
// `npm run bench`: measures the command line and its peers side by side on loopback and prints Markdown.
// Usage: node scripts/bench.mjs [--runs N] [NAME…]; docs/benchmarks.md tells what each measures.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// What the tests have for vitest's sake is not needed here.
const withoutVitest = {
  name: 'without-vitest',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', external: true, sideEffects: false }));
  },
};

// Built anew, unless BENCH_BUNDLES names a folder in which it is built already.
async function hasProduct(folder) {
  const { BENCH_BUNDLES: built } = process.env;
  if (built === undefined)
    return spawnSync(process.execPath, ['scripts/build.mjs', folder], { cwd: root, stdio: 'inherit' }).status === 0;
  await symlink(join(built, 'dist'), join(folder, 'dist'));
  return true;
}

/** The product as it is released, and the bench itself, bundled into one folder. */
async function bundle(folder) {
  if (!(await hasProduct(folder))) return false;
  await build({
    absWorkingDir: root,
    entryPoints: ['scripts/bench/main.ts', 'scripts/bench/registry-process.ts', 'scripts/bench/resolve-process.ts'],
    outdir: join(folder, 'bench'),
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20.18',
    // Its main file is UMD, whose inner requires no bundler can follow.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    plugins: [withoutVitest],
    logLevel: 'warning',
  });
  return true;
}

async function main(args) {
  const folder = await mkdtemp(join(tmpdir(), 'bir-bench-'));
  try {
    if (!(await bundle(folder))) return 1;
    const { status } = spawnSync(process.execPath, [join(folder, 'bench/main.cjs'), folder, ...args], {
      cwd: root,
      stdio: 'inherit',
    });
    return status ?? 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

process.exitCode = await main(process.argv.slice(2));
