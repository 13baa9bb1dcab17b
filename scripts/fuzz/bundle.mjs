import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Bundles a program of test/bounds with all parsers into a folder, and returns its path. */
export async function bundleBounds(name, folder) {
  await build({
    absWorkingDir: root,
    entryPoints: [`test/bounds/${name}.ts`],
    outfile: join(folder, `${name}.mjs`),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    // Its main file is UMD, whose inner requires no bundler can follow.
    alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
    // Some dependencies are CommonJS, and require parts of Node.
    banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return join(folder, `${name}.mjs`);
}
