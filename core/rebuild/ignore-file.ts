import { posix, win32 } from 'node:path';
import { placeBelow, readNamedFile } from '../discover/read-file.ts';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { folderContexts } from './contexts.ts';
import { hasOwnIgnoreFile, pathsOf } from './dockerfile-text.ts';
import type { BuildOrder } from './engine.ts';

type Reading = Pick<World, 'files' | 'platform'>;

/** The ignore file that an order is built with. */
export interface IgnoreFile {
  readonly text: string;
  /** Whether it leaves out the output folder, which the repository's own file may let through. */
  readonly leavesOut: boolean;
}

/**
 * Reads the ignore file of an order, and leaves out the folder in which runs keep their reports where that stands in
 * the context. Throws FailureError where no ignore file could do so.
 */
export async function readIgnoreFile(
  world: Reading,
  order: BuildOrder,
  outputDirectory: string | undefined,
): Promise<IgnoreFile> {
  const paths = pathsOf(world, order);
  const { join } = pathOf(world);
  const own = await hasOwnIgnoreFile(world, order);
  const file = own ? paths.ignoreFile : join(paths.context, '.dockerignore');
  await placeBelow(world, order.root, paths.context, 'folder');
  const isThere = (await world.files.stat(file)).kind === 'file';
  const text = isThere ? Buffer.from(await readNamedFile(world, order.root, file)).toString('utf8') : '';
  await refuseNamedContexts(world, order, outputDirectory);
  if (outputDirectory === undefined) return { text, leavesOut: false };
  const place = await placeIn(world, paths.context, outputDirectory);
  if (place === undefined) return { text, leavesOut: false };
  if (place === '') throw within(order, 'its build context', outputDirectory);
  // The last pattern that fits decides: none before it can bring the folder back.
  return { text: `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${literal(place)}\n`, leavesOut: true };
}

// Builders apply to a named context the ignore file that stands in it, and take no other.
async function refuseNamedContexts(
  world: Reading,
  order: BuildOrder,
  outputDirectory: string | undefined,
): Promise<void> {
  const { resolve } = pathOf(world);
  for (const [name, value] of Object.entries(folderContexts(order.build.contexts))) {
    if (/^[a-z][a-z0-9+.-]+:/i.test(value)) continue;
    const folder = resolve(order.root, value);
    if ((await world.files.stat(folder)).kind !== 'absent') await placeBelow(world, order.root, folder, 'folder');
    if (outputDirectory === undefined) continue;
    const place = await placeIn(world, folder, outputDirectory);
    if (place !== undefined) throw within(order, `its named context ${name}`, outputDirectory);
  }
}

function within({ build }: BuildOrder, what: string, outputDirectory: string) {
  const fact = `${what} holds the reports of ${outputDirectory}, which would become part of the image`;
  return fail('build-failed', build.name, fact, 'give an output-dir that stands outside of it');
}

async function placeIn(world: Reading, context: string, folder: string): Promise<string | undefined> {
  const { relative, isAbsolute, sep } = pathOf(world);
  const place = relative(await realPlace(world, context), await realPlace(world, folder));
  if (place === '..' || place.startsWith(`..${sep}`) || isAbsolute(place)) return undefined;
  return place.split(sep).join('/');
}

// A folder that is made only later stands where the folder above it really is.
async function realPlace(world: Reading, path: string): Promise<string> {
  const { dirname, basename, join } = pathOf(world);
  const real = await attempt(path, () => world.files.realpath(path));
  if (real.kind === 'done') return real.value;
  return dirname(path) === path ? path : join(await realPlace(world, dirname(path)), basename(path));
}

// As moby/patternmatcher reads it; blanks at an end and line breaks would be lost, and any character stands for them.
// Without a slash before it: Buildah and Podman take that for a part of the name.
function literal(place: string): string {
  const escaped = place.replace(/[\\*?[\]!]|^#/g, '\\$&');
  return escaped.replace(/[\r\n]|^\s+|\s+$/g, (blanks) => '?'.repeat(blanks.length));
}

function pathOf({ platform }: Pick<World, 'platform'>) {
  return platform.os === 'win32' ? win32 : posix;
}
