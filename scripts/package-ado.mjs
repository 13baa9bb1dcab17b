#!/usr/bin/env node
// `npm run package:ado`: builds and packs the Azure DevOps extension into dist/*.vsix, without network.
// Usage: node scripts/package-ado.mjs [FOLDER]
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What goes into the extension: from the repository → in the package. */
const contents = {
  'ado-task/vss-extension.json': 'vss-extension.json',
  'ado-task/overview.md': 'overview.md',
  'ado-task/images': 'images',
  LICENSE: 'LICENSE',
  'ado-task/task.json': 'task/task.json',
  'ado-task/icon.png': 'task/icon.png',
  'ado-task/dist/index.cjs': 'task/dist/index.cjs',
  'ado-task/dist/licenses.txt': 'task/dist/licenses.txt',
  'ado-task/tab/index.html': 'tab/index.html',
  'ado-task/dist/tab/tab.js': 'tab/tab.js',
  'ado-task/dist/tab/licenses.txt': 'tab/licenses.txt',
};

function run(file, args, cwd) {
  const ran = spawnSync(process.execPath, [file, ...args], { cwd, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${file} ended with ${ran.status}: ${ran.stderr}${ran.stdout}`.trim());
  return ran.stdout;
}

async function main(output) {
  run(join(root, 'scripts/build.mjs'), [], root);
  const folder = await mkdtemp(join(tmpdir(), 'bir-extension-'));
  try {
    for (const [from, to] of Object.entries(contents)) {
      await mkdir(dirname(join(folder, to)), { recursive: true });
      await cp(join(root, from), join(folder, to), { recursive: true });
    }
    await mkdir(output, { recursive: true });
    const tfx = join(root, 'node_modules/tfx-cli/_build/tfx-cli.js');
    const args = ['extension', 'create', '--manifests', 'vss-extension.json', '--output-path', `${output}/`];
    const { path } = JSON.parse(run(tfx, [...args, '--no-prompt', '--no-color', '--json'], folder));
    console.log(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(resolve(process.argv[2] ?? join(root, 'dist')));
