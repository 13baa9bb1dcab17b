import { type Finding, note, ok, problem, problemOf, warning } from '../check.ts';
import type { ScannerFacts } from './scanner.ts';

const day = 24 * 3_600_000;

/** Whether each scanner could scan now. */
export function scannerFindings(scanners: readonly ScannerFacts[]): readonly Finding[] {
  return scanners.flatMap((facts) => [
    ...programFindings(facts),
    ...variableFindings(facts),
    ...databaseFindings(facts),
  ]);
}

function programFindings({ name, program }: ScannerFacts): readonly Finding[] {
  switch (program.kind) {
    case 'service':
      return [note('scanner', `${name} is a service, which is asked once there is an image`)];
    case 'installed-on-use': {
      const which = program.version === undefined ? 'the built-in version' : program.version;
      return [note('scanner', `${name} is not here; ${which} is installed at its first use`)];
    }
    case 'looked-for': {
      const { found } = program;
      if (found.kind === 'failed')
        return [{ ...problemOf(found.failure), subject: scannerName(name, found.failure.subject) }];
      const { file, version } = found.value;
      return [ok('scanner', `${name}${version === '' ? '' : ` ${version}`} at ${file}`)];
    }
  }
}

function scannerName(name: string, subject: string): string {
  return subject === name ? `scanner ${name}` : subject;
}

function variableFindings({ name, missing }: ScannerFacts): readonly Finding[] {
  return missing.map((names) =>
    problem(`scanner ${name}`, `needs ${names.join(' or ')} in the environment`, 'set it for this step'),
  );
}

function databaseFindings({ name, database, maxAge, isKept, now }: ScannerFacts): readonly Finding[] {
  const subject = `database of ${name}`;
  if (database === undefined) return [];
  if (database.kind === 'absent') {
    if (!isKept) return [note(subject, 'none is in the cache, so the first scan fetches it')];
    const fact = `there is none in ${database.folder}, and skip-database-update keeps one from being fetched`;
    return [problem(subject, fact, 'name the folder that holds one with scanner-cache')];
  }
  const days = Math.floor((now.getTime() - Date.parse(database.updatedAt)) / day);
  const age = Number.isNaN(days)
    ? 'has no date that can be read'
    : `is of ${database.updatedAt.slice(0, 10)}, ${days} days old`;
  const remedy = 'let a scan fetch a newer one, or name a mirror with database-repository';
  if (maxAge !== undefined && !(days <= maxAge)) {
    return [warning(subject, `${age}, and database-max-age allows ${maxAge}`, remedy)];
  }
  return [database.expired ? warning(subject, `${age}, and a newer one is due`, remedy) : ok(subject, age)];
}
