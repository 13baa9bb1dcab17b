import { describe, expect, it } from 'vitest';
import type { CheckedBase, CheckedImage } from '../core/check/checked.ts';
import { verdictOf } from '../core/check/checked.ts';
import type { Freshness } from '../core/check/compare.ts';
import type { BaseImage } from '../core/dockerfile/base-image.ts';
import { describeFailure, fail } from '../core/failure.ts';
import { digestOf, shortDigest } from '../core/oci/digest.ts';
import { parseReference } from '../core/oci/reference.ts';
import { plan } from '../core/plan/plan.ts';
import { describeReason, type RebuildReason } from '../core/plan/reasons.ts';

const [from, to] = [digestOf('old'), digestOf('new')];
const stale: Freshness = { kind: 'stale', from, to };
const current: Freshness = { kind: 'current', digest: to };

function base(freshness: Freshness, parent?: string, via: BaseImage['via'] = 'from'): CheckedBase {
  const reference = parseReference(parent === undefined ? 'debian:12' : `registry.test/${parent}:1`);
  return {
    base: {
      reference,
      raw: 'debian:12',
      expanded: 'debian:12',
      via,
      line: 1,
      stage: 0,
      reachable: true,
      runtime: true,
      platform: null,
    },
    baseline: { kind: 'absent' },
    freshness,
    platforms: [],
    ...(parent === undefined ? {} : { parent }),
  };
}

function image(name: string, bases: readonly CheckedBase[], published = true): CheckedImage {
  const reference = parseReference(`registry.test/${name}:1`);
  const manifest = {
    descriptor: { mediaType: 'm', digest: from, size: 1 },
    bytes: new Uint8Array(),
    document: { kind: 'index' as const, mediaType: 'm', manifests: [], annotations: {} },
  };
  return {
    build: {
      name,
      dockerfile: `${name}/Dockerfile`,
      context: name,
      args: {},
      contexts: {},
      platforms: [],
      releases: [reference],
      provenance: {},
    },
    verdict: verdictOf(bases, published),
    bases,
    ...(published ? { published: { reference, manifest } } : {}),
  };
}

const shown = (images: readonly CheckedImage[], force = false) =>
  plan(images, { force }).levels.map((level) =>
    level.map((step) =>
      step.kind === 'rebuild'
        ? `${step.image.build.name}: ${step.because.join('; ')}`
        : `${step.image.build.name} skipped: ${step.failure === undefined ? step.why : describeFailure(step.failure)}`,
    ),
  );

const settling: Freshness = {
  kind: 'settling',
  from,
  to,
  until: new Date('2026-03-01T12:00:00Z'),
  missing: [],
};

