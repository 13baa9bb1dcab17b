import { describe, expect, it } from 'vitest';
import type { Baseline } from '../core/baseline/baseline.ts';
import { compare, type PlatformDigests } from '../core/compare.ts';
import { fail } from '../core/failure.ts';
import { type Digest, digestOf } from '../core/oci/digest.ts';
import { type Platform, parsePlatform } from '../core/oci/platform.ts';

const digest = (text: string): Digest => digestOf(text);
const platform = (text: string): Platform => {
  const parsed = parsePlatform(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
};
const children = (entries: Readonly<Record<string, string>>): PlatformDigests =>
  Object.entries(entries).map(([name, content]) => ({ platform: platform(name), digest: digest(content) }));
const recorded = (content: string): Baseline => ({
  kind: 'recorded',
  digest: digest(content),
  evidence: 'annotation',
  confidence: 'medium',
});
const unreachable = fail('unreachable', 'registry.test', 'no route').failure;

describe('without a digest to compare', () => {
  it.each([
    ['never published', false, { kind: 'absent' } as Baseline, { kind: 'missing', to: digest('new') }],
    ['published without a record', true, { kind: 'absent' } as Baseline, { kind: 'unrecorded', to: digest('new') }],
    [
      'a record that cannot be read',
      true,
      { kind: 'unreadable', failure: unreachable } as Baseline,
      { kind: 'unknown', failure: unreachable },
    ],
    ['the same digest', true, recorded('new'), { kind: 'current', digest: digest('new') }],
  ])('%s', (_, published, baseline, freshness) => {
    expect(compare({ published, baseline, upstream: digest('new') }).freshness).toEqual(freshness);
  });
});

describe('per platform', () => {
  const [from, to] = [digest('old index'), digest('new index')];
  it.each<[string, string[], PlatformDigests | undefined, PlatformDigests, object]>([
    [
      'a consumed platform moved',
      ['linux/amd64'],
      children({ 'linux/amd64': 'a1' }),
      children({ 'linux/amd64': 'a2' }),
      { kind: 'stale', from, to },
    ],
    [
      'only another platform moved',
      ['linux/amd64'],
      children({ 'linux/amd64': 'a1', 'linux/arm64': 'r1' }),
      children({ 'linux/amd64': 'a1', 'linux/arm64': 'r2' }),
      { kind: 'unchanged-for-platforms', from, to },
    ],
    [
      'one of two consumed platforms moved',
      ['linux/amd64', 'linux/arm64'],
      children({ 'linux/amd64': 'a1', 'linux/arm64': 'r1' }),
      children({ 'linux/amd64': 'a1', 'linux/arm64': 'r2' }),
      { kind: 'stale', from, to },
    ],
    [
      'arm64 and arm64/v8 are one platform',
      ['linux/arm64/v8'],
      children({ 'linux/arm64': 'r1' }),
      children({ 'linux/arm64/v8': 'r1' }),
      { kind: 'unchanged-for-platforms', from, to },
    ],
    [
      'arm/v6 is not arm/v7',
      ['linux/arm/v6'],
      children({ 'linux/arm/v6': 'x1', 'linux/arm/v7': 'y1' }),
      children({ 'linux/arm/v7': 'y1' }),
      { kind: 'platform-missing', from, to, platforms: ['linux/arm/v6'] },
    ],
    [
      'the recorded digest is gone from the registry',
      ['linux/amd64'],
      undefined,
      children({ 'linux/amd64': 'a2' }),
      { kind: 'stale', from, to },
    ],
    ['no platform is known to be consumed', [], children({}), children({}), { kind: 'stale', from, to }],
    [
      'the platform was not there before',
      ['linux/amd64'],
      children({}),
      children({ 'linux/amd64': 'a2' }),
      { kind: 'stale', from, to },
    ],
  ])('%s', (_, consumed, before, current, freshness) => {
    const result = compare({
      published: true,
      baseline: recorded('old index'),
      upstream: to,
      details: { consumed: consumed.map(platform), recorded: new Map([[from, before]]), current },
    });
    expect(result.freshness).toEqual(freshness);
  });

  it('knows a recorded platform manifest as that of its platform', () => {
    const result = compare({
      published: true,
      baseline: recorded('a1'),
      upstream: to,
      details: {
        consumed: [platform('linux/amd64')],
        recorded: new Map([[digest('a1'), children({ 'linux/amd64': 'a1' })]]),
        current: children({ 'linux/amd64': 'a1', 'linux/arm64': 'r2' }),
      },
    });
    expect(result.freshness.kind).toBe('unchanged-for-platforms');
    expect(result.platforms).toEqual([{ platform: 'linux/amd64', from: digest('a1'), to: digest('a1') }]);
  });

  it.each([
    ['the first', recorded('older index'), 'old index'],
    ['another', recorded('old index'), 'older index'],
  ])('is stale where %s of the records that disagree is of an older platform', (_, baseline, other) => {
    const disputed: Baseline = {
      ...baseline,
      ...(baseline.kind === 'recorded'
        ? { disputedBy: [{ digest: digest(other), evidence: 'annotation', confidence: 'medium' }] }
        : {}),
    };
    const result = compare({
      published: true,
      baseline: disputed,
      upstream: to,
      details: {
        consumed: [platform('linux/amd64')],
        recorded: new Map([
          [from, children({ 'linux/amd64': 'a1' })],
          [digest('older index'), children({ 'linux/amd64': 'a0' })],
        ]),
        current: children({ 'linux/amd64': 'a1' }),
      },
    });
    expect(result.freshness).toEqual({ kind: 'stale', from: digest('older index'), to });
  });
});
