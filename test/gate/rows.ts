import type { GatePolicy } from '../../core/gate/policy.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { mergeFindings } from '../../core/scan/merge.ts';
import { finding } from '../scan/support.ts';
import { accept } from './support.ts';

function onPlatform(arch: string): Finding {
  const purl = `pkg:deb/debian/openssl@3.0.20?arch=${arch}&distro=debian-12`;
  return finding({ package: { name: 'openssl', purl }, platforms: [`linux/${arch}`] });
}

/** What a policy makes of findings. */
interface Row {
  readonly when: string;
  readonly policy?: Partial<GatePolicy>;
  readonly findings?: readonly Finding[];
  readonly before?: readonly Finding[];
  /** Ids of the breaches; empty where it passes. */
  readonly breaches: readonly string[];
}
/** Policies and findings, and which of them fail the gate. */
export const rows: readonly Row[] = [
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
    when: 'only fixable findings count and nobody knows whether it has a fix',
    policy: { onlyFixable: true },
    findings: [finding({ fixed: null })],
    breaches: ['CVE-2026-1'],
  },
  ...(
    [
      ['no fix', {}, []],
      ['a fix', { fixed: '3.0.22' }, ['CVE-2026-1']],
      ['a fix of which nobody knows', { fixed: null }, ['CVE-2026-1']],
    ] as const
  ).map(([what, fix, breaches]) => ({
    when: `the gate is relative and what was there before has ${what}`,
    policy: { scope: 'relative' as const },
    findings: [finding(fix)],
    before: [finding(fix)],
    breaches,
  })),
  ...(
    [
      ['one platform', ['amd64'], ['CVE-2026-1']],
      ['another platform', ['s390x'], ['CVE-2026-1']],
      ['each of its platforms', ['amd64', 'arm64'], []],
    ] as const
  ).map(([what, covered, breaches]) => ({
    when: `exceptions by package URL are for ${what} of a finding`,
    policy: {
      exceptions: covered.map((arch) => accept({ purl: `pkg:deb/debian/openssl?arch=${arch}` })),
    },
    findings: mergeFindings([[onPlatform('amd64')], [onPlatform('arm64')]]),
    breaches,
  })),
  {
    when: 'an exception by package URL says nothing of platforms',
    policy: { exceptions: [accept({ purl: 'pkg:deb/debian/openssl' })] },
    findings: mergeFindings([[onPlatform('amd64')], [onPlatform('arm64')]]),
    breaches: [],
  },
  {
    when: 'an exception is for what the scanner says of a fix on one platform alone',
    policy: { exceptions: [accept({ fixState: 'wont-fix' })] },
    findings: mergeFindings([
      [finding({ fixState: 'wont-fix' })],
      [finding({ fixState: 'not-fixed', platforms: ['linux/arm64'] })],
    ]),
    breaches: ['CVE-2026-1'],
  },
  ...(
    [
      ['pkg:golang/example.com/m#sub', []],
      ['pkg:golang/example.com/m#other', ['CVE-2026-1']],
      ['pkg:golang/example.com/m', []],
    ] as const
  ).map(([purl, breaches]) => ({
    when: `an exception is for ${purl}`,
    policy: { exceptions: [accept({ purl })] },
    findings: [finding({ package: { name: 'm', purl: 'pkg:golang/example.com/m@v1.0.0#sub' } })],
    breaches,
  })),
  ...(
    [
      [{ secrets: 'fail' }, ['AWS-KEY']],
      [{ misconfigurations: 'fail' }, ['DS-0002']],
      [{ licences: 'fail' }, ['AGPL-3.0', 'MIT']],
      [{ secrets: 'show', misconfigurations: 'show', licences: 'show' }, []],
      [{ denyLicences: ['agpl-*'] }, ['AGPL-3.0']],
      [{ denyLicences: ['AGPL-3.0'], exceptions: [accept({ id: 'AGPL-3.0' })] }, ['AGPL-3.0']],
      [{ denyLicences: ['AGPL-3.0'], exceptions: [accept({ id: 'AGPL-3.0', from: 'run' })] }, []],
      [{ denyLicences: ['AWS-*'] }, []],
      [{ secrets: 'fail', exceptions: [accept({ id: 'AWS-KEY' })] }, []],
    ] as const satisfies readonly (readonly [Partial<GatePolicy>, readonly string[]])[]
  ).map(([policy, breaches]) => ({
    when: `policy says of other kinds ${JSON.stringify(policy)}`,
    policy,
    findings: [
      finding({ kind: 'secret', id: 'AWS-KEY', severity: 'low' }),
      finding({ kind: 'misconfiguration', id: 'DS-0002', severity: 'low' }),
      finding({ kind: 'licence', id: 'AGPL-3.0', severity: 'unknown' }),
      finding({ kind: 'licence', id: 'MIT', severity: 'low' }),
    ],
    breaches,
  })),
  {
    when: 'an exception asks for a fix, and nobody knows of one',
    policy: { exceptions: [accept({ fixState: 'fixed' })] },
    findings: [finding({ fixed: null })],
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
  {
    when: 'a secret, a misconfiguration or a licence was found',
    findings: (['secret', 'misconfiguration', 'licence'] as const).map((kind) =>
      finding({ kind, severity: 'critical' }),
    ),
    breaches: [],
  },
  ...(
    [
      [{ kind: 'secret' }, false],
      [{ kind: 'vulnerability' }, true],
      [{ namespace: 'debian:distro:debian:12' }, true],
      [{ namespace: 'nvd:cpe' }, false],
      [{ fixState: 'wont-fix' }, true],
      [{ fixState: 'fixed' }, false],
      [{ packageType: 'npm', language: 'javascript' }, true],
      [{ packageType: 'deb' }, false],
      [{ upstream: 'lodash' }, true],
      [{ upstream: 'other' }, false],
    ] as const
  ).map(([criterion, isCovered]) => ({
    when: `an exception of an ignore file says ${JSON.stringify(criterion)}`,
    policy: { exceptions: [accept(criterion)] },
    findings: [
      finding({
        package: { name: 'lodash', purl: 'pkg:npm/lodash@4.17.20?upstream=lodash%401' },
        namespace: 'debian:distro:debian:12',
        fixState: 'wont-fix',
      }),
    ],
    breaches: isCovered ? [] : ['CVE-2026-1'],
  })),
  {
    when: 'an exception asks for what the scanner does not say',
    policy: {
      exceptions: [
        accept({ packageType: 'npm' }),
        accept({ upstream: 'openssl' }),
        accept({ fixState: 'not-fixed' }),
        accept({ language: 'c' }),
      ],
    },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception asks for a fix, and its version is there',
    policy: { exceptions: [accept({ fixState: 'fixed' })] },
    findings: [finding({ fixed: '3.0.22' })],
    breaches: [],
  },
  {
    when: 'an exception names one CVE of an advisory of several',
    policy: { exceptions: [accept({ id: 'CVE-2024-1' })] },
    findings: [finding({ id: 'ALAS-2024-1', aliases: ['CVE-2024-1', 'CVE-2024-2'] })],
    breaches: ['ALAS-2024-1'],
  },
  {
    when: 'an exception names an advisory of several CVEs',
    policy: { exceptions: [accept({ id: 'ALAS-2024-1' })] },
    findings: [finding({ id: 'ALAS-2024-1', aliases: ['CVE-2024-1', 'CVE-2024-2'] })],
    breaches: [],
  },
  {
    when: 'an exception names the CVE of an advisory of one',
    policy: { exceptions: [accept({ id: 'CVE-2024-1' })] },
    findings: [finding({ id: 'GHSA-aaaa', aliases: ['CVE-2024-1', 'cve-2024-1'] })],
    breaches: [],
  },
  { when: 'an exception names it', policy: { exceptions: [accept()] }, breaches: [] },
  {
    when: 'an exception ends later than policy lets those of the repository end',
    policy: { exceptionsLongest: 30, exceptions: [accept({ expires: '2099-01-01' })] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception of the repository never ends',
    policy: { exceptionsLongest: 30, exceptions: [accept()] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception of the run never ends',
    policy: { exceptionsLongest: 30, exceptionsUpTo: 'low', exceptions: [accept({ from: 'run' })] },
    breaches: [],
  },
  {
    when: 'an exception covers more than policy lets those of the repository cover',
    policy: { exceptionsUpTo: 'medium', exceptions: [accept()] },
    breaches: ['CVE-2026-1'],
  },
  {
    when: 'an exception covers the worst that those of the repository may cover',
    policy: { exceptionsUpTo: 'high', exceptions: [accept()] },
    breaches: [],
  },
  {
    when: 'an exception covers what only counts as worse',
    policy: {
      exceptionsUpTo: 'high',
      knownExploited: 'critical',
      known: { exploited: new Set() },
      exceptions: [accept()],
    },
    findings: [finding({ knownExploited: true })],
    breaches: ['CVE-2026-1'],
  },
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
    when: 'an exception is for its place, however many slashes begin it',
    policy: { exceptions: [accept({ path: '//srv/*.json' })] },
    findings: [finding({ package: { name: 'lodash', path: '//srv/package.json' } })],
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
    when: 'an exception is for its name and a package URL and it has only the name',
    policy: { exceptions: [accept({ package: 'openssl', purl: 'pkg:deb/debian/openssl' })] },
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
    when: 'a finding with grace is of a day to come, by more than clocks differ',
    policy: { graceDays: 7 },
    findings: [
      finding({ published: '2026-11-22T12:00:01Z' }),
      finding({ id: 'CVE-2', published: '2026-11-22T12:00:00Z' }),
    ],
    breaches: ['CVE-2026-1'],
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
