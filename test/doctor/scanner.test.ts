import { expect, test } from 'vitest';
import type { ScannerFacts } from '../../core/doctor/environment/scanner.ts';
import { scannerFindings } from '../../core/doctor/environment/scanner-findings.ts';
import type { Failure } from '../../core/failure.ts';
import { read } from './support.ts';

const failure = (subject: string, detail: string, remedy: string): Failure => {
  return { code: 'missing-tool', subject, detail, remedy, retryable: false };
};

const now = new Date('2026-11-21T12:00:00Z');
const trivy: ScannerFacts = {
  name: 'trivy',
  program: { kind: 'looked-for', found: { kind: 'done', value: { file: '/usr/bin/trivy', version: '0.68.2' } } },
  missing: [],
  isKept: false,
  now,
};
const there = (updatedAt: string, expired = false) => ({ kind: 'there', updatedAt, expired }) as const;
const newer = 'let a scan download a newer one, or name a mirror with database-repository';
test.each<[string, Partial<ScannerFacts>, readonly string[]]>([
  [
    'without a database',
    { database: { kind: 'absent', folder: '/c' } },
    ['note database of trivy: not in the cache yet, so the first scan downloads it'],
  ],
  [
    'that may fetch no database',
    { database: { kind: 'absent', folder: '/c' }, isKept: true },
    [
      'problem database of trivy: no database is in /c, and --skip-database-update prevents a download; name the folder of a database with scanner-cache',
    ],
  ],
  [
    'with a fresh database',
    { database: there('2026-11-20T11:00:00Z') },
    ['ok database of trivy: dates from 2026-11-20, 1 day ago'],
  ],
  [
    'with an expired one',
    { database: there('2026-11-10T11:00:00Z', true) },
    [`warning database of trivy: dates from 2026-11-10, 11 days ago, and a newer one is due; ${newer}`],
  ],
  [
    'with one older than allowed',
    { database: there('2026-11-10T11:00:00Z'), maxAge: 5 },
    [`warning database of trivy: dates from 2026-11-10, 11 days ago, and --database-max-age allows 5; ${newer}`],
  ],
  [
    'with an undated one where age counts',
    { database: there('soon'), maxAge: 5 },
    [`warning database of trivy: has no readable date, and --database-max-age allows 5; ${newer}`],
  ],
])('a scanner %s', (_, facts, wanted) => {
  expect(read(scannerFindings([{ ...trivy, ...facts }]))).toEqual([
    'ok scanner: trivy 0.68.2 at /usr/bin/trivy',
    ...wanted,
  ]);
});

test.each<[string, Partial<ScannerFacts>, readonly string[]]>([
  [
    'that is missing',
    {
      program: {
        kind: 'looked-for',
        found: { kind: 'failed', failure: failure('trivy', 'is not on PATH', 'install Trivy') },
      },
    },
    ['problem scanner trivy: is not on PATH; install Trivy'],
  ],
  [
    'that is installed on use',
    { program: { kind: 'installed-on-use' } },
    ['note scanner: trivy is not installed; the built-in version will be installed on first use'],
  ],
  [
    'that is a service',
    { name: 'defender', program: { kind: 'service' } },
    ['note scanner: defender is a service, which is contacted only during a scan'],
  ],
  [
    'without its login',
    { name: 'snyk', program: { kind: 'service' }, missing: [['SNYK_TOKEN', 'SNYK_OAUTH_TOKEN']] },
    [
      'note scanner: snyk is a service, which is contacted only during a scan',
      'problem scanner snyk: needs SNYK_TOKEN or SNYK_OAUTH_TOKEN in the environment; set it for this step',
    ],
  ],
])('a scanner %s', (_, facts, wanted) => {
  expect(read(scannerFindings([{ ...trivy, ...facts }]))).toEqual(wanted);
});
