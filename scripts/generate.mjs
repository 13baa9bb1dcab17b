#!/usr/bin/env node
// `npm run generate`: writes what is made from the catalogue and the tables of core. With --check it writes nothing and ends with 1 on drift.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Node 20 reads no TypeScript, so the renderers are bundled to a temporary file first. */
async function importFiles() {
  const folder = await mkdtemp(join(tmpdir(), 'bir-generate-'));
  const outfile = join(folder, 'files.cjs');
  try {
    const entryPoints = ['scripts/generate/files.ts'];
    await build({
      absWorkingDir: root,
      entryPoints,
      outfile,
      bundle: true,
      platform: 'node',
      // jsonc-parser's main is UMD, which requires its parts in a way that no bundler sees.
      mainFields: ['module', 'main'],
      format: 'cjs',
      target: 'node20',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function textOf(path) {
  return readFile(join(root, path), 'utf8').catch(() => null);
}

async function main(isCheck) {
  const { generatedFiles, generatedParts, withParts } = (await importFiles()).default;
  const wanted = { ...generatedFiles() };
  for (const [path, parts] of Object.entries(generatedParts())) {
    const page = await textOf(path);
    if (page !== null) wanted[path] = withParts(path, page, parts);
  }
  const drifted = [];
  for (const [path, text] of Object.entries(wanted)) {
    if ((await textOf(path)) === text) continue;
    drifted.push(path);
    if (isCheck) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  if (isCheck && drifted.length > 0) {
    console.error(`not as the catalogue and the tables of core say: ${drifted.join(', ')}; run npm run generate`);
    return 1;
  }
  console.log(drifted.length === 0 ? 'all generated files are up to date' : `written: ${drifted.join(', ')}`);
  return 0;
}

process.exitCode = await main(process.argv.includes('--check'));
