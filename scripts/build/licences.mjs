import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The licence of every package that a bundle holds, sorted by name. `files` are the bundle's inputs. */
export async function licences(root, files) {
  const folders = new Set(files.flatMap((file) => packageFolder(root, file) ?? []));
  const texts = await Promise.all([...folders].map(licenceOf));
  const sorted = texts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.map(({ name, text }) => `${name}\n\n${text.trim()}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}

// The nearest folder below node_modules whose package.json names a package with a version.
function packageFolder(root, file) {
  const match = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file);
  return match === null ? null : join(root, match[1]);
}

async function licenceOf(folder) {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(?:[-.].*)?$/i.test(entry));
  const named = `${name} ${version} (${license ?? 'licence not stated'})`;
  if (file === undefined) return { name: named, text: '' };
  return { name: named, text: (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n') };
}
