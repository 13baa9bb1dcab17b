import type { World } from '../../ports.ts';
import { inToolSpace } from '../../tools/tool-space.ts';
import type { CachedDatabase, ScannerDefinition } from '../definition.ts';
import { installableTrivy } from '../install/releases.ts';
import { installableQuery } from '../program.ts';
import type { ScannerSettings } from '../settings.ts';
import { trivyScanner } from '../trivy.ts';
import { trivyCacheDirectory } from './command.ts';
import { vulnerabilityDatabase } from './database.ts';
import { versionOfTrivy } from './program.ts';

/** Trivy, as it is chosen, installed and examined. */
export const trivy: ScannerDefinition = {
  product: 'Trivy 0.53 or newer',
  tested: 'real Trivy 0.68: Debian before and after a real update, Alpine, npm packages, several platforms',
  knowledge: 'database',
  create: trivyScanner,
  program: {
    query: (settings) => installableQuery(installableTrivy, settings),
    version: {
      kind: 'read',
      read: (world, program) => inToolSpace(world, 'doctor', {}, (space) => versionOfTrivy(world, program, space)),
    },
    required: [],
  },
  installable: installableTrivy,
  database: databaseOf,
};

async function databaseOf(world: World, scanner: ScannerSettings): Promise<CachedDatabase> {
  const folder = trivyCacheDirectory(world, { scanner });
  const found = await vulnerabilityDatabase(world, folder);
  return found === undefined ? { kind: 'absent', folder } : { kind: 'there', ...found };
}
