import type { World } from '../../ports.ts';
import { examineProgram } from '../../scan/denied.ts';
import { cacheDirectoryOf as grypeCache } from '../../scan/grype.ts';
import type { ScannerSettings } from '../../scan/settings.ts';
import { cacheDirectoryOf as trivyCache } from '../../scan/trivy/command.ts';
import { vulnerabilityDatabase } from '../../scan/trivy/database.ts';
import { versionOfTrivy } from '../../scan/trivy/program.ts';
import { exitFailure } from '../../text/exit-words.ts';
import { inToolSpace } from '../../tools/tool-space.ts';

/** The vulnerability database in a scanner's cache. */
export type Database =
  | { readonly kind: 'absent'; readonly folder: string }
  | { readonly kind: 'there'; readonly updatedAt: string; readonly expired: boolean };

/** The version of a Trivy that may be run; throws `missing-tool` for one that must not. */
export async function trivyVersion(world: World, file: string): Promise<string> {
  const program = await examineProgram(world, file);
  return inToolSpace(world, 'doctor', {}, (space) => versionOfTrivy(world, program, space));
}

/** Trivy's database, from the file beside it. */
export async function trivyDatabase(world: World, scanner: ScannerSettings): Promise<Database> {
  const folder = trivyCache(world, { scanner });
  const found = await vulnerabilityDatabase(world, folder);
  return found === undefined ? { kind: 'absent', folder } : { kind: 'there', ...found };
}

/** Grype's database, as Grype tells of it. */
export async function grypeDatabase(world: World, scanner: ScannerSettings, file: string): Promise<Database> {
  const folder = grypeCache(world, { scanner });
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
