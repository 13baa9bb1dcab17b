#!/usr/bin/env node
// `npm run package:ado`: builds and packs the Azure DevOps extension into dist/*.vsix, without network.
// Usage: node scripts/package-ado.mjs [FOLDER]
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** What goes into the extension: in the repository → in the package. */
const written = {
  'ado-task/vss-extension.json': 'vss-extension.json',
  'ado-task/overview.md': 'overview.md',
  'ado-task/images': 'images',
  LICENSE: 'LICENSE',
  'ado-task/task.json': 'task/task.json',
  'ado-task/icon.png': 'task/icon.png',
  'ado-task/tab/index.html': 'tab/index.html',
};
/** The same for what is built. */
const built = {
  'ado-task/dist/index.cjs': 'task/dist/index.cjs',
  'ado-task/dist/licenses.txt': 'task/dist/licenses.txt',
  'ado-task/dist/tab/tab.js': 'tab/tab.js',
  'ado-task/dist/tab/licenses.txt': 'tab/licenses.txt',
};

async function copy(from, to, contents) {
  for (const [source, target] of Object.entries(contents)) {
    await mkdir(dirname(join(to, target)), { recursive: true });
    await cp(join(from, source), join(to, target), { recursive: true });
  }
}

function run(file, args, cwd) {
  const ran = spawnSync(process.execPath, [file, ...args], { cwd, encoding: 'utf8' });
  if (ran.status !== 0) throw new Error(`${file} ended with ${ran.status}: ${ran.stderr}${ran.stdout}`.trim());
  return ran.stdout;
}

async function main(output) {
  const folder = await mkdtemp(join(tmpdir(), 'bir-extension-'));
  try {
    run(join(root, 'scripts/build.mjs'), [join(folder, 'build')], root);
    const extension = join(folder, 'extension');
    await copy(root, extension, written);
    await copy(join(folder, 'build'), extension, built);
    await mkdir(output, { recursive: true });
    const tfx = join(root, 'node_modules/tfx-cli/_build/tfx-cli.js');
    const args = ['extension', 'create', '--manifests', 'vss-extension.json', '--output-path', `${output}/`];
    const { path } = JSON.parse(run(tfx, [...args, '--no-prompt', '--no-color', '--json'], extension));
    console.log(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(resolve(process.argv[2] ?? join(root, 'dist')));
