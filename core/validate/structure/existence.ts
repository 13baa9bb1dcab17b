import type { LayerEntry } from '../../layers/layer-files.ts';
import type { ImageFiles } from '../image-files.ts';
import type { ExistenceTest } from './tests.ts';

const executable = { owner: 0o100, group: 0o010, other: 0o001, any: 0o111 } as const;

/** What a file is against a test; undefined where it is as the test asks. */
export function existenceFault(test: ExistenceTest, files: ImageFiles, path: string): string | undefined {
  const entry = files.at(path);
  if (!test.shouldExist) return entry === undefined ? undefined : `${path} exists`;
  if (entry === undefined) return `${path} does not exist`;
  const faults = [permissionFault(test, entry), ownerFault(test, entry), executableFault(test, entry)];
  const found = faults.filter((fault) => fault !== undefined);
  return found.length === 0 ? undefined : `${path} ${found.join(', ')}`;
}

function permissionFault({ permissions }: ExistenceTest, { kind, attributes }: Attributed): string | undefined {
  const mode = modeText(kind, attributes.mode);
  return permissions === undefined || permissions === mode ? undefined : `is ${mode} and not ${permissions}`;
}

// -1 stands for any owner in such files.
function ownerFault({ uid = -1, gid = -1 }: ExistenceTest, { attributes }: Attributed): string | undefined {
  if (uid !== -1 && uid !== attributes.uid) return `is of user ${attributes.uid} and not ${uid}`;
  return gid === -1 || gid === attributes.gid ? undefined : `is of group ${attributes.gid} and not ${gid}`;
}

function executableFault({ isExecutableBy }: ExistenceTest, { attributes }: Attributed): string | undefined {
  if (isExecutableBy === undefined || (attributes.mode & executable[isExecutableBy]) !== 0) return undefined;
  return `is not executable by ${isExecutableBy}`;
}

type Attributed = Required<Pick<LayerEntry, 'attributes'>> & Pick<LayerEntry, 'kind'>;
const kinds: Readonly<Record<LayerEntry['kind'], string>> = {
  file: '',
  hardlink: '',
  directory: 'd',
  symlink: 'L',
  device: 'D',
};

const special = [
  [0o4000, 'u'],
  [0o2000, 'g'],
  [0o1000, 't'],
] as const;
/** The mode as Go's FileMode prints it, which structure tests are written in: `-rw-r--r--`, `dtrwxrwxrwx`, `urwxr-xr-x`. */
export function modeText(kind: LayerEntry['kind'], mode: number): string {
  const letters = kinds[kind] + special.map(([bit, letter]) => ((mode & bit) === 0 ? '' : letter)).join('');
  const bits = Array.from('rwxrwxrwx', (letter, at) => ((mode & (1 << (8 - at))) === 0 ? '-' : letter)).join('');
  return `${letters === '' ? '-' : letters}${bits}`;
}
