import { describe, expect, it } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { headline } from '../../core/report/outcome.ts';
import type { RefreshReport, ReportedBase } from '../../core/report/report.ts';
import { baseSentence, counted, duration, familiarName } from '../../core/report/words.ts';
import { sampleBase, sampleImage, sampleReport } from '../support/sample-report.ts';

const [from, to] = [digestOf('old'), digestOf('new')];
const old = `sha256:${from.slice(7, 19)}`;
const next = `sha256:${to.slice(7, 19)}`;
const amd64 = [{ platform: 'linux/amd64', from, to }];
const failure = {
  code: 'unauthorised',
  subject: 'node:20',
  detail: 'registry answered 401',
  retryable: false,
} as const;
const nothing = { from: null, evidence: null, confidence: null } as const;

describe('baseSentence', () => {
  it.each<readonly [Partial<ReportedBase>, string]>([
    [{}, `node:20-alpine moved ${old} → ${next} (linux/amd64); built on ${old} by BuildKit provenance.`],
    [
      { evidence: 'label', confidence: 'medium' },
      `node:20-alpine moved ${old} → ${next} (linux/amd64); built on ${old} by its labels (medium confidence).`,
    ],
    [
      { platforms: [...amd64, { platform: 'linux/arm64', from, to: from }] },
      `node:20-alpine moved ${old} → ${next} (linux/amd64); built on ${old} by BuildKit provenance.`,
    ],
    [{ verdict: 'current', to: from }, `node:20-alpine is still ${old}; built on it by BuildKit provenance.`],
    [
      { verdict: 'unchanged-for-platforms', evidence: 'own-record' },
      `node:20-alpine moved ${old} → ${next}, but not for this image's platforms; built on ${old} by this tool's own record.`,
    ],
    [
      { verdict: 'unrecorded', ...nothing },
      `node:20-alpine is ${next}; nothing records which digest the published image was built on.`,
    ],
    [{ verdict: 'missing', ...nothing }, `node:20-alpine is ${next}; the image is not published yet.`],
    [
      { verdict: 'missing', ...nothing, to: null },
      'node:20-alpine is built by this repository and is not published yet.',
    ],
    [{ verdict: 'unknown', ...nothing, to: null, failure }, 'node:20: registry answered 401.'],
    [{ verdict: 'unknown', ...nothing, to: null }, 'node:20-alpine could not be checked.'],
  ])('%j', (change, expected) => {
    expect(baseSentence(sampleBase({ from, to, platforms: amd64, ...change }))).toBe(expected);
  });
});

describe('headline', () => {
  it.each<readonly [Partial<RefreshReport>, string]>([
    [
      {},
      '7 images: 2 promoted on fresh bases, 1 held back by the gate, 1 inconclusive, 1 failed, 1 could not be checked, 1 current; 1 failure outside any image.',
    ],
    [{ images: [], failures: [] }, 'No image.'],
    [{ images: [sampleImage()], failures: [], command: 'check' }, '1 image: 1 stale.'],
    [{ images: [sampleImage()], failures: [], dryRun: true }, 'Dry run. 1 image: 1 stale and would be rebuilt.'],
    [{ images: [sampleImage()], failures: [], command: 'plan' }, '1 image: 1 stale and would be rebuilt.'],
  ])('%j', (change, expected) => {
    expect(headline(sampleReport(change))).toBe(expected);
  });
});

it.each([
  ['docker.io/library/node:20', 'node:20'],
  ['docker.io/grafana/grafana:12', 'grafana/grafana:12'],
  ['ghcr.io/library/x:1', 'ghcr.io/library/x:1'],
])('people call %s %s', (reference, expected) => {
  expect(familiarName(reference)).toBe(expected);
});

it.each([
  [840, '840 ms'],
  [12_340, '12.3 s'],
  [185_000, '3 min 5 s'],
  [119_600, '2 min 0 s'],
])('%d milliseconds read %s', (milliseconds, expected) => {
  expect(duration(milliseconds)).toBe(expected);
});

it('counts in words', () => {
  expect([counted(1, 'breach', 'breaches'), counted(2, 'breach', 'breaches'), counted(25_000, 'result')]).toEqual([
    '1 breach',
    '2 breaches',
    '25,000 results',
  ]);
});
