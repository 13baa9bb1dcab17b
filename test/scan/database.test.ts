import { describe, expect, test } from 'vitest';
import type { Exit } from '../../core/ports.ts';
import { createScanner } from '../../core/scan/choose.ts';
import { config, fixture, type TrivyScript, targetOf, trivyWorld } from './support.ts';

const debian = fixture('debian');
const target = targetOf(debian);
const failed: Exit = { kind: 'exited', code: 1, stdout: '', stderr: 'FATAL no route to host' };
// The words of real Trivy 0.68.
const noJava: Exit = {
  kind: 'exited',
  code: 1,
  stdout: '',
  stderr: '2026-11-21T10:23:08Z\tERROR\t[javadb] The first run cannot skip downloading Java DB\n',
};

async function scanWith(script: TrivyScript, changes: Parameters<typeof config>[0] = {}, times = 1) {
  const { world, root, commands } = await trivyWorld({ report: debian, ...script });
  const warnings: string[] = [];
  const options = { warn: (line: string) => void warnings.push(line) };
  const settings = config({ cacheDirectory: `${root}/cache`, ...changes });
  const scanner = createScanner(world, settings, options);
  const scans = Promise.all(Array.from({ length: times }, () => scanner.scan(target)));
  const outcome = await scans.then(
    ([scan]) => ({ scan, message: '' }),
    (error: Error) => ({ scan: undefined, message: error.message }),
  );
  const downloads = commands.filter(({ args }) => args.some((argument) => argument.startsWith('--download-')));
  return { ...outcome, commands, warnings, downloads: downloads.map(({ args }) => args.join(' ')) };
}

describe('the age of the vulnerability database', () => {
  const old = { Version: 2, UpdatedAt: '2026-11-01T00:00:00Z', NextUpdate: '2026-11-02T00:00:00Z' };

  test('that is past its date is a warning, once, where policy says nothing', async () => {
    const { scan, warnings } = await scanWith({ database: old }, {}, 3);
    expect(scan?.scanner.databaseExpired).toBe(true);
    expect(warnings).toEqual([
      'trivy: its vulnerability database is of 2026-11-01T00:00:00Z, and a newer one is due; what became known since is not found',
    ]);
  });

  test.each([
    [
      19,
      'trivy: has a vulnerability database of 2026-11-01T00:00:00Z, older than the 19 days that --database-max-age allows; update the database',
    ],
    [20, ''],
  ])('may be %i days where policy says so', async (databaseMaxAge, words) => {
    const { scan, message } = await scanWith({ database: old }, { databaseMaxAge });
    expect(message).toContain(words);
    expect(scan === undefined).toBe(words !== '');
  });

  test('that cannot be told is no young one', async () => {
    const { message } = await scanWith({ database: { ...old, UpdatedAt: 'soon' } }, { databaseMaxAge: 3650 });
    expect(message).toContain('trivy: names no date of its vulnerability database but "soon"');
  });
});

describe('a database that cannot be fetched', () => {
  const update = { skipDatabaseUpdate: false };

  test('fails the scan, whatever is at hand', async () => {
    const { message } = await scanWith({ download: failed }, update);
    expect(message).toBe(
      'trivy: Trivy could not fetch its vulnerability database: it ended with exit code 1: FATAL no route to host; name a mirror with --database-repository, or use the existing database with --skip-database-update.',
    );
  });

  test('is replaced by the one at hand where policy says how old that may be', async () => {
    const { scan, warnings } = await scanWith({ download: failed }, { ...update, databaseMaxAge: 1 });
    expect(scan?.findings).toHaveLength(12);
    expect(warnings).toEqual([
      expect.stringMatching(/^the database of 2026-11-20T00:00:00Z is used: .*no route to host/),
    ]);
  });

  test('fails where none is at hand, or only one too old', async () => {
    const policy = { ...update, databaseMaxAge: 1 };
    expect((await scanWith({ download: failed, database: null }, policy)).message).toContain('could not fetch');
    const old = { Version: 2, UpdatedAt: '2026-11-01T00:00:00Z' };
    expect((await scanWith({ download: failed, database: old }, policy)).message).toContain('older than the 1 days');
  });
});

describe('the database of Java archives', () => {
  test('is not fetched where no image holds one', async () => {
    const { downloads } = await scanWith({}, { skipDatabaseUpdate: false });
    expect(downloads).toEqual([expect.stringContaining('--download-db-only')]);
  });

  test('is fetched once for all scans that run side by side, and the scans are made again', async () => {
    const changes = { skipDatabaseUpdate: false, javaDatabaseRepository: 'db.example/java-db:1' };
    const { scan, commands, downloads } = await scanWith({ exits: [noJava, noJava, noJava] }, changes, 3);
    expect(scan?.findings).toHaveLength(12);
    expect(downloads.filter((args) => args.includes('java'))).toEqual([
      expect.stringContaining('--java-db-repository db.example/java-db:1'),
    ]);
    const scans = commands.filter(({ args }) => args.includes('--output'));
    expect(scans).toHaveLength(6);
    expect(scans.every(({ args }) => args.includes('--skip-java-db-update'))).toBe(true);
  });

  test('is fetched anew, once, where the one at hand is past its date', async () => {
    const metadata = { UpdatedAt: '2026-11-01T00:00:00Z', NextUpdate: '2026-11-04T00:00:00Z' };
    const { downloads } = await scanWith({ java: { metadata } }, { skipDatabaseUpdate: false }, 2);
    expect(downloads.filter((args) => args.includes('--download-java-db-only'))).toHaveLength(1);
  });

  test('is missed with what to do where it may not be fetched', async () => {
    const { message } = await scanWith({ exits: [noJava] });
    expect(message).toMatch(
      /: holds Java archives, and Trivy has no database of them; put one into \S+\/cache\/java-db, or/,
    );
  });

  test('that cannot be fetched fails the scan', async () => {
    const { message } = await scanWith({ exits: [noJava], java: { download: failed } }, { skipDatabaseUpdate: false });
    expect(message).toContain(
      'trivy: Trivy could not fetch its Java database: it ended with exit code 1: FATAL no route',
    );
  });

  test('that does not help is no reason to try without end', async () => {
    const { message, commands } = await scanWith({ exits: [noJava, noJava] }, { skipDatabaseUpdate: false });
    expect(message).toContain('Trivy made no report');
    expect(commands.filter(({ args }) => args.includes('--output'))).toHaveLength(2);
  });
});

test('a scanner that is asked to be ready fetches the database and scans nothing', async () => {
  const { world, root, commands } = await trivyWorld({ report: debian });
  const scanner = createScanner(world, config({ cacheDirectory: `${root}/cache`, skipDatabaseUpdate: false }));
  await scanner.prepare?.();
  expect(commands.map(({ args }) => args[1])).toEqual(['--format', '--download-db-only']);
  await scanner.scan(target);
  expect(commands).toHaveLength(3);
});
