import { describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { joinFindings } from '../../core/scan/agree.ts';
import { compareFindings } from '../../core/scan/compare-findings.ts';
import { type Finding, ownerOf } from '../../core/scan/finding.ts';
import { mergeFindings } from '../../core/scan/merge.ts';
import { atLeast, countBySeverity, parseSeverity, worseOf } from '../../core/scan/severity.ts';
import { startProcessorClock } from '../support/processor-time.ts';
import { finding } from './support.ts';

describe('compareFindings', () => {
  test('tells fixed, introduced and remaining apart', () => {
    const gone = finding({ id: 'CVE-1' });
    const stays = finding({ id: 'CVE-2' });
    const comes = finding({ id: 'CVE-3' });
    expect(compareFindings([gone, stays], [stays, comes])).toEqual({
      fixed: [gone],
      introduced: [comes],
      remaining: [stays],
    });
  });

  const log4j = { name: 'log4j-core', path: 'lib/log4j-core-2.14.jar' };
  test.each([
    ['another version of the package', { installed: '3.0.21' }, 'remaining'],
    ['another severity', { severity: 'low' as const }, 'remaining'],
    ['its other name', { id: 'GHSA-1', aliases: ['CVE-2026-1'] }, 'remaining'],
    ['another package', { package: { name: 'libssl3' } }, 'introduced'],
    ['another place', { package: { name: 'openssl', path: 'opt/openssl' } }, 'introduced'],
  ])('the same finding with %s is %s', (_, changes, kind) => {
    const { introduced } = compareFindings([finding()], [finding(changes)]);
    expect(introduced.length === 0 ? 'remaining' : 'introduced').toBe(kind);
  });

  test.each<readonly [string, Partial<Finding>, Partial<Finding>, boolean]>([
    ['two CVEs of one advisory', { aliases: ['DSA-1-1'] }, { id: 'CVE-2026-2', aliases: ['DSA-1-1'] }, false],
    ['an advisory and its one CVE', { id: 'DSA-1-1' }, { aliases: ['DSA-1-1'] }, true],
    ['an advisory of two and one of them', { id: 'DSA-1-1', aliases: ['CVE-2026-1', 'CVE-2026-2'] }, {}, false],
    ['an advisory of two, twice', { id: 'DSA-1-1', aliases: ['CVE-1', 'CVE-2'] }, { id: 'DSA-1-1' }, true],
    ['a CVE with the words of a tool', { aliases: ['CVE-2026-1-openssl', 'DSA-1-1'] }, { id: 'DSA-1-1' }, true],
  ])('%s', (_, before, after, isSame) => {
    for (const [one, other] of [[before, after] as const, [after, before] as const]) {
      const { fixed, introduced, remaining } = compareFindings([finding(one)], [finding(other)]);
      expect([fixed.length, introduced.length, remaining.length]).toEqual(isSame ? [0, 0, 1] : [1, 1, 0]);
    }
  });

  test('a file name that carries the version is the same place', () => {
    const before = finding({ package: log4j, installed: '2.14' });
    const after = finding({ package: { ...log4j, path: 'lib/log4j-core-2.15.jar' }, installed: '2.15' });
    expect(compareFindings([before], [after])).toMatchObject({ fixed: [], introduced: [], remaining: [after] });
  });
});

describe('mergeFindings', () => {
  test('says once what several platforms have, with the worst severity and every name', () => {
    const merged = mergeFindings([
      [finding({ aliases: ['GHSA-1'], severity: 'unknown', fixed: '3.0.22' })],
      [finding({ aliases: ['DSA-1'], severity: 'critical', platforms: ['linux/arm64'] })],
    ]);
    expect(merged).toEqual([
      finding({
        aliases: ['GHSA-1', 'DSA-1'],
        severity: 'critical',
        fixed: '3.0.22',
        platforms: ['linux/amd64', 'linux/arm64'],
      }),
    ]);
  });

  test.each<readonly [string, Partial<Finding>, Partial<Finding>, string | null | undefined]>([
    ['a version and silence', { fixed: '2' }, { fixed: null }, '2'],
    ['a version and none', {}, { fixed: '2' }, '2'],
    ['none and silence', {}, { fixed: null }, null],
    ['silence and none', { fixed: null }, {}, null],
    ['none twice', {}, {}, undefined],
  ])('what platforms say of a fix, %s, is no less than what nobody knows', (_, one, other, fixed) => {
    const [merged] = mergeFindings([[finding(one)], [finding({ ...other, platforms: ['linux/arm64'] })]]);
    expect(merged?.fixed).toBe(fixed);
  });

  test.each([
    ['version', { installed: '3.0.21' }],
    ['package', { package: { name: 'libssl3' } }],
    ['place', { package: { name: 'openssl', path: 'a' } }],
    ['owner', { owner: 'base' as const }],
  ])('keeps findings of another %s apart', (_, changes) => {
    expect(mergeFindings([[finding()], [finding(changes)]])).toHaveLength(2);
  });

  test('orders by severity, then by name', () => {
    const merged = mergeFindings([
      [
        finding({ id: 'B', severity: 'low' }),
        finding({ id: 'D', severity: 'unknown' }),
        finding({ id: 'C', severity: 'critical' }),
        finding({ id: 'A', severity: 'low' }),
        finding({ id: 'A', severity: 'low', package: { name: 'a' } }),
        finding({ id: 'A', severity: 'low', package: { name: 'a', path: 'x' } }),
      ],
    ]);
    expect(merged.map(({ id, package: { name, path } }) => [id, name, path])).toEqual([
      ['C', 'openssl', undefined],
      ['A', 'a', undefined],
      ['A', 'a', 'x'],
      ['A', 'openssl', undefined],
      ['B', 'openssl', undefined],
      ['D', 'openssl', undefined],
    ]);
  });
});

test('the owner of a finding is told by layer and by nothing else', () => {
  const base = new Set([digestOf('base')]);
  expect(ownerOf(digestOf('base'), base)).toBe('base');
  expect(ownerOf(digestOf('app'), base)).toBe('app');
  expect(ownerOf(undefined, base)).toBe('unknown');
  expect(ownerOf(digestOf('base'), new Set())).toBe('unknown');
});

test('severities are ordered, and a word that is not known is unknown', () => {
  expect(atLeast('critical', 'high')).toBe(true);
  expect(atLeast('high', 'high')).toBe(true);
  expect(atLeast('medium', 'high')).toBe(false);
  expect(worseOf('low', 'medium')).toBe('medium');
  expect(worseOf('unknown', 'negligible')).toBe('negligible');
  expect(['HIGH', 'Negligible', 'important', ''].map(parseSeverity)).toEqual([
    'high',
    'negligible',
    'unknown',
    'unknown',
  ]);
  expect(countBySeverity([{ severity: 'high' }, { severity: 'high' }, { severity: 'unknown' }])).toEqual({
    critical: 0,
    high: 2,
    medium: 0,
    low: 0,
    negligible: 0,
    unknown: 1,
  });
});

describe('one vulnerability under several names', () => {
  const named = (id: string, aliases: readonly string[], changes = {}) => finding({ id, aliases, ...changes });

  test('is counted once in one report, with all of its names, the worst severity and a fix', () => {
    const merged = mergeFindings([
      [
        named('GHSA-w62r-7c53-fmc5', ['CVE-2025-41115'], { severity: 'high' }),
        named('GO-2025-4153', ['CVE-2025-41115', 'GHSA-w62r-7c53-fmc5'], { severity: 'critical', fixed: '12.0.7' }),
      ],
    ]);
    expect(merged).toMatchObject([
      { id: 'GHSA-w62r-7c53-fmc5', aliases: ['CVE-2025-41115', 'GO-2025-4153'], severity: 'critical', fixed: '12.0.7' },
    ]);
  });

  test.each<readonly [string, readonly ReturnType<typeof named>[], number]>([
    [
      'by a name that a third has too',
      [named('GHSA-aaaa', []), named('GO-1', ['GHSA-aaaa']), named('CVE-2024-1', ['GO-1'])],
      1,
    ],
    [
      'not by an advisory of two',
      [named('ALAS-1', ['CVE-2024-1', 'CVE-2024-2']), named('CVE-2024-1', []), named('CVE-2024-2', [])],
      3,
    ],
    ['not by an advisory that two have', [named('CVE-2024-1', ['GHSA-aaaa']), named('CVE-2024-2', ['GHSA-aaaa'])], 2],
    ['not in another package', [named('CVE-2024-1', []), named('CVE-2024-1', [], { package: { name: 'libssl3' } })], 2],
    ['not as a secret', [named('x', []), named('x', [], { kind: 'secret' })], 2],
  ])('%s', (_, findings, count) => {
    expect(mergeFindings([findings])).toHaveLength(count);
    expect(mergeFindings([findings.toReversed()])).toHaveLength(count);
  });

  test('costs time in proportion', () => {
    const spent = startProcessorClock();
    const findings = Array.from({ length: 16_000 }, (_, at) =>
      named(`CVE-2024-${at}`, ['GHSA-aaaa', `CVE-2023-${at}`]),
    );
    const shared = Array.from({ length: 16_000 }, (_, at) => named(`CVE-2022-${at}`, ['GHSA-aaaa']));
    expect(mergeFindings([[...findings, ...shared]])).toHaveLength(32_000);
    expect(spent()).toBeLessThan(2_500);
  });

  // Each of these took minutes, of 20,000 findings, where every finding was compared with, or copied into, all before it.
  const many = 8_000;
  const several = (at: number) => named(`A-${at}`, ['CVE-2026-1', 'CVE-2026-2', 'S']);
  const shapes: readonly (readonly [string, (at: number, of: number) => Finding, number])[] = [
    ['one name of many CVEs', (at) => named(`CVE-2026-${at}`, ['ADVISORY-1']), many],
    ['many names of one CVE', (at) => named(`X-${at}`, ['CVE-2026-1']), 1],
    ['a chain of names', (at) => named(`X-${at}`, [`X-${at + 1}`]), 1],
    ['a chain from its end', (at, of) => named(`X-${of - at}`, [`X-${of - at - 1}`]), 1],
    ['advisories of two CVEs', several, many],
    ['advisories of every second CVE', (at) => named(at % 2 ? `X-${at}` : `CVE-2026-${at}`, [`S-${at % 7}`]), many / 2],
    ['one finding on many platforms', (at) => named('CVE-2026-1', [], { platforms: [`p${at}`] }), 1],
  ];
  test.each(shapes)('%s cost time in proportion, of one scanner and of two', (_, shape, expected) => {
    const spent = startProcessorClock();
    const findings = Array.from({ length: many }, (__, at) => shape(at, many));
    expect(mergeFindings([findings]).length).toBe(expected);
    const half = findings.length / 2;
    const joined = joinFindings([
      { scanner: 'a', findings: findings.slice(0, half) },
      { scanner: 'b', findings: findings.slice(half) },
    ]);
    expect(joined.length).toBeLessThanOrEqual(many);
    expect(spent()).toBeLessThan(5_000);
  });
});
