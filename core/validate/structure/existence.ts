import type { Entry } from '../../layers/layer-files.ts';
import type { ImageFiles } from '../image-files.ts';
import { modeText } from './mode.ts';
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

type Attributed = Required<Pick<Entry, 'attributes'>> & Pick<Entry, 'kind'>;
