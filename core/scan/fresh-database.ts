import { fail } from '../failure.ts';
import type { World } from '../ports.ts';
import type { ScannerDefinition } from './definition.ts';
import type { ScannerIdentity } from './finding.ts';
import type { Scanner } from './scanner.ts';
import type { ScannerOptions, ScannerSettings } from './settings.ts';

const day = 24 * 3_600_000;

/** A scanner whose reports are believed only where its database is no older than policy allows, and that warns of an expired one. */
export function onFreshDatabase(
  world: World,
  scanner: Scanner,
  { knowledge }: Pick<ScannerDefinition, 'knowledge'>,
  { databaseMaxAge }: Pick<ScannerSettings, 'databaseMaxAge'>,
  { warn = () => {} }: ScannerOptions,
): Scanner {
  const warned = new Set<string>();
  return {
    ...scanner,
    scan: async (target) => {
      const scan = await scanner.scan(target);
      const { database } = scan.scanner;
      // A service's knowledge is of now; any other has a database, and its date must be known.
      if (databaseMaxAge !== undefined && !(database === null && knowledge === 'service')) {
        demandFresh(world, scan.scanner, databaseMaxAge);
      }
      if (scan.scanner.databaseExpired === true && !warned.has(database ?? '')) {
        warned.add(database ?? '');
        warn(
          `${scanner.name}: its vulnerability database is of ${database}, and a newer one is due; what became known since is not found`,
        );
      }
      return scan;
    },
  };
}

function demandFresh(world: World, { name, database }: ScannerIdentity, most: number): void {
  const age = world.now().getTime() - Date.parse(database ?? '');
  if (age <= most * day) return;
  if (database === null) {
    const remedy = 'use a scanner or a report format that dates it, or leave out database-max-age';
    throw fail(
      'scan-failed',
      name,
      'names no date of its vulnerability database, and --database-max-age asks for one',
      remedy,
    );
  }
  const fact = Number.isNaN(age)
    ? `names no date of its vulnerability database but ${JSON.stringify(database)}`
    : `has a vulnerability database of ${database}, older than the ${most} days that --database-max-age allows`;
  throw fail('scan-failed', name, fact, 'update the database, or name a mirror of it with database-repository');
}
