import { describe, expect, it } from 'vitest';
import type { Baseline, BaselineRecord } from '../core/baseline/record.ts';
import { compare } from '../core/check/compare.ts';
import { fail } from '../core/failure.ts';
import { type Digest, digestOf } from '../core/oci/digest.ts';
import { type Platform, type PlatformDigests, parsePlatform } from '../core/oci/platform.ts';

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
      'arm is arm/v7, aarch64 arm64 and x86_64 amd64',
      ['linux/arm', 'linux/aarch64', 'linux/x86_64'],
      children({ 'linux/arm/v7': 'a', 'linux/arm64': 'b', 'linux/amd64': 'c' }),
      children({ 'linux/arm': 'a', 'linux/arm64/v8': 'b', 'linux/amd64/v1': 'c', 'linux/arm/v6': 'x2' }),
      { kind: 'unchanged-for-platforms', from, to },
    ],
    [
      'amd64/v3 is not amd64',
      ['linux/amd64/v3'],
      children({ 'linux/amd64': 'a', 'linux/amd64/v3': 'b1' }),
      children({ 'linux/amd64': 'a', 'linux/amd64/v3': 'b2' }),
      { kind: 'stale', from, to },
    ],
    [
      'another build of Windows moved',
      ['windows(10.0.20348.2113)/amd64'],
      children({ 'windows(10.0.17763.1)/amd64': 'a1', 'windows(10.0.20348.1)/amd64': 'b' }),
      children({ 'windows(10.0.17763.2)/amd64': 'a2', 'windows(10.0.20348.9)/amd64': 'b' }),
      { kind: 'unchanged-for-platforms', from, to },
    ],
    [
      'its own build of Windows moved',
      ['windows(10.0.20348.2113)/amd64'],
      children({ 'windows(10.0.17763.1)/amd64': 'a', 'windows(10.0.20348.1)/amd64': 'b1' }),
      children({ 'windows(10.0.17763.1)/amd64': 'a', 'windows(10.0.20348.9)/amd64': 'b2' }),
      { kind: 'stale', from, to },
    ],
    [
      'its own build of Windows is gone',
      ['windows(10.0.17763.1)/amd64'],
      children({ 'windows(10.0.17763.1)/amd64': 'a', 'windows(10.0.20348.1)/amd64': 'b' }),
      children({ 'windows(10.0.20348.1)/amd64': 'b' }),
      { kind: 'platform-missing', from, to, platforms: ['windows/amd64'] },
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

  const record = (name: string, platforms?: Readonly<Record<string, string>>): BaselineRecord => ({
    digest: digest(name),
    evidence: 'annotation',
    confidence: 'medium',
    ...(platforms === undefined
      ? {}
      : {
          platforms: Object.entries(platforms).map(([name_, content]) => ({
            platform: platform(name_),
            digest: digest(content),
          })),
        }),
  });
  const index = children({ 'linux/amd64': 'a1', 'linux/arm64': 'r1' });

  // What is behind the digests that records may name: an index, its platforms, an older index.
  const behind = new Map([
    [from, index],
    [digest('a1'), children({ 'linux/amd64': 'a1' })],
    [digest('r1'), children({ 'linux/arm64': 'r1' })],
    [digest('older index'), children({ 'linux/amd64': 'a0', 'linux/arm64': 'r1' })],
  ]);
  it.each<[string, readonly BaselineRecord[], PlatformDigests, string, number]>([
    ['an index and its platform', [record('old index'), record('a1')], index, 'unchanged-for-platforms', 0],
    ['a platform and its index', [record('a1'), record('old index')], index, 'unchanged-for-platforms', 0],
    ['the index of now and its platform', [record('new index'), record('a1')], index, 'unchanged-for-platforms', 0],
    ['the index of now and an older one', [record('new index'), record('older index')], index, 'stale', 1],
    ['an older one and the index of now', [record('older index'), record('new index')], index, 'stale', 1],
    ['two that are left', [record('old index'), record('older index')], children({ 'linux/amd64': 'a2' }), 'stale', 1],
    ['three, of which two agree', [record('old index'), record('a1'), record('older index')], index, 'stale', 2],
    [
      'each platform its own',
      [record('a1', { 'linux/amd64': 'a1', 'linux/arm64': 'r1' })],
      index,
      'unchanged-for-platforms',
      0,
    ],
    [
      'one platform an older one',
      [record('a0', { 'linux/amd64': 'older index', 'linux/arm64': 'r1' })],
      index,
      'stale',
      0,
    ],
    ['only another platform', [record('r1', { 'linux/arm64': 'r1' })], index, 'stale', 0],
    ['no platform that is left', [record('older index')], children({ 'linux/s390x': 's' }), 'platform-missing', 0],
  ])('records that name %s', (_, [first, ...others], current, verdict, disputes) => {
    if (first === undefined) throw new Error('a record');
    const { freshness, baseline } = compare({
      published: true,
      baseline: { kind: 'recorded', ...first, ...(others.length === 0 ? {} : { disputedBy: others }) },
      upstream: to,
      details: { consumed: [platform('linux/amd64')], recorded: behind, current },
    });
    expect(freshness.kind).toBe(verdict);
    expect(baseline.kind === 'recorded' && (baseline.disputedBy ?? []).length).toBe(disputes);
    if (freshness.kind === 'stale' && baseline.kind === 'recorded') expect(baseline.digest).toBe(freshness.from);
  });
});
