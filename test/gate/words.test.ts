import { describe, expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { type Breach, describeVerdict } from '../../core/gate/verdict.ts';
import { decideGate } from '../../core/gate.ts';
import type { Finding, ScanReport } from '../../core/scan/finding.ts';
import { finding } from '../scan/support.ts';
import { accept, scanned, strict, today } from './support.ts';

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
      finding({ ...base, fixed: null }),
      [],
      'severity-threshold: The scanner does not say whether a version fixes it, which counts as one that does: look for a base with a newer openssl, or accept it for a time with an exception.',
    ],
    [
      finding({ fixed: null }),
      [],
      'severity-threshold: The scanner does not say whether a version fixes it, which counts as one that does: look for a newer openssl, or accept it for a time with an exception.',
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
    const verdict = decideGate({ ...strict, exceptions }, scanned([found]), undefined, today);
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
    const verdict = decideGate(policy, scanned([finding({ fixed: '2', ...found })]), undefined, today);
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
      'gate is inconclusive: app: no report; run it again.',
    ],
  ])('%#', (policy, scan, sentence) => {
    expect(describeVerdict(decideGate(policy, scan, undefined, today))).toBe(sentence);
  });
});

describe('facts of the image itself', () => {
  const shell = { kind: 'shell', files: ['bin/sh'], count: 1, platforms: ['linux/amd64'] } as const;
  const root = { kind: 'root-user', files: [], count: 0, platforms: ['linux/amd64'] } as const;
  const hardening = { facts: [shell, root], sizes: [], slimmer: [] };

  test('fail the gate where policy refuses them, whatever the threshold', () => {
    const policy: GatePolicy = { ...strict, severityThreshold: 'none', refuse: ['shell'] };
    const verdict = decideGate(policy, scanned([], { hardening }), undefined, today);
    if (verdict.kind !== 'fail') throw new Error(verdict.kind);
    expect(verdict.breaches.map(ruleAndAdvice)).toEqual([
      'hardening: The image has a shell (/bin/sh). Choose a base without one, such as a distroless or chiselled one, or accept it with an exception.',
    ]);
    expect(describeVerdict(verdict)).toBe('fails the gate: HARDENING-SHELL');
  });

  test('are accepted by an exception, which is then used', () => {
    const exceptions = [accept({ id: 'HARDENING-ROOT-USER' })];
    const policy: GatePolicy = { ...strict, refuse: ['root-user', 'setuid'], exceptions };
    expect(decideGate(policy, scanned([], { hardening }), undefined, today)).toEqual({
      kind: 'pass',
      exceptionsUsed: exceptions,
      exceptionsUnused: [],
    });
  });

  test('are only told where policy does not name them', () => {
    expect(decideGate(strict, scanned([], { hardening }), undefined, today).kind).toBe('pass');
  });

  test('that were not read cannot be judged', () => {
    const verdict = decideGate({ ...strict, refuse: ['secrets'] }, scanned([]), undefined, today);
    expect(describeVerdict(verdict)).toBe(
      'gate is inconclusive: gate.refuse: is set, but the files of the image have not been read; run it where the registry of the image can be read.',
    );
  });
});
