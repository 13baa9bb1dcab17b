import { describe, expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import type { GatePolicy, VexEntry } from '../../core/gate/policy.ts';
import { describeVerdict } from '../../core/gate/verdict.ts';
import { decideGate } from '../../core/gate.ts';
import { finding } from '../scan/support.ts';
import { rows } from './rows.ts';
import { accept, scanned, strict, today } from './support.ts';

describe('decide', () => {
  test.each(rows)('$when', ({ policy, findings = [finding()], before, breaches }) => {
    const verdict = decideGate({ ...strict, ...policy }, scanned(findings), before, today);
    expect(verdict.kind).toBe(breaches.length === 0 ? 'pass' : 'fail');
    expect(verdict.kind === 'fail' ? verdict.breaches.map((breach) => breach.finding.id) : []).toEqual(breaches);
  });

  test('a scan that failed is inconclusive, even where policy only reports', () => {
    const { failure } = fail('scan-failed', 'r.example/app', 'no report');
    const policy: GatePolicy = { ...strict, severityThreshold: 'none', allowUnrecognised: true };
    expect(decideGate(policy, { kind: 'failed', failure }, [], today)).toEqual({ kind: 'inconclusive', failure });
  });

  test('a platform in which nothing was recognised is inconclusive unless policy allows it', () => {
    const scan = scanned([], { unrecognised: ['linux/arm64'] });
    expect(decideGate(strict, scan, undefined, today)).toMatchObject({
      kind: 'inconclusive',
      failure: { code: 'scan-failed', subject: 'linux/arm64' },
    });
    expect(decideGate({ ...strict, allowUnrecognised: true }, scan, undefined, today).kind).toBe('pass');
  });

  test('what a report leaves open is inconclusive where nothing is against policy, and fails where something is', () => {
    const unproven = [{ proof: 'search' as const, detail: 'the report is of secrets', platforms: ['linux/amd64'] }];
    expect(describeVerdict(decideGate(strict, scanned([], { unproven }), undefined, today))).toBe(
      'gate is inconclusive: linux/amd64: the report is of secrets; let it look for every vulnerability, or set accept-unproven to search.',
    );
    expect(decideGate(strict, scanned([finding()], { unproven }), undefined, today).kind).toBe('fail');
    expect(decideGate(strict, scanned([], { unproven: [] }), undefined, today).kind).toBe('pass');
  });

  test.each([
    [{ knownExploited: 'critical' as const }, 'gate.known-exploited: is set, but there is no catalogue'],
    [{ epssThreshold: 0.1 }, 'gate.epss-threshold: is set, but there are no EPSS scores'],
  ])('data that policy asks for and that is not there is inconclusive: %o', (changes, sentence) => {
    const verdict = decideGate({ ...strict, severityThreshold: 'none', ...changes }, scanned([]), undefined, today);
    expect(describeVerdict(verdict)).toContain(`gate is inconclusive: ${sentence}`);
  });

  describe('on a distribution that gets no more security updates', () => {
    const ended = scanned([], { endOfLife: [{ distribution: 'debian 8.0', platforms: ['linux/amd64'] }] });

    test('only reports where policy does not ask', () => {
      expect(decideGate(strict, ended, undefined, today).kind).toBe('pass');
    });

    test.each<readonly [Partial<GatePolicy>, string]>([
      [{ endOfLife: 'high' }, 'fail'],
      [{ endOfLife: 'high', onlyFixable: true, newOnly: true }, 'fail'],
      [{ endOfLife: 'medium' }, 'pass'],
      [{ endOfLife: 'medium', maximum: { medium: 0 } }, 'fail'],
      [{ endOfLife: 'high', owner: 'app' }, 'pass'],
      [{ endOfLife: 'high', exceptions: [{ id: 'END-OF-LIFE', package: 'debian', reason: 'moving' }] }, 'pass'],
    ])('with %o it is a %s', (changes, kind) => {
      expect(decideGate({ ...strict, ...changes }, ended, undefined, today).kind).toBe(kind);
    });

    test('a supported distribution is none', () => {
      expect(decideGate({ ...strict, endOfLife: 'high' }, scanned([]), undefined, today).kind).toBe('pass');
    });

    test('says which, and what to do', () => {
      const odd = scanned([], { endOfLife: [{ distribution: 'slackware', platforms: ['linux/amd64'] }] });
      const sentences = [ended, odd].map((scan) => {
        const verdict = decideGate({ ...strict, endOfLife: 'high' }, scan, undefined, today);
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
    expect(decideGate(policy, scanned([finding()]), undefined, today)).toEqual({
      kind: 'pass',
      exceptionsUsed: [used],
      exceptionsUnused: [idle, lapsed],
    });
  });

  test('an exception of a finding that does not gate is not unused', () => {
    const verdict = decideGate(
      { ...strict, exceptions: [accept()] },
      scanned([finding({ severity: 'low' })]),
      undefined,
      today,
    );
    expect(verdict).toMatchObject({ kind: 'pass', exceptionsUsed: [accept()], exceptionsUnused: [] });
  });
});

test.each([
  ['base', 'pass'],
  ['app', 'fail'],
  ['unknown', 'fail'],
] as const)('an exception that is for the base alone, for a finding of %s: %s', (owner, kind) => {
  const policy = { ...strict, exceptions: [accept({ of: 'base' })] };
  expect(decideGate(policy, scanned([finding({ owner })]), undefined, today).kind).toBe(kind);
});

describe('a statement of VEX', () => {
  const entry = (changes: Partial<VexEntry> = {}): VexEntry => ({
    names: ['CVE-2026-1'],
    place: { distributions: [], holders: [] },
    at: 1,
    exception: accept(),
    ...changes,
  });
  const withdrawal: VexEntry = { names: ['CVE-2026-1'], place: { distributions: [], holders: [] }, at: 2 };

  test.each<readonly [string, Partial<GatePolicy>, string]>([
    ['accepts', { vex: [entry()] }, 'pass'],
    ['takes back', { vex: [entry(), withdrawal] }, 'fail'],
    ['accepts of the base alone', { vex: [entry({ of: 'base' })] }, 'fail'],
    ['accepts no more than exceptions may', { vex: [entry()], exceptionsUpTo: 'medium' }, 'fail'],
    ['accepts nothing where exceptions have to end', { vex: [entry()], exceptionsLongest: 30 }, 'fail'],
    ['takes back no exception', { vex: [withdrawal], exceptions: [accept()] }, 'pass'],
  ])('%s', (_, changes, kind) => {
    const scan = scanned([finding({ owner: 'app' })]);
    expect(decideGate({ ...strict, ...changes }, scan, undefined, today).kind).toBe(kind);
  });

  test('is listed as used or not', () => {
    const idle = accept({ id: 'CVE-1999-1' });
    const policy = { ...strict, vex: [entry(), entry({ names: ['CVE-1999-1'], exception: idle })] };
    expect(decideGate(policy, scanned([finding()]), undefined, today)).toMatchObject({
      exceptionsUsed: [accept()],
      exceptionsUnused: [idle],
    });
  });
});
