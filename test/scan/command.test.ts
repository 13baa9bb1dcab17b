import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createScanner } from '../../core/scan/choose.ts';
import { commandScanner } from '../../core/scan/command.ts';
import type { ScannerFormat } from '../../core/scan/settings.ts';
import { createWorld } from '../../core/world.ts';
import { changed, config, fixture, targetOf } from './support.ts';

const target = targetOf(fixture('debian'));
const program = fileURLToPath(new URL('bin/anyscan', import.meta.url));
const image = `registry.example:5000/library/debian@${target.reference.digest}`;

async function scanner(format: ScannerFormat, report: string | null, code = 0, toFile = true, mirrors = {}, more = {}) {
  const real = createWorld();
  onTestFinished(() => real.close());
  const folder = await real.files.temporaryDirectory('command-test');
  if (report !== null) await real.files.write(`${folder}/report`, report);
  const source = report === null ? 'nothing' : `${folder}/report`;
  const command = [program, '{image}', '{platform}', source, String(code), ...(toFile ? ['{output}'] : [])];
  const lines: string[] = [];
  const world = { ...real, env: { ...real.env, GITHUB_TOKEN: 'ghs_secret' } };
  const settings = {
    ...config({}, { mirrors }),
    scanner: { skipDatabaseUpdate: true, tool: 'command' as const, command, format, ...more },
  };
  return { lines, scanner: createScanner(world, settings, { log: (line) => lines.push(line) }) };
}

describe('any scanner by a command', () => {
  test.each<readonly [ScannerFormat, string, string, string | null]>([
    ['trivy', fixture('debian'), 'trivy', null],
    ['sarif', fixture('debian.sarif'), 'Trivy', 'dev'],
    ['cyclonedx', fixture('debian.cyclonedx'), 'trivy', 'dev'],
  ])('%s gives the findings that Trivy itself reports', async (format, report, name, version) => {
    for (const toFile of [true, false]) {
      const { scanner: any, lines } = await scanner(format, report, 0, toFile);
      const scan = await any.scan(target);
      // The report is no log, wherever it is written.
      expect(lines.filter((line) => line.includes('CVE-'))).toEqual([]);
      expect(scan.scanner).toEqual({ name, version: version ?? 'unknown', database: null });
      const expected = JSON.parse(fixture('debian')).Results[0].Vulnerabilities;
      const facts = scan.findings.map(({ id, package: p, installed, fixed }) =>
        [id, p.name, installed, fixed].join(' '),
      );
      expect(facts.sort()).toEqual(
        expected
          .map((v: Record<string, string>) =>
            [v.VulnerabilityID, v.PkgName, v.InstalledVersion, v.FixedVersion].join(' '),
          )
          .sort(),
      );
    }
  });

  test.each([
    [{ Version: '0.69.5' }, 'Trivy 0.69.5 is a compromised release'],
    [{ Version: 'v0.69.4' }, 'Trivy 0.69.4 is a compromised release'],
    [{ Version: '0.70.0', Server: { Version: '0.69.6' } }, 'Trivy 0.69.6 is a compromised release'],
  ])('a report of Trivy that says %j is not believed', async (said, sentence) => {
    const { scanner: any } = await scanner('trivy', changed(fixture('debian'), ['Trivy'], said));
    await expect(any.scan(target)).rejects.toThrow(sentence);
  });

  test('the version is the one that the report of Trivy says', async () => {
    const { scanner: any } = await scanner('trivy', changed(fixture('debian'), ['Trivy'], { Version: '0.70.1' }));
    expect((await any.scan(target)).scanner).toEqual({ name: 'trivy', version: '0.70.1', database: null });
  });

  test('a program that is called trivy is asked for its version before it scans', async () => {
    const real = createWorld();
    onTestFinished(() => real.close());
    const folder = await real.files.temporaryDirectory('command-test');
    const answers =
      '#!/bin/sh\n[ "$1" = version ] || { echo ran > "$0.ran"; exit 1; }\necho \'{"Version":"0.69.4"}\'\n';
    writeFileSync(`${folder}/trivy`, answers, { mode: 0o755 });
    const settings = config({ tool: 'command', command: [`${folder}/trivy`, '{image}'], format: 'trivy' });
    const scan = commandScanner(real, settings).scan(target);
    await expect(scan).rejects.toThrow(`${folder}/trivy: Trivy 0.69.4 is a compromised release`);
    expect((await real.files.stat(`${folder}/trivy.ran`)).kind).toBe('absent');
  });

  test('is told image, platform and where to write, and is not told the secrets of the job', async () => {
    const { scanner: any, lines } = await scanner('trivy', fixture('debian'));
    await any.scan(target);
    expect(lines).toEqual([`scanning ${image} for linux/amd64 without secrets`]);
  });

  test('findings count whatever the exit code says', async () => {
    const { scanner: any } = await scanner('sarif', fixture('debian.sarif'), 2);
    expect((await any.scan(target)).findings).toHaveLength(12);
  });

  test('a report that does not date its database has no place where policy says how old that may be', async () => {
    const { scanner: any } = await scanner('sarif', fixture('debian.sarif'), 0, true, {}, { databaseMaxAge: 3 });
    await expect(any.scan(target)).rejects.toThrow(
      'Trivy: names no date of its vulnerability database, and --database-max-age asks for one; use a scanner or a report format that dates it, or leave out database-max-age.',
    );
  });

  const clean = changed(fixture('debian.sarif'), ['runs', 0, 'results'], []);
  test('no findings and exit code 0 is a clean scan', async () => {
    const { scanner: any } = await scanner('sarif', clean);
    expect((await any.scan(target)).findings).toEqual([]);
  });

  test.each<readonly [string, ScannerFormat, string | null, number, boolean, string]>([
    [
      'no findings and another exit code',
      'sarif',
      clean,
      2,
      true,
      `${image}: ${program} reported no findings, but it ended with exit code 2`,
    ],
    ['no report', 'sarif', null, 0, true, `${image}: ${program} made no report: it ended with exit code 0`],
    ['an empty stdout', 'cyclonedx', null, 0, false, `${image}: ${program}'s report is empty`],
    [
      'a report of another format',
      'cyclonedx',
      fixture('debian.sarif'),
      0,
      true,
      'is not of the known schema at bomFormat',
    ],
  ])('%s is a failure', async (_, format, report, code, toFile, sentence) => {
    const { scanner: any } = await scanner(format, report, code, toFile);
    await expect(any.scan(target)).rejects.toThrow(sentence);
  });

  test('reads from the mirror that the registry client reads from', async () => {
    const mirrors = { 'registry.example:5000': 'mirror.example' };
    const { scanner: any, lines } = await scanner('trivy', fixture('debian'), 0, true, mirrors);
    await any.scan(target);
    expect(lines[0]).toContain(`scanning mirror.example/library/debian@${target.reference.digest} for`);
  });

  test('a command without a program or a format is a configuration error', () => {
    const world = createWorld();
    onTestFinished(() => world.close());
    for (const changes of [{ command: [], format: 'sarif' as const }, { command: ['scan'] }]) {
      const settings = { ...config(), scanner: { skipDatabaseUpdate: true, ...changes } };
      expect(() => commandScanner(world, settings)).toThrow(
        'scanner.command: needs a program and the format of its report',
      );
    }
  });
});

test('the scanner is Trivy unless another is chosen', () => {
  const world = createWorld();
  onTestFinished(() => world.close());
  expect(createScanner(world, config()).name).toBe('trivy');
  expect(createScanner(world, { ...config(), scanner: { skipDatabaseUpdate: true, tool: 'grype' } }).name).toBe(
    'grype',
  );
});
