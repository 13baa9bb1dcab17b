import { resolve } from 'node:path';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { configFileName } from '../product.ts';
import { validate } from '../settings/check-shape.ts';
import type { FileNode } from '../settings/file-node.ts';
import { complain, type Text } from '../settings/value.ts';
import { parseYaml } from '../settings/yaml.ts';
import { configShape } from './file-shape.ts';

/** Reads and checks the configuration file: the named one, else the root's own where there is one. */
export async function readConfigFile(
  world: World,
  root: string,
  named: Text | undefined,
): Promise<FileNode | undefined> {
  const path = named === undefined ? resolve(root, configFileName) : resolve(world.cwd, named.text);
  const { kind } = await world.files.stat(path);
  if (kind === 'absent') {
    if (named === undefined) return refuseOtherName(world, root);
    throw complain(named, `names ${named.text}, and there is no such file`, 'name the configuration file');
  }
  const file = named?.text ?? configFileName;
  const read = await attempt(file, () => world.files.readText(path));
  if (read.kind === 'failed') throw fail('config', file, read.failure.detail, 'give a file that can be read');
  const node = parseYaml(read.value, file);
  if (node === undefined) return undefined;
  validate(node, configShape(), { file, key: '' });
  return { file, key: '', node };
}

// A policy that is written down and silently not read would be worse than none.
async function refuseOtherName(world: World, root: string): Promise<undefined> {
  const other = configFileName.replace(/yml$/, 'yaml');
  if ((await world.files.stat(resolve(root, other))).kind === 'absent') return undefined;
  throw fail('config', other, 'is not the name of the configuration file', `rename it to ${configFileName}`);
}
