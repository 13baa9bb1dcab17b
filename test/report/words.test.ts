import { describe, expect, it } from 'vitest';
import type { Failure } from '../../core/failure.ts';
import { digestOf } from '../../core/oci/digest.ts';
import { policyWords, severityWords } from '../../core/report/findings.ts';
import { renderHtml } from '../../core/report/html.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { headline, standsOn } from '../../core/report/outcome.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from '../../core/report/report.ts';
import { vulnerabilityRule } from '../../core/report/sarif-rules.ts';
import { renderTable } from '../../core/report/table.ts';
import { baseSentence, familiarName } from '../../core/report/words.ts';
import { counted, duration } from '../../core/text/words.ts';
import { finding } from '../scan/support.ts';
import { sampleBase, sampleFinding, sampleImage, sampleReport } from '../support/sample-report.ts';

const [from, to] = [digestOf('old'), digestOf('new')];
const [old, bare] = [`sha256:${from.slice(7, 19)}…`, `${from.slice(7, 19)}…`];
const next = `sha256:${to.slice(7, 19)}…`;
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
    [{}, `node:20-alpine moved ${old} → ${next} (linux/amd64); built on sha256:${bare} by BuildKit provenance.`],
    [
      { evidence: 'label', confidence: 'medium' },
      `node:20-alpine moved ${old} → ${next} (linux/amd64); built on sha256:${bare} by its labels (medium confidence).`,
    ],
    [
      { platforms: [...amd64, { platform: 'linux/arm64', from, to: from }] },
      `node:20-alpine moved ${old} → ${next} (linux/amd64); built on sha256:${bare} by BuildKit provenance.`,
    ],
    [
      { moved: { at: '2026-01-01T00:00:00Z', by: 'created', ageMs: 3 * 86_400_000 } },
      `node:20-alpine moved ${old} → ${next} (linux/amd64) 3 days ago; built on sha256:${bare} by BuildKit provenance.`,
    ],
    [
      { moved: { at: '2026-01-01T00:00:00Z', by: 'ledger', ageMs: 90 * 60_000 } },
      `node:20-alpine moved ${old} → ${next} (linux/amd64), first seen 1 hour ago; built on sha256:${bare} by BuildKit provenance.`,
    ],
    [
      { disputedBy: [{ digest: to, evidence: 'annotation', confidence: 'medium' }] },
      `node:20-alpine moved ${old} → ${next} (linux/amd64); built on sha256:${bare} by BuildKit provenance, but ${next} by its annotations (medium confidence), so the safer verdict counts.`,
    ],
    [
      {
        verdict: 'settling',
        moved: { at: '2026-01-01T00:00:00Z', by: 'created', ageMs: 60_000 },
        settling: { until: '2026-01-01T02:00:00.000Z', missing: ['linux/arm64'] },
      },
      `node:20-alpine moved ${old} → ${next} (linux/amd64) 1 minute ago and is left to settle until 2026-01-01 02:00 UTC (it lacks linux/arm64); built on sha256:${bare} by BuildKit provenance.`,
    ],
    [
      { verdict: 'settling', ...nothing, settling: { until: '2026-01-01T02:00:00.000Z', missing: [] }, platforms: [] },
      `node:20-alpine is ${next} and is left to settle until 2026-01-01 02:00 UTC; nothing records which digest the published image was built on.`,
    ],
    [
      { verdict: 'unchanged-packages', packages: { verdict: 'same', by: 'the package database', count: 15 } },
      `node:20-alpine moved ${old} → ${next} (linux/amd64), with the same packages (15 packages, by the package database); built on sha256:${bare} by BuildKit provenance.`,
    ],
    [
      { verdict: 'unrecorded', ...nothing, layersOf: to },
      `node:20-alpine is ${next}; nothing records which digest the published image was built on: it has the layers of sha256:${next.slice(7)} under another configuration.`,
    ],
    [
      { verdict: 'unrecorded', ...nothing, runtime: false },
      `node:20-alpine is ${next}; nothing records which digest the published image was built on, and a build stage leaves no layers that could show it.`,
    ],
    [
      { verdict: 'unchanged-for-platforms', from: to, platforms: [{ platform: 'linux/amd64', from: to, to }] },
      `node:20-alpine is ${next}, which still has what this image is built on; built on sha256:${next.slice(7)} by BuildKit provenance.`,
    ],
    [{ verdict: 'current', to: from }, `node:20-alpine is still ${old}; built on it by BuildKit provenance.`],
    [
      { verdict: 'unchanged-for-platforms', evidence: 'own-record' },
      `node:20-alpine moved ${old} → ${next}, but not for this image's platforms; built on sha256:${bare} by this tool's own record.`,
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

const planned = (verdict: ReportedImage['verdict']) =>
  sampleImage({ verdict, plan: { action: 'rebuild', because: ['its base is rebuilt in this run'], level: 1 } });
const failureOf = (code: Failure['code']): Failure => ({ code, subject: 'web', detail: 'is so', retryable: false });
const withheld = sampleImage({
  verdict: 'stale',
  plan: { action: 'rebuild', because: ['x'], level: 1, held: failureOf('source-unknown') },
});

describe('headline', () => {
  it.each<readonly [Partial<RefreshReport>, string]>([
    [
      {},
      '7 images: 2 promoted on fresh bases, 1 held back by the gate, 1 inconclusive, 1 failed, 1 could not be checked, 1 current; 1 failure outside any image.',
    ],
    [{ images: [], failures: [] }, 'No images.'],
    [{ images: [sampleImage()], failures: [], command: 'check' }, '1 image: 1 stale.'],
    [{ images: [sampleImage()], failures: [], dryRun: true }, 'Dry run: nothing was written. 1 image: 1 stale.'],
    [
      { images: [planned('stale')], failures: [], dryRun: true },
      'Dry run: nothing was written. 1 image: 1 would be rebuilt.',
    ],
    [
      { images: [withheld, planned('stale')], failures: [], command: 'plan' },
      '2 images: 1 would be rebuilt, 1 would be held.',
    ],
    [
      // One follows its base or is forced, one is left to settle, one is skipped with its base.
      {
        images: [
          planned('stale'),
          planned('current'),
          sampleImage(),
          sampleImage({ plan: null, failure: failureOf('parent-failed') }),
          sampleImage({ verdict: 'lacks-platform', failure: failureOf('platform-absent') }),
        ],
        failures: [],
        command: 'plan',
      },
      '5 images: 1 skipped because of its base, 2 would be rebuilt, 1 stale, 1 without a platform that was asked for.',
    ],
  ])('%j', (change, expected) => {
    expect(headline(sampleReport(change))).toBe(expected);
  });
});

describe('policyWords', () => {
  const policy = { severityThreshold: 'high', onlyFixable: true, newOnly: false };
  const gate = { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;
  it.each<readonly [Partial<RefreshReport>, string]>([
    [{ policy }, 'Gate: fails on findings of severity high or worse that have a fix.'],
    [
      { policy: { ...policy, severityThreshold: 'critical', newOnly: true } },
      'Gate: fails on findings of severity critical that have a fix and that the published image did not have.',
    ],
    [{ policy: { ...policy, severityThreshold: 'none' } }, 'Gate: reports only, no severity fails it.'],
    [{ policy: { ...policy, severityThreshold: 'mixed' } }, 'Gate: the merged reports had different policies.'],
    [
      { policy, images: [sampleImage({ gate: { ...gate, policy: { ...policy, severityThreshold: 'medium' } } })] },
      'Gate: fails on findings of severity high or worse that have a fix. 1 image had its own policy.',
    ],
  ])('%j', (change, expected) => {
    expect(policyWords(sampleReport(change))).toBe(expected);
  });

  it('stands beside the verdict of an image that has its own', () => {
    const own = { ...gate, verdict: 'fail', policy: { ...policy, severityThreshold: 'low' } } as const;
    const breaches = [{ rule: 'severity-threshold' as const, finding: sampleFinding(), advice: 'Upgrade.' }];
    const report = sampleReport({ images: [sampleImage({ gate: { ...own, breaches } })] });
    for (const text of [renderMarkdown(report), renderHtml(report), renderTable(report)]) {
      expect(text.replace(/\s+/g, ' ').replaceAll('&#39;', "'")).toContain(
        "This image's gate fails on findings of severity low or worse that have a fix.",
      );
    }
  });
});

describe('standsOn', () => {
  it('is what the image was rebuilt on: a parent of this run is newer than what upstream had', () => {
    const parent = digestOf('built in this run');
    const build = {
      engine: 'rebase',
      digest: 'sha256:0',
      candidate: 'registry.example/web:candidate',
      evidence: 'layers' as const,
      durationMs: 1,
      pinned: [{ reference: 'docker.io/library/node:20-alpine', digest: parent }],
      notes: [],
    };
    const base = sampleBase({ verdict: 'current', to: from, from });
    expect(standsOn(sampleImage({ build }), base)).toBe(parent);
    expect(standsOn(sampleImage(), base)).toBe(from);
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

it('secrets, misconfigurations and licences are counted beside the severities of vulnerabilities, and are rules of their own', () => {
  const found = [
    finding({ severity: 'high' }),
    finding({ kind: 'secret', id: 'private-key', severity: 'critical' }),
    finding({ kind: 'licence', id: 'GPL-3.0', severity: 'high' }),
    finding({ kind: 'licence', id: 'AGPL-3.0', severity: 'high' }),
  ];
  expect(severityWords(found)).toBe('1 high, 1 secret, 2 licences');
  expect(severityWords(found.slice(1, 2))).toBe('1 secret');
  const rules = found.map((each) => vulnerabilityRule(each));
  expect(rules.map(({ name }) => name)).toEqual(['VulnerablePackage', 'Secret', 'Licence', 'Licence']);
  expect(rules[1]?.properties?.tags).toEqual(['security', 'secret', 'critical']);
});
