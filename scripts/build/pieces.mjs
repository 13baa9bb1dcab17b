import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, transform } from 'esbuild';

/**
 * Bundles an entry point in pieces: what a command imports when it is asked for is in files that only it loads. esbuild
 * splits modules alone, so that each piece is made CommonJS after that. Answers the inputs of all.
 */
export async function buildInPieces(common, { outdir: folder, entryPoint, ...own }) {
  const { metafile, outputFiles } = await build({
    ...common,
    ...own,
    entryPoints: [entryPoint],
    format: 'esm',
    splitting: true,
    outdir: folder,
    chunkNames: 'start-[hash]',
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    write: false,
  });
  await mkdir(folder, { recursive: true });
  const { target, charset } = common;
  const written = new Set();
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text.replaceAll(/(["'])(\.\/start[^"']*)\.mjs\1/g, '"$2.cjs"'), {
      ...{ format: 'cjs', platform: 'node', target, charset },
      // A CommonJS file that is imported is first searched for its exports, which takes longer than to run it.
      supported: { 'dynamic-import': false },
    });
    const name = path.slice(folder.length + 1).replace(/\.mjs$/, '.cjs');
    written.add(name);
    await writeFile(join(folder, name), code);
  }
  // Pieces of an earlier build have other names, and are nothing that is to be published.
  for (const name of await readdir(folder))
    if (/^start-/.test(name) && !written.has(name)) await rm(join(folder, name));
  return Object.keys(metafile.inputs);
}
