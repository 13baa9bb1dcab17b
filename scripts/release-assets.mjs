#!/usr/bin/env node
// `npm run release:assets -- FOLDER`: makes what a release publishes, in a clean checkout of its tag: the npm package, the
// Azure DevOps extension, the action's bundle, an SBOM of what they contain, and the checksums of all of them.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { committedBundle } from './check/bundle.mjs';
import { bundledPackages, bundledSbom } from './release/bundled-sbom.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

function run(file, args) {
  const ran = spawnSync(file, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (ran.status !== 0) throw new Error(`${file} ${args[0]} ended with ${ran.status}: ${ran.stderr}`);
  return ran.stdout;
}

/** Why this checkout cannot be released under a tag; null where it can. */
function whyNot(tag) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  if (tag !== `v${version}`) return `the tag ${tag} is not that of version ${version} in package.json`;
  const changed = run('git', ['status', '--porcelain']).trim();
  if (changed !== '') return `the checkout has changes:\n${changed}`;
  return null;
}

function sbom() {
  const all = JSON.parse(run(npm, ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']));
  const licences = ['dist/cli', 'action/dist', 'ado-task/dist', 'ado-task/dist/tab'].map((folder) =>
    readFileSync(join(root, folder, 'licenses.txt'), 'utf8'),
  );
  const document = bundledSbom(all, bundledPackages(licences));
  // What changes from run to run would make the same release differ.
  delete document.serialNumber;
  delete document.metadata.timestamp;
  return `${JSON.stringify(document, null, 2)}\n`;
}

function main(args) {
  const [folder = 'dist/release', tag] = args;
  const out = resolve(root, folder);
  const why = tag === undefined ? null : whyNot(tag);
  if (why !== null) throw new Error(why);
  run(process.execPath, ['scripts/build.mjs']);
  const differing = committedBundle(root);
  if (differing !== null) throw new Error(differing);
  mkdirSync(out, { recursive: true });
  run(npm, ['pack', '--ignore-scripts', '--pack-destination', out]);
  run(process.execPath, ['scripts/package-ado.mjs', out]);
  copyFileSync(join(root, 'action/dist/index.cjs'), join(out, 'action-index.cjs'));
  writeFileSync(join(out, 'sbom.cdx.json'), sbom());
  const names = readdirSync(out)
    .filter((name) => name !== 'SHA256SUMS')
    .sort();
  const sums = names.map(
    (name) =>
      `${createHash('sha256')
        .update(readFileSync(join(out, name)))
        .digest('hex')}  ${name}`,
  );
  writeFileSync(join(out, 'SHA256SUMS'), `${sums.join('\n')}\n`);
  console.log(sums.join('\n'));
}

try {
  main(process.argv.slice(2));
} catch (error) {
  console.error(`release: ${error.message}`);
  process.exitCode = 1;
}
