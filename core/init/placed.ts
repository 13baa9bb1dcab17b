import { join } from 'node:path';
import { whyNotOfRepository } from '../config/checkout.ts';
import type { Config } from '../config/model.ts';
import { readRepositoryFile, rootOf } from '../discover/read-file.ts';
import type { World } from '../ports.ts';
import type { FileChange } from '../update/update.ts';
import { isThere } from '../update/write.ts';
import { withOutputIgnored } from './ignore-lines.ts';

/** A file that `init` writes, or why it leaves it as it is. */
export type PlacedFile =
  | { readonly kind: 'change'; readonly change: FileChange }
  | { readonly kind: 'left'; readonly path: string; readonly why: string };

/** A new file of the repository; what is there already is left, and so is what a link leads out of it. */
export async function newFile(world: World, root: string, path: string, text: string): Promise<PlacedFile> {
  if (await isThere(world, join(root, path))) return { kind: 'left', path, why: 'is there already' };
  const outside = await whyNotOfRepository(world, root, path);
  if (outside !== undefined) return { kind: 'left', path, why: `would be a file ${outside}` };
  return { kind: 'change', change: { path, before: '', after: text, isNew: true } };
}

/** The .gitignore of a repository, with a line for the output folder. */
export async function ignoreFile(
  world: World,
  { root, outputDirectory }: Pick<Config, 'root' | 'outputDirectory'>,
): Promise<PlacedFile> {
  const path = '.gitignore';
  const ignored: PlacedFile = { kind: 'left', path, why: 'leaves the output folder out already' };
  const place = join(root, path);
  if (!(await isThere(world, place))) {
    const text = withOutputIgnored('', root, outputDirectory);
    return text === undefined ? ignored : newFile(world, root, path, text);
  }
  const isLink = (await world.files.entry(place)).target !== undefined;
  if (isLink) return { kind: 'left', path, why: 'is a link' };
  const before = await readRepositoryFile(world, await rootOf(world, root), path);
  if (!Buffer.from(before).equals(await world.files.read(place))) return { kind: 'left', path, why: 'is not UTF-8' };
  const after = withOutputIgnored(before, root, outputDirectory);
  return after === undefined ? ignored : { kind: 'change', change: { path, before, after } };
}