describe('plan', () => {
  const moved = 'debian:12 moved sha256:b89c5ea5ac39 → sha256:11507a0e2f5e';
  const reason = moved.replace(/sha256:[0-9a-f]+ → sha256:[0-9a-f]+/, `${from.slice(0, 19)} → ${to.slice(0, 19)}`);
  it.each<[string, CheckedImage[], string[][]]>([
    ['a stale image is rebuilt and says why', [image('web', [base(stale)])], [[`web: ${reason}`]]],
    ['a current image is left', [image('web', [base(current)])], [['web skipped: every base is current']]],
    [
      'a frontend that moved is no reason',
      [image('web', [base(current), base(stale, undefined, 'syntax')])],
      [['web skipped: every base is current']],
    ],
    [
      'a child goes after its parent and with it',
      [image('web', [base(current, 'platform')]), image('platform', [base(stale)])],
      [[`platform: ${reason}`], ['web: its base platform is rebuilt in this run']],
    ],
    [
      'an image that was never published is built',
      [image('web', [base({ kind: 'missing', to })], false)],
      [['web: it has never been published']],
    ],
    [
      'an image from scratch that was never published is built',
      [image('web', [], false)],
      [['web: it has never been published']],
    ],
    [
      'no record is no proof of being current',
      [image('web', [base({ kind: 'unrecorded', to })])],
      [['web: nothing records which debian:12 it was built on']],
    ],
    [
      'a base that could not be checked keeps the image from being rebuilt or called current',
      [
        image('web', [
          base(stale),
          base({ kind: 'unknown', failure: fail('unreachable', 'registry.test', 'no route', 'try later').failure }),
        ]),
      ],
      [['web skipped: registry.test: no route; try later.']],
    ],
    [
      'a platform that is gone upstream is said',
      [image('web', [base({ kind: 'platform-missing', from, to, platforms: ['linux/arm64'] })])],
      [
        [
          'web skipped: debian:12: no longer has linux/arm64, which web ships; drop the platform or choose another base.',
        ],
      ],
    ],
    [
      'a base that is left to settle holds its image back, whatever else there is to do',
      [image('web', [base(stale), base(settling), base(settling)])],
      [['web skipped: debian:12 moved lately and is left to settle until 2026-03-01 12:00 UTC']],
    ],
    [
      'a base that is left to settle holds no other image back',
      [image('web', [base(settling), base(current, 'platform')]), image('platform', [base(stale)])],
      [
        [`platform: ${reason}`],
        ['web skipped: debian:12 moved lately and is left to settle until 2026-03-01 12:00 UTC'],
      ],
    ],
    [
      'a frontend that is left to settle holds nothing back',
      [image('web', [base(stale), base(settling, undefined, 'syntax')])],
      [[`web: ${reason}`]],
    ],
    [
      'a base of the same packages is no reason',
      [image('web', [base({ kind: 'unchanged-packages', from, to })])],
      [['web skipped: every base is current, or rebuilt from the same packages']],
    ],
    [
      'a cycle is reported with its path, and the rest goes on',
      [image('a', [base(stale, 'b')]), image('b', [base(stale, 'a')]), image('c', [base(stale)])],
      [
        [`c: ${reason}`],
        [
          'a skipped: a: its bases form a cycle: a → b → a; break the cycle in the FROM lines.',
          'b skipped: b: its bases form a cycle: b → a → b; break the cycle in the FROM lines.',
        ],
      ],
    ],
  ])('%s', (_, images, expected) => {
    expect(shown(images)).toEqual(expected);
  });

  it('rebuilds what is current when asked to', () => {
    expect(shown([image('web', [base(current)])], true)).toEqual([['web: a rebuild was asked for']]);
  });
});

describe('an image that lacks a platform that was asked for', () => {
  const { failure } = fail('platform-absent', 'web', 'the published image lacks linux/arm64', 'publish it');
  const lacking: CheckedImage = { ...image('web', [base(stale)]), verdict: 'lacks-platform', failure };

  it('is left, because a refresh changes its base and nothing else', () => {
    expect(shown([lacking])).toEqual([['web skipped: web: the published image lacks linux/arm64; publish it.']]);
  });

  it('is rebuilt for it where the run says so', () => {
    expect(shown([lacking], true)).toEqual([[expect.stringContaining('a rebuild was asked for')]]);
  });
});

const web = parseReference('registry.test/web:1.2');

it.each<readonly [RebuildReason, string]>([
  [
    { kind: 'base-moved', base: web, from, to, back: false },
    `registry.test/web:1.2 moved ${shortDigest(from)} → ${shortDigest(to)}`,
  ],
  [
    { kind: 'base-moved', base: web, from, to, back: true },
    `registry.test/web:1.2 moved back ${shortDigest(from)} → ${shortDigest(to)}`,
  ],
  [
    { kind: 'base-unrecorded', base: web, isUnverified: false },
    'nothing records which registry.test/web:1.2 it was built on',
  ],
  [
    { kind: 'base-unrecorded', base: web, isUnverified: true },
    'no verified record says which registry.test/web:1.2 it was built on',
  ],
  [{ kind: 'base-unpublished', base: web }, 'registry.test/web:1.2 has never been published'],
  [{ kind: 'never-published' }, 'it has never been published'],
  [
    { kind: 'tag-apart', tag: web, isPublished: true },
    'registry.test/web:1.2 names another image than its first release tag',
  ],
  [{ kind: 'tag-apart', tag: web, isPublished: false }, 'registry.test/web:1.2 has never been published'],
  [{ kind: 'parent-rebuilt', parent: 'platform' }, 'its base platform is rebuilt in this run'],
  [{ kind: 'asked-for' }, 'a rebuild was asked for'],
])('a reason is a sentence: %o', (reason, sentence) => {
  expect(describeReason(reason)).toBe(sentence);
});
