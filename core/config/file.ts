import { resolve } from 'node:path';
import { readNamedFile } from '../discover/read-file.ts';
import { attempt, fail } from '../failure.ts';
import type { World } from '../ports.ts';
import { checkShape } from '../settings/check-shape.ts';
import type { FileNode } from '../settings/file-node.ts';
import { spellOut } from '../settings/spell-out.ts';
import { complain, type Text } from '../settings/value.ts';
import { parseYaml } from '../settings/yaml.ts';
import { isInRepository } from './checkout.ts';
import { configShape } from './file-shape.ts';
import { configFileOf } from './paths.ts';
import { type Jurisdiction, refuseUnpermitted } from './permissions.ts';

/** The configuration file, and what holds for it; nothing does where it is a file of the run itself. */
export interface ConfigurationFile {
  readonly file: FileNode | undefined;
  readonly jurisdiction?: Jurisdiction;
}

const largest = 4 * 1024 * 1024;

/** Reads and checks the configuration file: the named one, else the root's own where there is one. */
export async function readConfigFile(
  world: World,
  jurisdiction: Jurisdiction,
  named: Text | undefined,
): Promise<ConfigurationFile> {
  const { root } = jurisdiction;
  const file = named?.text ?? (await configFileOf(world, root));
  const path = resolve(named === undefined ? root : world.cwd, file);
  const { kind } = await world.files.stat(path);
  if (kind === 'absent') {
    if (named !== undefined)
      throw complain(named, `names ${named.text}, and there is no such file`, 'name the configuration file');
    return { file: undefined, jurisdiction };
  }
  // A link that the run itself names is followed; what it leads to counts as a file of the repository all the same.
  const read = await attempt(file, () =>
    named === undefined ? readNamedFile(world, root, path) : world.files.read(path, largest),
  );
  if (read.kind === 'failed') throw fail('config', file, read.failure.detail, 'give a file that can be read');
  const isOfRepository = named === undefined || (await isInRepository(world, root, path));
  const held = isOfRepository ? { jurisdiction } : {};
  const parsed = parseYaml(Buffer.from(read.value).toString('utf8'), file);
  if (parsed === undefined) return { file: undefined, ...held };
  const shape = configShape();
  const node = spellOut(parsed, shape);
  checkShape(node, shape, { file, key: '' });
  if (isOfRepository) await refuseUnpermitted(jurisdiction, node, file, shape);
  return { file: { file, key: '', node }, ...held };
}
