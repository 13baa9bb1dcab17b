import { describe, expect, test } from 'vitest';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { tighten } from '../../core/gate/tighten.ts';

type Said = Partial<GatePolicy>;

describe('above a floor', () => {
  test.each<[string, Said, Said, Said]>([
    [
      'denied ids add up',
      { denyIds: ['CVE-1', 'CVE-2'] },
      { denyIds: ['CVE-2', 'CVE-3'] },
      { denyIds: ['CVE-1', 'CVE-2', 'CVE-3'] },
    ],
    [
      'denied packages add up',
      { denyPackages: ['xz'] },
      { denyPackages: ['event-stream'] },
      { denyPackages: ['xz', 'event-stream'] },
    ],
    [
      'denied licences add up',
      { denyLicences: ['AGPL-*'] },
      { denyLicences: ['SSPL-1.0'] },
      { denyLicences: ['AGPL-*', 'SSPL-1.0'] },
    ],
    [
      'what exceptions must say adds up',
      { exceptionsRequire: ['owner'] },
      { exceptionsRequire: ['expires'] },
      { exceptionsRequire: ['owner', 'expires'] },
    ],
    ['secrets that fail stay failing', { secrets: 'fail' }, { secrets: 'show' }, { secrets: 'fail' }],
    ['secrets that are shown may fail', { secrets: 'show' }, { secrets: 'fail' }, { secrets: 'fail' }],
    [
      'misconfigurations that fail stay failing',
      { misconfigurations: 'fail' },
      { misconfigurations: 'show' },
      { misconfigurations: 'fail' },
    ],
    ['licences may fail', { licences: 'show' }, { licences: 'fail' }, { licences: 'fail' }],
    ['an absolute gate stays absolute', { scope: 'absolute' }, { scope: 'relative' }, { scope: 'absolute' }],
    ['a relative gate may be absolute', { scope: 'relative' }, { scope: 'absolute' }, { scope: 'absolute' }],
    [
      'a threshold of none may be any',
      { severityThreshold: 'none' },
      { severityThreshold: 'low' },
      { severityThreshold: 'low' },
    ],
    [
      'a threshold is no higher',
      { severityThreshold: 'medium' },
      { severityThreshold: 'critical' },
      { severityThreshold: 'medium' },
    ],
    [
      'a threshold is not none',
      { severityThreshold: 'high' },
      { severityThreshold: 'none' },
      { severityThreshold: 'high' },
    ],
  ])('%s', (_, floor, own, expected) => {
    expect(tighten(floor, own).policy).toMatchObject(expected);
  });
});
