import * as v from 'valibot';
import type { FailureError } from '../../failure.ts';
import { parseJson } from '../../json.ts';
import type { Exit, World } from '../../ports.ts';
import { exitFailure } from '../../text/exit-words.ts';
import type { ScannerConfig } from '../settings.ts';

/** Beside each database, as Trivy's documentation of air-gapped use has it. */
const metadata = v.object({ UpdatedAt: v.string(), NextUpdate: v.optional(v.string()) });

/** When a database was made, and whether its makers expected a newer one by now. */
export interface DatabaseAge {
  readonly updatedAt: string;
  readonly expired: boolean;
}

/** The vulnerability database in the cache folder; undefined where there is none. */
export function vulnerabilityDatabase(world: World, cacheDirectory: string): Promise<DatabaseAge | undefined> {
  return databaseIn(world, `${cacheDirectory}/db`, 'trivy.db');
}

/** The database of Java archives in the cache folder; undefined where there is none. */
export function javaDatabase(world: World, cacheDirectory: string): Promise<DatabaseAge | undefined> {
  return databaseIn(world, `${cacheDirectory}/java-db`, 'trivy-java.db');
}

async function databaseIn(world: World, folder: string, name: string): Promise<DatabaseAge | undefined> {
  for (const file of [`${folder}/${name}`, `${folder}/metadata.json`]) {
    if ((await world.files.stat(file)).kind !== 'file') return undefined;
  }
  const read = parse(await world.files.readText(`${folder}/metadata.json`));
  if (read === undefined) return undefined;
  const due = read.NextUpdate === undefined ? Number.NaN : Date.parse(read.NextUpdate);
  return { updatedAt: read.UpdatedAt, expired: due < world.now().getTime() };
}

function parse(json: string): v.InferOutput<typeof metadata> | undefined {
  try {
    return v.parse(metadata, parseJson(json));
  } catch {
    return undefined;
  }
}

/** Whether a scan ended because the image holds Java archives and there is no database to tell them by. */
export function lacksJavaDatabase(exit: Exit): boolean {
  return (
    exit.kind === 'exited' &&
    exit.code !== 0 &&
    /cannot skip downloading Java DB|skip-java-db-update/i.test(exit.stderr)
  );
}

/** The failure of a database that could not be fetched. */
export function notFetched({ scanner }: ScannerConfig, which: 'vulnerability' | 'Java', exit: Exit): FailureError {
  const isJava = which === 'Java';
  const option = isJava ? 'java-database-repository' : 'database-repository';
  return exitFailure(exit, {
    code: 'scan-failed',
    subject: (isJava ? scanner.javaDatabaseRepository : scanner.databaseRepository) ?? 'trivy',
    step: 'trivy',
    problem: `Trivy could not fetch its ${which} database`,
    remedy: `name a mirror with --${option}, or use the existing database with --skip-database-update`,
    retryable: true,
  });
}
