import { describe, expect, test } from 'vitest';
import { fail } from '../core/failure.ts';
import { type Breach, decide, describeVerdict, type GatePolicy, type PolicyException } from '../core/gate.ts';
import type { Finding, ScanReport } from '../core/scan/finding.ts';
import { finding } from './scan/support.ts';

const today = new Date('2026-11-21T12:00:00Z');
const strict: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };

function scanned(
  findings: readonly Finding[],
  more: Partial<Extract<ScanReport, { kind: 'scanned' }>> = {},
): ScanReport {
  const scanner = { name: 'trivy', version: '0.68.2', database: null };
  return { kind: 'scanned', scanner, platforms: [{ os: 'linux', architecture: 'amd64' }], findings, ...more };
}

function accept(changes: Partial<PolicyException> = {}): PolicyException {
  return { id: 'CVE-2026-1', reason: 'not reachable', ...changes };
}

interface Row {
  readonly when: string;
  readonly policy?: Partial<GatePolicy>;
  readonly findings?: readonly Finding[];
  readonly before?: readonly Finding[];
  /** Ids of the breaches; empty where it passes. */
  readonly breaches: readonly string[];
}

const rows: readonly Row[] = [
  { when: 'nothing is found', findings: [], breaches: [] },
  { when: 'a finding is at the threshold', breaches: ['CVE-2026-1'] },
  { when: 'a finding is over the threshold', findings: [finding({ severity: 'critical' })], breaches: ['CVE-2026-1'] },
  { when: 'a finding is below the threshold', findings: [finding({ severity: 'medium' })], breaches: [] },
  { when: 'policy only reports', policy: { severityThreshold: 'none' }, breaches: [] },
  {
    when: 'the mildest severity is the threshold',
    policy: { severityThreshold: 'unknown' },
    findings: [finding({ severity: 'unknown' }), finding({ id: 'CVE-2', severity: 'negligible' })],
    breaches: ['CVE-2026-1', 'CVE-2'],
  },
  {
    when: 'an unknown severity meets a threshold of medium',
    policy: { severityThreshold: 'medium' },
    findings: [finding({ severity: 'unknown' })],
    breaches: ['CVE-2026-1'],
  },
  { when: 'an unknown severity meets a threshold of high', findings: [finding({ severity: 'unknown' })], breaches: [] },
  {
    when: 'policy counts unknown as critical',
    policy: { unknownSeverity: 'critical' },
    findings: [finding({ severity: 'unknown' })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'policy counts unknown as unknown',
    policy: { severityThreshold: 'negligible', unknownSeverity: 'unknown' },
    findings: [finding({ severity: 'unknown' })],
    breaches: [],
  },
  { when: 'only fixable findings count and it has no fix', policy: { onlyFixable: true }, breaches: [] },
  {
    when: 'only fixable findings count and it has a fix',
    policy: { onlyFixable: true },
    findings: [finding({ fixed: '3.0.22' })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'only new findings count and nothing is known of before',
    policy: { newOnly: true },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'only new findings count and it was there before',
    policy: { newOnly: true },
    before: [finding()],
    breaches: [],
  },
  {
    when: 'only new findings count and another was there before',
    policy: { newOnly: true },
    before: [finding({ id: 'CVE-2' })],
    breaches: ['CVE-2026-1'],
  },
  { when: 'all findings count and it was there before', before: [finding()], breaches: ['CVE-2026-1'] },
  { when: 'an exception names it', policy: { exceptions: [accept()] }, breaches: [] },
  {
    when: 'an exception names it in another case',
    policy: { exceptions: [accept({ id: 'cve-2026-1' })] },
    breaches: [],
  },
  {
    when: 'an exception names its alias',
    policy: { exceptions: [accept({ id: 'GHSA-1' })] },
    findings: [finding({ aliases: ['GHSA-1'] })],
    breaches: [],
  },
  {
    when: 'an exception is for its package',
    policy: { exceptions: [accept({ package: 'openssl' })] },
    breaches: [],
  },
  {
    when: 'an exception is for another package',
    policy: { exceptions: [accept({ package: 'libssl3' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for another id',
    policy: { exceptions: [accept({ id: 'CVE-2026-10' })] },
    breaches: ['CVE-2026-1'],
  },
  { when: 'an exception ends today', policy: { exceptions: [accept({ expires: '2026-11-21' })] }, breaches: [] },
  {
    when: 'an exception ended yesterday',
    policy: { exceptions: [accept({ expires: '2026-11-20' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception ends on a day that cannot be read',
    policy: { exceptions: [accept({ expires: '31/12/2099' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'one exception has expired and another holds',
    policy: { exceptions: [accept({ expires: '2026-01-01' }), accept({ reason: 'renewed' })] },
    breaches: [],
  },
  {
    when: 'an exception is for the installed version',
    policy: { exceptions: [accept({ version: '3.0.20' })] },
    breaches: [],
  },
  {
    when: 'an exception is for another version',
    policy: { exceptions: [accept({ version: '3.0.19' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for its place, with or without a slash before it',
    policy: { exceptions: [accept({ path: '/app/**/lodash/*.json' })] },
    findings: [finding({ package: { name: 'lodash', path: 'app/.hidden/lodash/package.json' } })],
    breaches: [],
  },
  {
    when: 'an exception is for another place',
    policy: { exceptions: [accept({ path: 'srv/**' })] },
    findings: [finding({ package: { name: 'lodash', path: '/app/lodash/package.json' } })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for a place and it has none',
    policy: { exceptions: [accept({ path: '**' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for its package URL',
    policy: { exceptions: [accept({ purl: 'pkg:deb/debian/openssl?arch=amd64' })] },
    findings: [
      finding({ package: { name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20?arch=amd64&distro=debian-12' } }),
    ],
    breaches: [],
  },
  ...[
    'pkg:deb/debian/openssl@3.0.21',
    'pkg:deb/debian/openssl?arch=arm64',
    'pkg:deb/ubuntu/openssl',
    'pkg:deb/debian/libssl3',
    'pkg:rpm/debian/openssl',
    'openssl',
  ].map((purl) => ({
    when: `an exception is for ${purl}`,
    policy: { exceptions: [accept({ purl })] },
    findings: [finding({ package: { name: 'openssl', purl: 'pkg:deb/debian/openssl@3.0.20?arch=amd64' } })],
    breaches: ['CVE-2026-1'],
  })),
  {
    when: 'an exception is for a package URL and it has none',
    policy: { exceptions: [accept({ purl: 'pkg:deb/debian/openssl' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for a package URL and it has one that cannot be read',
    policy: { exceptions: [accept({ purl: 'pkg:deb/debian/openssl' })] },
    findings: [finding({ package: { name: 'openssl', purl: 'openssl' } })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for every vulnerability of its package',
    policy: { exceptions: [accept({ id: '*', package: 'openssl' })] },
    breaches: [],
  },
  {
    when: 'an exception is for every vulnerability of another package',
    policy: { exceptions: [accept({ id: '*', package: 'zlib1g' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception is for every vulnerability of everything',
    policy: { exceptions: [accept({ id: '*' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'only findings of the app count and the base brings it',
    policy: { owner: 'app' },
    findings: [finding({ owner: 'base' })],
    breaches: [],
  },
  {
    when: 'only findings of the app count and nobody knows whose they are',
    policy: { owner: 'app' },
    findings: [finding({ owner: 'app' }), finding({ id: 'CVE-2' })],
    breaches: ['CVE-2026-1', 'CVE-2'],
  },
  {
    when: 'only findings of the base count',
    policy: { owner: 'base' },
    findings: [finding({ owner: 'app' }), finding({ id: 'CVE-2', owner: 'base' })],
    breaches: ['CVE-2'],
  },
  {
    when: 'a finding is younger than the days of grace',
    policy: { graceDays: 7 },
    findings: [finding({ published: '2026-11-14T12:00:01Z' })],
    breaches: [],
  },
  {
    when: 'a finding is as old as the days of grace',
    policy: { graceDays: 7 },
    findings: [finding({ published: '2026-11-14T12:00:00Z' })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'there is grace, but nobody knows since when it is known',
    policy: { graceDays: 7 },
    findings: [finding(), finding({ id: 'CVE-2', published: 'lately' })],
    breaches: ['CVE-2026-1', 'CVE-2'],
  },
  {
    when: 'there is no grace and the clock is behind',
    policy: { graceDays: 0 },
    findings: [finding({ published: '2027-01-01T00:00:00Z' })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'there are as many of a severity as may pass',
    policy: { severityThreshold: 'none', maximum: { high: 2 } },
    findings: [finding(), finding({ id: 'CVE-2' }), finding({ id: 'CVE-3', severity: 'critical' })],
    breaches: [],
  },
  {
    when: 'there are more of a severity than may pass',
    policy: { severityThreshold: 'critical', maximum: { high: 1, medium: 0 } },
    findings: [
      finding(),
      finding({ id: 'CVE-2' }),
      finding({ id: 'CVE-3', severity: 'unknown' }),
      finding({ id: 'CVE-4', severity: 'low' }),
    ],
    breaches: ['CVE-2026-1', 'CVE-2', 'CVE-3'],
  },
  {
    when: 'there are more of a severity than may pass, but for an exception',
    policy: { severityThreshold: 'none', maximum: { high: 1 }, exceptions: [accept()] },
    findings: [finding(), finding({ id: 'CVE-2' })],
    breaches: [],
  },
  {
    when: 'it is in the catalogue of known exploited vulnerabilities',
    policy: { knownExploited: 'critical', known: { exploited: new Set(['CVE-2026-1', 'CVE-2']) } },
    findings: [
      finding({ severity: 'low' }),
      finding({ id: 'GHSA-2', aliases: ['cve-2'], severity: 'unknown' }),
      finding({ id: 'CVE-3', severity: 'low' }),
    ],
    breaches: ['CVE-2026-1', 'GHSA-2'],
  },
  {
    when: 'the scanner says that it is exploited',
    policy: { knownExploited: 'high', known: { exploited: new Set() } },
    findings: [finding({ severity: 'low', knownExploited: true })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'it is exploited and policy does not ask',
    findings: [finding({ severity: 'low', knownExploited: true, epss: 1 })],
    breaches: [],
  },
  {
    when: 'it is exploited and in its days of grace',
    policy: { graceDays: 30, knownExploited: 'low', known: { exploited: new Set(['CVE-2026-1']) } },
    findings: [finding({ published: '2026-11-20T00:00:00Z' })],
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'its probability of exploitation is at the threshold, or over it by the scanner',
    policy: {
      epssThreshold: 0.5,
      known: {
        probabilities: new Map([
          ['CVE-2026-1', 0.5],
          ['CVE-3', 0.4999],
        ]),
      },
    },
    findings: [
      finding({ severity: 'low' }),
      finding({ id: 'CVE-2', severity: 'low', epss: 0.9 }),
      finding({ id: 'CVE-3', severity: 'low' }),
    ],
    breaches: ['CVE-2026-1', 'CVE-2'],
  },
  {
    when: 'a probable exploitation counts as medium',
    policy: { epssThreshold: 0.5, epssSeverity: 'medium', known: { probabilities: new Map() } },
    findings: [finding({ severity: 'low', epss: 0.9 })],
    breaches: [],
  },
  {
    when: 'the image is not recognised but policy allows that',
    policy: { allowUnrecognised: true },
    findings: [],
    breaches: [],
  },
];

describe('decide', () => {
  test.each(rows)('$when', ({ policy, findings = [finding()], before, breaches }) => {
    const verdict = decide({ ...strict, ...policy }, scanned(findings), before, today);
    expect(verdict.kind).toBe(breaches.length === 0 ? 'pass' : 'fail');
    expect(verdict.kind === 'fail' ? verdict.breaches.map((breach) => breach.finding.id) : []).toEqual(breaches);
  });

  test('a scan that failed is inconclusive, even where policy only reports', () => {
    const { failure } = fail('scan-failed', 'r.example/app', 'no report');
    const policy: GatePolicy = { ...strict, severityThreshold: 'none', allowUnrecognised: true };
    expect(decide(policy, { kind: 'failed', failure }, [], today)).toEqual({ kind: 'inconclusive', failure });
  });

  test('a platform in which nothing was recognised is inconclusive unless policy allows it', () => {
    const scan = scanned([], { unrecognised: ['linux/arm64'] });
    expect(decide(strict, scan, undefined, today)).toMatchObject({
      kind: 'inconclusive',
      failure: { code: 'scan-failed', subject: 'linux/arm64' },
    });
    expect(decide({ ...strict, allowUnrecognised: true }, scan, undefined, today).kind).toBe('pass');
  });

  test.each([
    [{ knownExploited: 'critical' as const }, 'gate.known-exploited: is set, but there is no catalogue'],
    [{ epssThreshold: 0.1 }, 'gate.epss-threshold: is set, but there are no EPSS scores'],
  ])('data that policy asks for and that is not there is inconclusive: %o', (changes, sentence) => {
    const verdict = decide({ ...strict, severityThreshold: 'none', ...changes }, scanned([]), undefined, today);
    expect(describeVerdict(verdict)).toContain(`cannot be judged: ${sentence}`);
  });

  describe('on a distribution that gets no more security updates', () => {
    const ended = scanned([], { endOfLife: [{ distribution: 'debian 8.0', platforms: ['linux/amd64'] }] });

    test('only reports where policy does not ask', () => {
      expect(decide(strict, ended, undefined, today).kind).toBe('pass');
    });

    test.each<readonly [Partial<GatePolicy>, string]>([
      [{ endOfLife: 'high' }, 'fail'],
      [{ endOfLife: 'high', onlyFixable: true, newOnly: true }, 'fail'],
      [{ endOfLife: 'medium' }, 'pass'],
      [{ endOfLife: 'medium', maximum: { medium: 0 } }, 'fail'],
      [{ endOfLife: 'high', owner: 'app' }, 'pass'],
      [{ endOfLife: 'high', exceptions: [{ id: 'END-OF-LIFE', package: 'debian', reason: 'moving' }] }, 'pass'],
    ])('with %o it is a %s', (changes, kind) => {
      expect(decide({ ...strict, ...changes }, ended, undefined, today).kind).toBe(kind);
    });

    test('a supported distribution is none', () => {
      expect(decide({ ...strict, endOfLife: 'high' }, scanned([]), undefined, today).kind).toBe('pass');
    });

    test('says which, and what to do', () => {
      const odd = scanned([], { endOfLife: [{ distribution: 'slackware', platforms: ['linux/amd64'] }] });
      const sentences = [ended, odd].map((scan) => {
        const verdict = decide({ ...strict, endOfLife: 'high' }, scan, undefined, today);
        return verdict.kind === 'fail' ? verdict.breaches.map(({ advice }) => advice).join() : '';
      });
      expect(sentences).toEqual([
        'debian 8.0 gets no more security updates. Move to a supported release of debian.',
        'slackware gets no more security updates. Move to a supported release of slackware.',
      ]);
    });
  });

  test('lists exceptions that covered something, and those that covered nothing or have expired', () => {
    const used = accept();
    const idle = accept({ id: 'CVE-1999-1' });
    const lapsed = accept({ expires: '2026-01-01' });
    const policy = { ...strict, exceptions: [used, idle, lapsed] };
    expect(decide(policy, scanned([finding()]), undefined, today)).toEqual({
      kind: 'pass',
      exceptionsUsed: [used],
      exceptionsUnused: [idle, lapsed],
    });
  });

  test('an exception of a finding that does not gate is not unused', () => {
    const verdict = decide(
      { ...strict, exceptions: [accept()] },
      scanned([finding({ severity: 'low' })]),
      undefined,
      today,
    );
    expect(verdict).toMatchObject({ kind: 'pass', exceptionsUsed: [accept()], exceptionsUnused: [] });
  });
});

function ruleAndAdvice({ rule, advice }: Breach): string {
  return `${rule}: ${advice}`;
}

describe('what is said of a breach', () => {
  const base = finding({ owner: 'base', platforms: ['linux/amd64', 'linux/arm64'] });
  test.each([
    [
      finding({ ...base, fixed: '3.0.22' }),
      [],
      'severity-threshold: Move to a base that has openssl 3.0.22, or upgrade it in the Dockerfile until there is one.',
    ],
    [
      base,
      [],
      'severity-threshold: No fixed version exists yet: choose a base without openssl, or accept it for a time with an exception.',
    ],
    [
      finding({
        owner: 'app',
        fixed: '4.17.21',
        package: { name: 'lodash', path: 'app/package.json' },
        installed: '4.17.20',
      }),
      [],
      'severity-threshold: Upgrade lodash to 4.17.21.',
    ],
    [
      finding(),
      [accept({ expires: '2026-11-20' })],
      'exception-expired: Its exception ended on 2026-11-20 (not reachable): no fixed version exists yet: remove openssl, or accept it for a time with an exception, or decide again how long to accept it.',
    ],
  ])('%#', (found, exceptions, sentence) => {
    const verdict = decide({ ...strict, exceptions }, scanned([found]), undefined, today);
    expect(verdict.kind === 'fail' ? verdict.breaches.map(ruleAndAdvice) : []).toEqual([sentence]);
  });

  const exploited = new Set(['CVE-2026-1']);
  const probabilities = new Map([['CVE-2026-1', 0.7]]);
  test.each<readonly [Partial<GatePolicy>, Partial<Finding>, string]>([
    [{ knownExploited: 'critical' }, { severity: 'low' }, 'It is known to be exploited, which counts as critical. '],
    [{ knownExploited: 'low' }, {}, 'It is known to be exploited. '],
    [
      { epssThreshold: 0.5 },
      { severity: 'low' },
      'It is exploited with a probability of 0.7 (EPSS), which counts as critical. ',
    ],
    [{ severityThreshold: 'none', maximum: { high: 0 } }, {}, 'Findings that count as high: 1, and 0 may pass. '],
    [
      { severityThreshold: 'none', maximum: { high: 0 }, knownExploited: 'high' },
      {},
      'It is known to be exploited. Findings that count as high: 1, and 0 may pass. ',
    ],
  ])('%o says why', (changes, found, why) => {
    const policy = { ...strict, known: { exploited, probabilities }, ...changes };
    const verdict = decide(policy, scanned([finding({ fixed: '2', ...found })]), undefined, today);
    const advice = verdict.kind === 'fail' ? verdict.breaches.map((breach) => breach.advice) : [];
    expect(advice).toEqual([`${why}Upgrade openssl to 2.`]);
  });
});

describe('what is said of a verdict', () => {
  const many = ['A', 'B', 'C', 'D', 'E'].map((id) => finding({ id }));
  const two = [accept({ id: 'A' }), accept({ id: 'B' })];
  test.each([
    [strict, scanned([]), 'passes the gate'],
    [{ ...strict, exceptions: [accept()] }, scanned([finding()]), 'passes the gate with 1 exception'],
    [{ ...strict, exceptions: two }, scanned(many.slice(0, 2)), 'passes the gate with 2 exceptions'],
    [strict, scanned([finding()]), 'fails the gate: CVE-2026-1 (high) in openssl 3.0.20'],
    [
      strict,
      scanned(many),
      'fails the gate: A (high) in openssl 3.0.20, B (high) in openssl 3.0.20, C (high) in openssl 3.0.20 and 2 more',
    ],
    [
      strict,
      { kind: 'failed', failure: fail('scan-failed', 'app', 'no report', 'run it again').failure } satisfies ScanReport,
      'cannot be judged: app: no report; run it again.',
    ],
  ])('%#', (policy, scan, sentence) => {
    expect(describeVerdict(decide(policy, scan, undefined, today))).toBe(sentence);
  });
});

describe('facts of the image itself', () => {
  const shell = { kind: 'shell', files: ['bin/sh'], count: 1, platforms: ['linux/amd64'] } as const;
  const root = { kind: 'root-user', files: [], count: 0, platforms: ['linux/amd64'] } as const;
  const hardening = { facts: [shell, root], sizes: [], slimmer: [] };

  test('fail the gate where policy refuses them, whatever the threshold', () => {
    const policy: GatePolicy = { ...strict, severityThreshold: 'none', refuse: ['shell'] };
    const verdict = decide(policy, scanned([], { hardening }), undefined, today);
    if (verdict.kind !== 'fail') throw new Error(verdict.kind);
    expect(verdict.breaches.map(ruleAndAdvice)).toEqual([
      'hardening: The image has a shell (/bin/sh). Choose a base without one, such as a distroless or chiselled one, or accept it with an exception.',
    ]);
    expect(describeVerdict(verdict)).toBe('fails the gate: HARDENING-SHELL');
  });

  test('are accepted by an exception, which is then used', () => {
    const exceptions = [accept({ id: 'HARDENING-ROOT-USER' })];
    const policy: GatePolicy = { ...strict, refuse: ['root-user', 'setuid'], exceptions };
    expect(decide(policy, scanned([], { hardening }), undefined, today)).toEqual({
      kind: 'pass',
      exceptionsUsed: exceptions,
      exceptionsUnused: [],
    });
  });

  test('are only told where policy does not name them', () => {
    expect(decide(strict, scanned([], { hardening }), undefined, today).kind).toBe('pass');
  });

  test('that were not read cannot be judged', () => {
    const verdict = decide({ ...strict, refuse: ['secrets'] }, scanned([]), undefined, today);
    expect(describeVerdict(verdict)).toBe(
      'cannot be judged: gate.refuse: is set, but the files of the image have not been read; judge the image where its registry can be read.',
    );
  });
});

test.each([
  ['base', 'pass'],
  ['app', 'fail'],
  ['unknown', 'fail'],
] as const)('an exception that is for the base alone, for a finding of %s: %s', (owner, kind) => {
  const policy = { ...strict, exceptions: [accept({ of: 'base' })] };
  expect(decide(policy, scanned([finding({ owner })]), undefined, today).kind).toBe(kind);
});
