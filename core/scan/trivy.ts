import { join } from 'node:path';
import { attempt, describeFailure, FailureError, fail } from '../failure.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Exit, World } from '../ports.ts';
import { placeToWrite } from '../registry/transport/endpoint.ts';
import { exitFailure } from '../text/exit-words.ts';
import { type FindPullCredential, pullCredentials } from '../tools/pull-credential.ts';
import { isOfSources } from '../tools/sources-folder.ts';
import { checkoutOf } from '../tools/state-files.ts';
import { inToolSpace, type ToolSpace } from '../tools/tool-space.ts';
import { userCacheDirectory } from './cache-directory.ts';
import { type ExaminedProgram, examineProgram, refuseDenied } from './denied.ts';
import { readReportFile } from './document.ts';
import type { ScannerIdentity } from './finding.ts';
import { installableTrivy } from './install/releases.ts';
import { preparedScanner } from './prepared.ts';
import { scannerProgram } from './program.ts';
import type { Unproven } from './proof.ts';
import { type PlatformScan, type Scanner, type ScanTarget, scannedPlace } from './scanner.ts';
import { handedOn, type ScannerConfig, type ScannerOptions, toolTimeout } from './settings.ts';
import {
  type DatabaseSource,
  databaseSource,
  downloadArguments,
  quietEnvironment,
  scanArguments,
  trivyCacheDirectory,
} from './trivy/command.ts';
import { javaDatabase, lacksJavaDatabase, notFetched, vulnerabilityDatabase } from './trivy/database.ts';
import { unsupportedIn } from './trivy/families.ts';
import { versionOfTrivy } from './trivy/program.ts';
import { readTrivyReport } from './trivy/report.ts';
import { createScanCaches, type ScanCache, type ScanCaches } from './trivy/scan-cache.ts';

interface Trivy {
  readonly world: World;
  readonly config: ScannerConfig;
  readonly log: (line: string) => void;
  readonly warn: (line: string) => void;
  readonly cacheDirectory: string;
  readonly credential: FindPullCredential;
  readonly caches: ScanCaches;
}

interface Ready {
  readonly program: ExaminedProgram;
  readonly identity: ScannerIdentity;
  /** Fetches it at the first call only. */
  readonly fetchJavaDatabase: () => Promise<void>;
}

/** Trivy, reading images straight from their registry; its databases are fetched once for all scans. */
export function trivyScanner(world: World, config: ScannerConfig, options: ScannerOptions = {}): Scanner {
  const trivy: Trivy = {
    world,
    config,
    log: options.log ?? (() => {}),
    warn: options.warn ?? (() => {}),
    cacheDirectory: trivyCacheDirectory(world, config),
    credential: pullCredentials(world, config.registry, handedOn(options)),
    caches: createScanCaches(),
  };
  return preparedScanner('trivy', config, {
    prepare: () => prepare(trivy),
    scan: (ready, target) => scan(trivy, ready, target),
  });
}

async function prepare(trivy: Trivy): Promise<Ready> {
  const { world, config, cacheDirectory } = trivy;
  const program = await examineProgram(world, await scannerProgram(world, installableTrivy, config.scanner, trivy.log));
  const version = await inToolSpace(world, 'trivy', {}, (space) => versionOfTrivy(world, program, space));
  await updateDatabases(trivy, program);
  const database = await vulnerabilityDatabase(world, cacheDirectory);
  if (database === undefined) throw noDatabase(trivy);
  // What a repository or a pull request brought along could say of layers that nothing is in them.
  if (await mayBeBrought(trivy)) trivy.caches.leave();
  const identity = { name: 'trivy', version, database: database.updatedAt, binary: program.binary };
  let java: Promise<void> | undefined;
  return {
    program,
    identity: database.expired ? { ...identity, databaseExpired: true } : identity,
    fetchJavaDatabase: () => {
      java ??= fetchDatabase(trivy, program, 'Java');
      return java;
    },
  };
}

async function mayBeBrought({ world, config, cacheDirectory }: Trivy): Promise<boolean> {
  if (config.pullRequest !== undefined) return true;
  if ((await checkoutOf(world, join(cacheDirectory, 'fanal'))) !== undefined) return true;
  const isUsual = cacheDirectory === userCacheDirectory(world, 'trivy');
  return config.root !== undefined && isOfSources(world, cacheDirectory, config.root, isUsual);
}

function noDatabase({ config, cacheDirectory }: Trivy): FailureError {
  const remedy = config.scanner.skipDatabaseUpdate
    ? 'leave --skip-database-update out, or put a database there first'
    : 'check database-repository';
  return fail('scan-failed', 'trivy', `has no vulnerability database in ${cacheDirectory}`, remedy);
}

async function updateDatabases(trivy: Trivy, program: ExaminedProgram): Promise<void> {
  const { world, config, cacheDirectory } = trivy;
  if (config.scanner.skipDatabaseUpdate) return;
  const fetched = await attempt('trivy', () => fetchDatabase(trivy, program, 'vulnerability'));
  if (fetched.kind === 'failed') {
    const database = await vulnerabilityDatabase(world, cacheDirectory);
    // Its age is checked with the report.
    if (config.scanner.databaseMaxAge === undefined || database === undefined) throw new FailureError(fetched.failure);
    trivy.warn(`the database of ${database.updatedAt} is used: ${describeFailure(fetched.failure)}`);
  }
  // It is large, and fetched for the first time only where an image holds Java archives.
  if ((await javaDatabase(world, cacheDirectory))?.expired !== true) return;
  const java = await attempt('trivy', () => fetchDatabase(trivy, program, 'Java'));
  if (java.kind === 'failed') trivy.warn(`the existing Java database is used: ${describeFailure(java.failure)}`);
}

