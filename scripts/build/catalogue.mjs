import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

/**
 * Puts the catalogue of inputs in as plain data. Its entries are made from the tables of the stages, and help shows them
 * without loading a stage.
 */
export function catalogueAsData(root, options = {}) {
  return {
    name: 'catalogue-as-data',
    setup: ({ onLoad }) => {
      onLoad({ filter: /[\\/]core[\\/]inputs\.ts$/ }, async () => {
        const { inputSections } = await evaluated(root, options);
        return { loader: 'ts', resolveDir: join(root, 'core'), contents: dataModule(inputSections) };
      });
    },
  };
}

// Of an entry, what is a function is for reading values, and nothing that is shown.
function dataModule(inputSections) {
  return [
    "import { inputsFor } from './settings/input.ts';",
    `export const inputSections = ${JSON.stringify(inputSections, null, 2)};`,
    'export const inputs = inputSections.flatMap((section) => section.inputs);',
    'export const inputsOf = (host, command) => inputsFor(inputs, host, command);',
  ].join('\n');
}

async function evaluated(root, options) {
  const { outputFiles } = await build({
    ...options,
    absWorkingDir: root,
    entryPoints: ['core/inputs.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    metafile: false,
    write: false,
  });
  const module = { exports: {} };
  const require = createRequire(join(root, 'core/inputs.ts'));
  new Function('module', 'exports', 'require', outputFiles[0].text)(module, module.exports, require);
  return module.exports;
}
