import { posix } from 'node:path';
import { type Layer, makeLayer, type TestFile } from '../../testing/images.ts';

/** The archive of a layer in the short form of layers.ts, its entries in the order of the lines; a file holds its name. */
export function archiveOf(lines: readonly string[]): Promise<Layer> {
  return makeLayer(Object.fromEntries(lines.map(entryOf)));
}

function entryOf(line: string): readonly [string, TestFile] {
  const [name = '', target = ''] = line.split(/ [-=]> /);
  if (name.startsWith('-') && name.endsWith('/*')) return [posix.join(name.slice(1, -2), '.wh..wh..opq'), ''];
  if (name.startsWith('-')) {
    const { dir, base } = posix.parse(name.slice(1));
    return [posix.join(dir, `.wh.${base}`), ''];
  }
  if (name.endsWith('/')) return [name, { directory: true }];
  if (line.includes(' -> ')) return [name, { symlink: target }];
  if (line.includes(' => ')) return [name, { hardlink: target }];
  return [name, name];
}
