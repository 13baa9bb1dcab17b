import { join } from 'node:path';
import { build } from 'esbuild';
import { expect, test } from 'vitest';
import { catalogueAsData } from '../../scripts/build/catalogue.mjs';

const root = join(import.meta.dirname, '../..');

test('help and version load nothing of what a run needs', async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['cli/index.ts'],
    bundle: true,
    platform: 'node',
    write: false,
    metafile: true,
    external: ['./start.ts'],
    plugins: [catalogueAsData(root)],
  });
  const packages = Object.keys(metafile.inputs).flatMap((path) => /node_modules\/([^/]+)/.exec(path)?.[1] ?? []);
  expect([...new Set(packages)]).toEqual(['fastest-levenshtein']);
});
