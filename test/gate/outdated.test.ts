import { describe, expect, test } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { readGate } from '../../core/gate/read-gate.ts';
import { describeVerdict, verdictWarnings } from '../../core/gate/verdict.ts';
import { decideGate } from '../../core/gate.ts';
import type { Finding } from '../../core/scan/finding.ts';
import { parseYaml } from '../../core/settings/yaml.ts';
import { finding } from '../scan/support.ts';
import { scanned, strict, today } from './support.ts';

describe('data of exploitation that are too old', () => {
  const why = 'kev.json is of 2026-01-01, older than the 30 days that known-exploited-max-age allows';
  const old = 'epss.csv does not say of when it is, which epss-max-age needs to know';
  const known = {
    outdated: [
      { facts: ['kev', 'kevDue'], why },
      { facts: ['epss'], why: old },
    ],
  };
  const ruled = (when: string) => {
    const node = parseYaml(`rules: [{ name: r, when: '${when}', then: fail }]`, 'a.yml');
    return node === undefined ? {} : readGate({ file: 'a.yml', key: '', node });
  };
  const decide = (changes: Partial<GatePolicy>, found: Partial<Finding> = {}) =>
    decideGate(
      { ...strict, severityThreshold: 'none', known, ...changes },
      scanned([finding(found)]),
      undefined,
      today,
    );

  test.each<readonly [Partial<GatePolicy>, string]>([
    [
      { knownExploited: 'high' },
      `gate is inconclusive: gate.known-exploited: is set, but ${why}; get the catalogue of today.`,
    ],
    [{ epssThreshold: 0.5 }, `gate is inconclusive: gate.epss-threshold: is set, but ${old}; get the scores of today.`],
    [
      ruled('finding.kev'),
      `gate is inconclusive: the rule "r": cannot be decided for CVE-2026-1: kev is not known, because ${why}; ask with has() whether it is known, or provide the data.`,
    ],
    [
      ruled('finding.epss > 0.5'),
      `gate is inconclusive: the rule "r": cannot be decided for CVE-2026-1: epss is not known, because ${old}; ask with has() whether it is known, or provide the data.`,
    ],
    [
      ruled('finding.published < now'),
      'gate is inconclusive: the rule "r": cannot be decided for CVE-2026-1: published is not known; ask with has() whether it is known, or provide the data.',
    ],
    [{}, 'passes the gate'],
    [{ severityThreshold: 'high' }, 'fails the gate: CVE-2026-1 (high) in openssl 3.0.20'],
  ])('%o', (changes, sentence) => {
    expect(describeVerdict(decide(changes))).toBe(sentence);
  });

  test('leave what the scanner itself knows', () => {
    expect(decide(ruled('finding.kev'), { knownExploited: true }).kind).toBe('fail');
    expect(decide(ruled('finding.epss > 0.5'), { epss: 0.1 }).kind).toBe('pass');
  });

  test('are announced where they decide nothing', () => {
    expect(verdictWarnings(decide({}))).toEqual([why, old].map((one) => `${one}: what it says counts as unknown`));
  });
});
