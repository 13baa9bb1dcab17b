import { counted } from '../../text/words.ts';
import { type DoctorFinding, note, ok, problem, problemOf, warning } from '../check.ts';
import type { ScannerFacts } from './scanner.ts';

const day = 24 * 3_600_000;

/** Whether each scanner could scan now. */
export function scannerFindings(scanners: readonly ScannerFacts[]): readonly DoctorFinding[] {
  return scanners.flatMap((facts) => [
    ...programFindings(facts),
    ...variableFindings(facts),
    ...databaseFindings(facts),
  ]);
}

function programFindings({ name, program }: ScannerFacts): readonly DoctorFinding[] {
  switch (program.kind) {
    case 'service':
      return [note('scanner', `${name} is a service, which is contacted only during a scan`)];
    case 'installed-on-use': {
      const which = program.version === undefined ? 'the built-in version' : program.version;
      return [note('scanner', `${name} is not installed; ${which} will be installed on first use`)];
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

function variableFindings({ name, missing }: ScannerFacts): readonly DoctorFinding[] {
  return missing.map((names) =>
    problem(`scanner ${name}`, `needs ${names.join(' or ')} in the environment`, 'set it for this step'),
  );
}

function databaseFindings({ name, database, maxAge, isKept, now }: ScannerFacts): readonly DoctorFinding[] {
  const subject = `database of ${name}`;
  if (database === undefined) return [];
  if (database.kind === 'absent') {
    if (!isKept) return [note(subject, 'not in the cache yet, so the first scan downloads it')];
    const fact = `no database is in ${database.folder}, and --skip-database-update prevents a download`;
    return [problem(subject, fact, 'name the folder of a database with scanner-cache')];
  }
  const days = Math.floor((now.getTime() - Date.parse(database.updatedAt)) / day);
  const age = Number.isNaN(days)
    ? 'has no readable date'
    : `dates from ${database.updatedAt.slice(0, 10)}, ${counted(days, 'day')} ago`;
  const remedy = 'let a scan download a newer one, or name a mirror with database-repository';
  if (maxAge !== undefined && !(days <= maxAge)) {
    return [warning(subject, `${age}, and --database-max-age allows ${maxAge}`, remedy)];
  }
  return [database.expired ? warning(subject, `${age}, and a newer one is due`, remedy) : ok(subject, age)];
}
