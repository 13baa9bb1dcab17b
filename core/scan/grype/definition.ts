import type { World } from '../../ports.ts';
import { exitFailure } from '../../text/exit-words.ts';
import { inToolSpace } from '../../tools/tool-space.ts';
import type { CachedDatabase, ScannerDefinition } from '../definition.ts';
import { grypeCacheDirectory, grypeScanner } from '../grype.ts';
import { installableGrype } from '../install/releases.ts';
import { installableQuery } from '../program.ts';
import type { ScannerSettings } from '../settings.ts';

/** Grype, as it is chosen, installed and examined. */
export const grype: ScannerDefinition = {
  product: 'Grype',
  tested: 'its documented format and options',
  knowledge: 'database',
  create: grypeScanner,
  program: {
    query: (settings) => installableQuery(installableGrype, settings),
    version: { kind: 'asked', args: ['version'] },
    required: [],
  },
  installable: installableGrype,
  database: async (world, settings, file) => (file === undefined ? undefined : databaseOf(world, settings, file)),
};

async function databaseOf(world: World, scanner: ScannerSettings, file: string): Promise<CachedDatabase> {
  const folder = grypeCacheDirectory(world, { scanner });
  const exit = await inToolSpace(world, 'doctor', {}, ({ env, cwd }) => {
    const settings = {
      GRYPE_DB_CACHE_DIR: folder,
      GRYPE_DB_VALIDATE_AGE: 'false',
      GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    };
    return world.exec({
      file,
      args: ['db', 'status', '--output', 'json'],
      env: { ...env, ...settings },
      cwd,
      timeout: 60_000,
    });
  });
  if (exit.kind !== 'exited')
    throw exitFailure(exit, { code: 'scan-failed', subject: 'grype', step: 'grype db status' });
  // "built" is the name of its date in every version; the file is trusted no further than for its age.
  const built = /"built":\s*"([^"]+)"/.exec(exit.stdout)?.[1];
  return built === undefined ? { kind: 'absent', folder } : { kind: 'there', updatedAt: built, expired: false };
}