async function fetchDatabase(trivy: Trivy, { file }: ExaminedProgram, which: DatabaseSource['which']): Promise<void> {
  const { world, config, cacheDirectory } = trivy;
  const source = databaseSource(config, which);
  const credentials = await databaseCredentials(trivy, source.repository);
  const exit = await inToolSpace(world, 'trivy-db', credentials, (space) =>
    run(trivy, file, downloadArguments(config, source, cacheDirectory), space),
  );
  if (exit.kind !== 'exited' || exit.code !== 0) throw notFetched(config, which, exit);
}

async function databaseCredentials({ config, credential }: Trivy, repository: string | undefined) {
  if (repository === undefined) return {};
  const reference = parseReference(repository);
  const place = placeToWrite(config.registry, reference);
  return { [place.endpoint.registry]: await credential(place, reference.digest ?? reference.tag ?? 'latest') };
}

async function scan(trivy: Trivy, ready: Ready, target: ScanTarget): Promise<PlatformScan> {
  const first = await scanWithCache(trivy, ready, target);
  if (first.kind === 'scanned') return first.scan;
  if (!lacksJavaDatabase(first.exit)) throw noReport(target, first.exit);
  if (trivy.config.scanner.skipDatabaseUpdate) {
    const remedy = `put one into ${trivy.cacheDirectory}/java-db, or leave --skip-database-update out`;
    throw fail(
      'scan-failed',
      formatReference(target.reference),
      'holds Java archives, and Trivy has no database of them',
      remedy,
    );
  }
  await ready.fetchJavaDatabase();
  const second = await scanWithCache(trivy, ready, target);
  if (second.kind === 'scanned') return second.scan;
  throw noReport(target, second.exit);
}

type Scanned =
  | { readonly kind: 'scanned'; readonly scan: PlatformScan }
  | { readonly kind: 'no-report'; readonly exit: Exit };

// Another run may have the cache on disk; not every build of Trivy says so.
function scanWithCache(trivy: Trivy, ready: Ready, target: ScanTarget): Promise<Scanned> {
  return trivy.caches.use(target, async (cache) => {
    const scanned = await scanOnce(trivy, ready, target, cache);
    if (cache === 'memory' || scanned.kind === 'scanned') return scanned;
    if (scanned.exit.kind !== 'exited' || lacksJavaDatabase(scanned.exit)) return scanned;
    const again = await scanOnce(trivy, ready, target, 'memory');
    if (again.kind === 'scanned') trivy.caches.leave();
    return again;
  });
}

async function scanOnce(
  trivy: Trivy,
  { program, identity }: Ready,
  target: ScanTarget,
  cache: ScanCache,
): Promise<Scanned> {
  const { world, config, cacheDirectory } = trivy;
  const place = scannedPlace(config, target);
  const credentials = { [place.endpoint.registry]: await trivy.credential(place, target.reference.digest) };
  return inToolSpace(world, 'trivy-scan', credentials, async (space) => {
    const output = space.file('report.json');
    const unsupported = new Set<string>();
    const log = (line: string) => {
      note(unsupported, line);
      trivy.log(line);
    };
    const exit = await run(
      { ...trivy, log },
      program.file,
      scanArguments(config, cacheDirectory, target, output, cache),
      space,
    );
    // The exit code does not decide: builds of Trivy differ in it. The report does.
    const isWritten = exit.kind === 'exited' && (await world.files.stat(output)).kind === 'file';
    if (!isWritten) return { kind: 'no-report', exit };
    const of = { tool: 'Trivy', subject: formatReference(target.reference) };
    const { unproven, versions, ...read } = readTrivyReport(await readReportFile(world.files, output, of), target, {
      listed: true,
    });
    for (const version of versions) refuseDenied('scan-failed', of.subject, { name: 'trivy', version });
    // That it looked for vulnerabilities is in the arguments with which it was started.
    const stated = unproven.filter(({ proof }) => proof !== 'search');
    const open = stated.some(({ proof }) => proof === 'distribution')
      ? stated
      : [...stated, ...[...unsupported].map(unknownTo)];
    return { kind: 'scanned', scan: { scanner: identity, ...read, ...(open.length === 0 ? {} : { unproven: open }) } };
  });
}

function note(unsupported: Set<string>, line: string): void {
  const distribution = unsupportedIn(line);
  if (distribution !== undefined) unsupported.add(distribution);
}

function unknownTo(distribution: string): Unproven {
  return { proof: 'distribution', detail: `Trivy has no advisories for the packages of ${distribution}` };
}

function noReport({ reference }: ScanTarget, exit: Exit): FailureError {
  const remedy = 'check that Trivy can read the image from its registry';
  const subject = formatReference(reference);
  const problem = 'Trivy made no report';
  return exitFailure(exit, { code: 'scan-failed', subject, step: 'trivy', problem, remedy, retryable: true });
}

function run({ world, log }: Trivy, file: string, args: readonly string[], space: ToolSpace): Promise<Exit> {
  const env = { ...space.env, ...quietEnvironment };
  return world.exec({ file, args, env, cwd: space.cwd, timeout: toolTimeout + 30_000, onLine: log, answers: true });
}
