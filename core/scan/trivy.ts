import pLimit from 'p-limit';
import { fail } from '../failure.ts';
import { formatReference } from '../oci/reference.ts';
import type { World } from '../ports.ts';
import type { ScannerIdentity } from './finding.ts';
import type { PlatformScan, Scanner, ScanTarget } from './scanner.ts';
import { createToolSpace } from './tool-environment.ts';
import { describeExit } from './tool-words.ts';
import {
  cacheDirectoryOf,
  credentialsOf,
  databaseHost,
  downloadArguments,
  quietEnvironment,
  scanArguments,
  type TrivyConfig,
  trivyTimeout,
} from './trivy/command.ts';
import { findTrivy, identifyTrivy, type TrivyProgram } from './trivy/program.ts';
import { readTrivyReport } from './trivy/report.ts';

export interface TrivyOptions {
  /** Called with each line that Trivy logs. */
  readonly log?: (line: string) => void;
}

interface Trivy {
  readonly world: World;
  readonly config: TrivyConfig;
  readonly log: (line: string) => void;
  readonly cacheDirectory: string;
}

interface Ready {
  readonly program: TrivyProgram;
  readonly identity: ScannerIdentity;
}

// A scan of a large image takes a gigabyte.
const mostAtOnce = 4;

/** Trivy, reading images straight from their registry; its database is fetched once, before the first scan. */
export function trivyScanner(world: World, config: TrivyConfig, options: TrivyOptions = {}): Scanner {
  const trivy: Trivy = {
    world,
    config,
    log: options.log ?? (() => {}),
    cacheDirectory: cacheDirectoryOf(world, config),
  };
  const limit = pLimit(Math.min(Math.max(config.concurrency, 1), mostAtOnce));
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
  const program = await findTrivy(world, config.scanner.path);
  if (!config.scanner.skipDatabaseUpdate) await updateDatabase(trivy, program);
  const space = await createToolSpace(world, 'trivy', {});
  const identity = await identifyTrivy(world, program, space, cacheDirectory);
  if (identity.database !== null) return { program, identity };
  throw fail(
    'scan-failed',
    'trivy',
    `has no vulnerability database in ${cacheDirectory}`,
    config.scanner.skipDatabaseUpdate
      ? 'leave skip-database-update out, or put a database there first'
      : 'check database-repository',
  );
}

async function updateDatabase(trivy: Trivy, program: TrivyProgram): Promise<void> {
  const { world, config, cacheDirectory } = trivy;
  const space = await createToolSpace(world, 'trivy-db', credentialsOf(config, databaseHost(config)));
  const args = downloadArguments(config, cacheDirectory);
  const env = { ...space.env, ...quietEnvironment };
  const { file } = program;
  const exit = await world.exec({ file, args, env, cwd: space.cwd, timeout: trivyTimeout, onLine: trivy.log });
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
  const { registry } = target.reference;
  const space = await createToolSpace(world, 'trivy-scan', credentialsOf(config, registry));
  const output = space.file('report.json');
  const exit = await world.exec({
    file: program.file,
    args: scanArguments(config, cacheDirectory, target, output),
    env: { ...space.env, ...quietEnvironment },
    cwd: space.cwd,
    timeout: trivyTimeout + 30_000,
    onLine: trivy.log,
  });
  // The exit code does not decide: builds of Trivy differ in it. The report does.
  if ((await world.files.stat(output)).kind === 'absent') {
    throw fail(
      'scan-failed',
      formatReference(target.reference),
      `Trivy made no report: ${describeExit(exit)}`,
      'check that Trivy may read it from its registry',
      { retryable: true },
    );
  }
  if (exit.kind !== 'exited') {
    throw fail('scan-failed', formatReference(target.reference), `Trivy did not finish: ${describeExit(exit)}`);
  }
  return { scanner: identity, ...readTrivyReport(await world.files.readText(output), target) };
}
