import { describe, expect, it } from 'vitest';
import type { Failure } from '../../core/failure.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { conclusionOf, failuresOf, totalsOf } from '../../core/report/totals.ts';
import { sampleBase, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const failure: Failure = { code: 'unreachable', subject: 'registry.example', detail: 'no answer', retryable: true };
const usage: Failure = { code: 'config', subject: 'web', detail: 'nothing names its image', retryable: false };
const gate = { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;
const build = {
  engine: 'buildx',
  digest: 'sha256:0',
  candidate: 'registry.example/web:candidate',
  evidence: 'layers' as const,
  durationMs: 1,
  pinned: [],
  notes: [],
};

const current = sampleImage({ verdict: 'current', bases: [sampleBase({ verdict: 'current' })] });
const stale = sampleImage();
const unknown = sampleImage({ verdict: 'unknown', bases: [] });
const held = sampleImage({ build, gate: { ...gate, verdict: 'fail' } });
const inconclusive = sampleImage({ build, gate: { ...gate, verdict: 'inconclusive', failure } });
const promoted = sampleImage({ build, gate, promotion: { digest: 'sha256:0', tags: [] } });

type Row = readonly [string, RefreshReport['command'], Partial<RefreshReport>, 'stale' | 'never', string];

describe('conclusionOf', () => {
  it.each<Row>([
    [
      'an image without a name',
      'check',
      { images: [{ ...unknown, image: null, failure: usage }] },
      'never',
      'usage-error',
    ],
    [
      'an image without a name beside a file that could not be read',
      'check',
      { images: [{ ...unknown, image: null, failure: usage }], failures: [failure] },
      'never',
      'incomplete',
    ],
    [
      'an image of a mistaken setting beside a file that could not be read',
      'check',
      { images: [{ ...unknown, failure: usage }], failures: [failure] },
      'never',
      'usage-error',
    ],
    ['nothing to do', 'check', { images: [current] }, 'stale', 'succeeded'],
    ['no image at all', 'check', { images: [] }, 'stale', 'succeeded'],
    ['stale, reported only', 'check', { images: [stale] }, 'never', 'succeeded'],
    ['stale, against policy', 'check', { images: [current, stale] }, 'stale', 'policy-failed'],
    ['stale in a plan', 'plan', { images: [stale] }, 'stale', 'policy-failed'],
    ['unknown', 'check', { images: [unknown] }, 'never', 'incomplete'],
    ['unknown and stale', 'check', { images: [unknown, stale] }, 'stale', 'incomplete'],
    ['promoted', 'refresh', { images: [promoted] }, 'stale', 'succeeded'],
    [
      'unknown, then rebuilt and promoted',
      'refresh',
      { images: [{ ...promoted, verdict: 'unknown' }] },
      'never',
      'succeeded',
    ],
    ['held', 'refresh', { images: [held, promoted] }, 'never', 'policy-failed'],
    ['inconclusive', 'refresh', { images: [inconclusive, promoted] }, 'never', 'incomplete'],
    ['held and inconclusive', 'refresh', { images: [held, inconclusive] }, 'never', 'incomplete'],
    ['scan passed', 'scan', { images: [{ ...unknown, gate }] }, 'never', 'succeeded'],
    [
      'scan failed the gate',
      'scan',
      { images: [{ ...unknown, gate: { ...gate, verdict: 'fail' } }] },
      'never',
      'policy-failed',
    ],
    ['scanner failed', 'scan', { images: [{ ...unknown, scan: sampleScan({ failure }) }] }, 'never', 'incomplete'],
    ['image failed', 'refresh', { images: [{ ...promoted, failure }] }, 'never', 'incomplete'],
    ['base failed', 'refresh', { images: [{ ...current, bases: [sampleBase({ failure })] }] }, 'never', 'incomplete'],
    ...(['held', 'failed'] as const).map(
      (verdict): Row => [
        `deployment ${verdict}`,
        'refresh',
        { images: [{ ...promoted, deployment: { digest: 'sha256:0', verdict, targets: [] } }] },
        'never',
        'incomplete',
      ],
    ),
    [
      'base unknown',
      'refresh',
      { images: [{ ...promoted, bases: [sampleBase({ verdict: 'unknown' })] }] },
      'never',
      'incomplete',
    ],
    ['run failed', 'refresh', { images: [promoted], failures: [failure] }, 'never', 'incomplete'],
    [
      'configuration of one image',
      'check',
      { images: [current, { ...unknown, failure: usage }] },
      'never',
      'usage-error',
    ],
    [
      'configuration outranks a failure',
      'check',
      { images: [unknown], failures: [failure, usage] },
      'never',
      'usage-error',
    ],
  ])('%s', (_, command, change, failOn, expected) => {
    expect(conclusionOf(sampleReport({ failures: [], ...change, command }), failOn)).toBe(expected);
  });
});

describe('totalsOf', () => {
  it('counts verdicts and how far images came', () => {
    expect(totalsOf([current, stale, unknown, held, inconclusive, promoted, { ...stale, failure }])).toEqual({
      images: 7,
      current: 1,
      stale: 5,
      unknown: 1,
      rebuilt: 3,
      promoted: 1,
      held: 2,
      failed: 1,
    });
  });
});

describe('failuresOf', () => {
  it('names each failure of an image once, though the image, its scan and its gate all carry it', () => {
    const failed = sampleImage({
      build,
      failure,
      scan: sampleScan({ failure }),
      gate: { ...gate, verdict: 'inconclusive', failure },
    });
    expect(failuresOf(sampleReport({ images: [failed], failures: [usage] }))).toEqual([usage, failure]);
  });
});
