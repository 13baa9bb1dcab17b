import { fail } from '../failure.ts';
import { formatPlatform } from '../oci/platform.ts';
import { formatReference } from '../oci/reference.ts';
import type { Exit, World } from '../ports.ts';
import { mayBePlain } from '../registry/transport/endpoint.ts';
import { exitFailure } from '../text/exit-words.ts';
import { type FindPullCredential, pullCredentials } from '../tools/pull-credential.ts';
import { inToolSpace, type ToolSpace } from '../tools/tool-space.ts';
import { chosenDirectory, userCacheDirectory } from './cache-directory.ts';
import { type ExaminedProgram, examineProgram } from './denied.ts';
import { readReportFile } from './document.ts';
import { readGrypeReport } from './grype/report.ts';
import { installableGrype } from './install/releases.ts';
import { preparedScanner } from './prepared.ts';
import { scannerProgram } from './program.ts';
import { type PlatformScan, type Scanner, type ScanTarget, scannedPlace } from './scanner.ts';
import { handedOn, type ScannerConfig, type ScannerOptions, toolTimeout } from './settings.ts';

interface Grype {
  readonly world: World;
  readonly config: ScannerConfig;
  readonly log: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly credential: FindPullCredential;
}

/** Grype, reading images straight from their registry; its database is fetched once, before the first scan. */
export function grypeScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const grype: Grype = {
    world,
    config,
    log: options.log ?? (() => {}),
    warn: options.warn ?? (() => {}),
    credential: pullCredentials(world, config.registry, handedOn(options)),
  };
  return preparedScanner('grype', config, {
    prepare: () => prepare(grype),
    scan: (ready, target) => scan(grype, ready, target),
  });
}

async function prepare(grype: Grype): Promise<ExaminedProgram> {
  const { world, config } = grype;
  const file = await scannerProgram(world, installableGrype, config.scanner, grype.log);
  const program = await examineProgram(world, file);
  if (config.scanner.skipDatabaseUpdate) return program;
  const exit = await inToolSpace(world, 'grype-db', {}, (space) => run(grype, file, ['db', 'update'], space));
  if (exit.kind === 'exited' && exit.code === 0) return program;
  const failure = exitFailure(exit, {
    code: 'scan-failed',
    subject: config.scanner.databaseRepository ?? 'grype',
    step: 'grype',
    problem: 'Grype could not fetch its vulnerability database',
    remedy: 'name a mirror with --database-repository, or use the existing database with --skip-database-update',
    retryable: true,
  });
  // Where there is one at hand, its age is checked with the report.
  if (config.scanner.databaseMaxAge === undefined) throw failure;
  grype.warn(`the existing database is used: ${failure.message}`);
  return program;
}

async function scan(grype: Grype, { file, binary }: ExaminedProgram, target: ScanTarget): Promise<PlatformScan> {
  const { world, config } = grype;
  const subject = formatReference(target.reference);
  const place = scannedPlace(config, target);
  const { endpoint, repository } = place;
  const image = `registry:${endpoint.registry}/${repository}@${target.reference.digest}`;
  const credentials = { [endpoint.registry]: await grype.credential(place, target.reference.digest) };
  return inToolSpace(world, 'grype-scan', credentials, async (space) => {
    const output = space.file('report.json');
    const args = [image, '--platform', formatPlatform(target.platform), '--output', `json=${output}`];
    const exit = await run(grype, file, args, space, registryEnvironment(config, endpoint.registry));
    if (exit.kind !== 'exited' || (await world.files.stat(output)).kind !== 'file') {
      const problem = 'Grype made no report';
      const remedy = 'check that Grype can read the image from its registry';
      throw exitFailure(exit, { code: 'scan-failed', subject, step: 'grype', problem, remedy, retryable: true });
    }
    const report = await readReportFile(world.files, output, { tool: 'Grype', subject });
    const { version, database, ...rest } = readGrypeReport(report, target);
    if (database === null) throw fail('scan-failed', subject, "Grype's report names no vulnerability database");
    return { scanner: { name: 'grype', version, database, binary }, ...rest };
  });
}

function registryEnvironment({ registry }: ScannerConfig, host: string): Readonly<Record<string, string>> {
  return mayBePlain(registry.insecureHosts, host) ? { GRYPE_REGISTRY_INSECURE_USE_HTTP: 'true' } : {};
}

// Settings by environment, as Grype documents them; no settings file is in reach.
function run(
  { world, config, log }: Grype,
  file: string,
  args: readonly string[],
  space: ToolSpace,
  more: Readonly<Record<string, string>> = {},
): Promise<Exit> {
  const { skipDatabaseUpdate, databaseRepository, databaseMaxAge } = config.scanner;
  const env = {
    ...space.env,
    ...more,
    GRYPE_CHECK_FOR_APP_UPDATE: 'false',
    GRYPE_DB_AUTO_UPDATE: 'false',
    GRYPE_DB_CACHE_DIR: grypeCacheDirectory(world, config),
    // How old it may be is database-max-age's to say.
    ...(skipDatabaseUpdate || databaseMaxAge !== undefined ? { GRYPE_DB_VALIDATE_AGE: 'false' } : {}),
    ...(databaseRepository === undefined ? {} : { GRYPE_DB_UPDATE_URL: databaseRepository }),
  };
  return world.exec({ file, args, env, cwd: space.cwd, timeout: toolTimeout, onLine: log, answers: true });
}

/** Where Grype keeps its database. */
export function grypeCacheDirectory(world: World, { scanner }: Pick<ScannerConfig, 'scanner'>): string {
  const chosen = chosenDirectory(world, scanner.cacheDirectory, world.env.GRYPE_DB_CACHE_DIR);
  return chosen ?? `${userCacheDirectory(world, 'grype')}/db`;
}
