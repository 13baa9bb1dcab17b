import pLimit from 'p-limit';
import { type FailureError, fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { Exit, World } from '../ports.ts';
import type { FindCredential } from '../registry/credentials.ts';
import { scannerCredentials } from './credentials.ts';
import type { ScannerIdentity } from './finding.ts';
import { scannerProgram } from './program.ts';
import { type PlatformScan, type Scanner, type ScanTarget, scannedPlace } from './scanner.ts';
import { type ScannerConfig, type ScannerOptions, scansAtOnce, toolTimeout } from './settings.ts';
import { inToolSpace, type ToolSpace } from './tool-environment.ts';
import { describeExit } from './tool-words.ts';
import { cacheDirectoryOf, databaseHost, downloadArguments, quietEnvironment, scanArguments } from './trivy/command.ts';
import { databaseOfTrivy, examineTrivy, type TrivyProgram, versionOfTrivy } from './trivy/program.ts';
import { readTrivyReport } from './trivy/report.ts';

interface Trivy {
  readonly world: World;
  readonly config: ScannerConfig;
  readonly log: (line: string) => void;
  readonly cacheDirectory: string;
  readonly credential: FindCredential;
}

interface Ready {
  readonly program: TrivyProgram;
  readonly identity: ScannerIdentity;
}

/** Trivy, reading images straight from their registry; its database is fetched once, before the first scan. */
export function trivyScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const trivy: Trivy = {
    world,
    config,
    log: options.log ?? (() => {}),
    cacheDirectory: cacheDirectoryOf(world, config),
    credential: scannerCredentials(world, config.registry, options.secret ?? (() => {})),
  };
  const limit = pLimit(scansAtOnce(config));
  let ready: Promise<Ready> | undefined;
  return {
    name: 'trivy',
    scan: async (target) => {
      ready ??= prepare(trivy);
      const { program, identity } = await ready;
      return limit(() => scan(trivy, program, identity, target));
    },
  };
}

async function prepare(trivy: Trivy): Promise<Ready> {
  const { world, config, cacheDirectory } = trivy;
  const program = await examineTrivy(world, await scannerProgram(world, 'trivy', config.scanner, trivy.log));
  const version = await inToolSpace(world, 'trivy', {}, (space) => versionOfTrivy(world, program, space));
  if (!config.scanner.skipDatabaseUpdate) await updateDatabase(trivy, program);
  const database = await databaseOfTrivy(world, cacheDirectory);
  if (database === undefined) throw noDatabase(trivy);
  const identity = { name: 'trivy', version, database: database.updatedAt, binary: program.binary };
  return { program, identity: database.expired ? { ...identity, databaseExpired: true } : identity };
}

function noDatabase({ config, cacheDirectory }: Trivy): FailureError {
  const remedy = config.scanner.skipDatabaseUpdate
    ? 'leave skip-database-update out, or put a database there first'
    : 'check database-repository';
  return fail('scan-failed', 'trivy', `has no vulnerability database in ${cacheDirectory}`, remedy);
}

async function updateDatabase(trivy: Trivy, { file }: TrivyProgram): Promise<void> {
  const { world, config, cacheDirectory } = trivy;
  const host = databaseHost(config);
  const credentials = host === undefined ? {} : { [host]: await trivy.credential(host) };
  const exit = await inToolSpace(world, 'trivy-db', credentials, (space) =>
    run(trivy, file, downloadArguments(config, cacheDirectory), space),
  );
  if (exit.kind === 'exited' && exit.code === 0) return;
  throw fail(
    'scan-failed',
    config.scanner.databaseRepository ?? 'trivy',
    `Trivy could not fetch its vulnerability database: ${describeExit(exit)}`,
    'name a mirror with database-repository, or use the database at hand with skip-database-update',
    { retryable: true },
  );
}

async function scan(
  trivy: Trivy,
  program: TrivyProgram,
  identity: ScannerIdentity,
  target: ScanTarget,
): Promise<PlatformScan> {
  const { world, config, cacheDirectory } = trivy;
  const subject = formatReference(target.reference);
  const { registry: host } = scannedPlace(config, target).endpoint;
  const credentials = { [host]: await trivy.credential(host) };
  return inToolSpace(world, 'trivy-scan', credentials, async (space) => {
    const output = space.file('report.json');
    const exit = await run(trivy, program.file, scanArguments(config, cacheDirectory, target, output), space);
    // The exit code does not decide: builds of Trivy differ in it. The report does.
    if (exit.kind === 'exited' && (await world.files.stat(output)).kind === 'file') {
      return { scanner: identity, ...readTrivyReport(await world.files.readText(output), target) };
    }
    const advice = 'check that Trivy can read the image from its registry';
    throw fail('scan-failed', subject, `Trivy made no report: ${describeExit(exit)}`, advice, { retryable: true });
  });
}

function run({ world, log }: Trivy, file: string, args: readonly string[], space: ToolSpace): Promise<Exit> {
  const env = { ...space.env, ...quietEnvironment };
  return world.exec({ file, args, env, cwd: space.cwd, timeout: toolTimeout + 30_000, onLine: log });
}
