import { describe, expect, it } from 'vitest';
import { FailureError } from '../../core/failure.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { mergeReports } from '../../core/report/merge.ts';
import { sampleCheckReport, sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof FailureError)) throw thrown;
    expect(thrown.failure.code).toBe('usage');
    return thrown.message;
  }
  throw new Error('nothing was refused');
}

describe('serialise', () => {
  it('renders the sample report as the fixture shows it', async () => {
    await expect(serialise(sampleReport())).toMatchFileSnapshot('../fixtures/reports/report.json');
  });

  it('does not depend on the order in which keys were made', () => {
    const report = sampleReport();
    const turned = Object.fromEntries(Object.entries(report).reverse()) as unknown as typeof report;
    expect(serialise(turned)).toBe(serialise(report));
    expect(Object.keys(JSON.parse(serialise(turned)) as object)[0]).toBe('schemaVersion');
  });

  it('writes large reports without indentation', () => {
    const findings = Array.from({ length: 2001 }, (_, index) => sampleFinding({ id: `CVE-2026-${index}` }));
    const large = sampleImage({ name: 'large "images":[]', scan: sampleScan({ findings }) });
    const report = sampleReport({ images: [large, sampleImage(), large] });
    const text = serialise(report);
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text))}\n`);
    expect(parseReport(text, 'report.json')).toEqual(report);
  });
});

describe('parseReport', () => {
  it.each([sampleReport(), sampleCheckReport(), sampleReport({ images: [], failures: [] })])(
    'reads back what was saved',
    (report) => {
      expect(parseReport(serialise(report), 'report.json')).toEqual(report);
    },
  );

  it('reads how long stages took, and refuses what is no stage', () => {
    const took = (stage: string) => {
      const { images, ...report } = sampleReport();
      const stages = [{ stage, durationMs: 5 }];
      return JSON.stringify({ ...report, images: images.map((image) => ({ ...image, stages })) });
    };
    expect(parseReport(took('scan'), 'a.json').images[0]?.stages).toEqual([{ stage: 'scan', durationMs: 5 }]);
    expect(() => parseReport(took('sleep'), 'a.json')).toThrow('stages');
  });

  it('keeps keys that a later minor version may add', () => {
    const later = { ...sampleReport(), novelty: { of: 'tomorrow' } };
    expect(parseReport(JSON.stringify(later), 'report.json')).toMatchObject({ novelty: { of: 'tomorrow' } });
  });

  const change = (edit: (report: Record<string, unknown>) => void) => {
    const report = JSON.parse(serialise(sampleReport())) as Record<string, unknown>;
    edit(report);
    return JSON.stringify(report);
  };

  it.each([
    ['', /^a\.json: is not valid JSON; give a report\.json that a run has saved\.$/],
    ['[]', /^a\.json: has no schemaVersion, so it is not a report of base-image-refresh; /],
    ['null', /^a\.json: has no schemaVersion/],
    [
      '{"schemaVersion":2}',
      /^a\.json: has schemaVersion 2, and only 1 is known here; use the version that wrote it\.$/,
    ],
    ['{"schemaVersion":1}', /^a\.json: is not a report: tool: /],
    [change((report) => Object.assign(report, { images: {} })), /^a\.json: is not a report: images: /],
    [change((report) => Object.assign(report, { startedAt: 'soon' })), /^a\.json: is not a report: startedAt: /],
    [
      change((report) => Object.assign((report.images as Record<string, unknown>[])[2] ?? {}, { verdict: 'fine' })),
      /^a\.json: is not a report: images\.2\.verdict: .*"fine"/,
    ],
    [change((report) => Object.assign(report, { images: [{}] })), /^a\.json: is not a report: images\.0\.name: /],
  ])('refuses what is no report, naming file and place: %#', (text, expected) => {
    expect(refusal(() => parseReport(text, 'a.json'))).toMatch(expected);
  });
});

describe('mergeReports', () => {
  const [web, api] = [sampleImage(), sampleImage({ name: 'api', verdict: 'current' })];
  const early = sampleReport({ images: [web], startedAt: '2026-11-21T06:00:00Z', finishedAt: '2026-11-21T06:01:00Z' });
  const late = sampleReport({ images: [api], startedAt: '2026-11-21T06:00:30Z', finishedAt: '2026-11-21T06:03:00Z' });

  it('joins shards: images, failures, times, requests', () => {
    const merged = mergeReports([late, early]);
    expect(merged.images.map(({ name }) => name)).toEqual(['web', 'api']);
    expect(merged.totals).toMatchObject({ images: 2, stale: 1, current: 1 });
    expect(merged.failures).toHaveLength(1);
    expect([merged.startedAt, merged.finishedAt]).toEqual(['2026-11-21T06:00:00.000Z', '2026-11-21T06:03:00Z']);
    expect(merged.requests).toEqual({ head: 18, get: 62, token: 8, write: 24, uploadedBytes: 96_426 });
  });

  it('believes the later run of an image, whatever the order of the files', () => {
    const again = { ...late, images: [{ ...web, verdict: 'current' as const }] };
    expect(mergeReports([again, early]).images).toEqual([{ ...web, verdict: 'current' }]);
  });

  it('leaves a single report as it is, but for counting its images anew', () => {
    expect(mergeReports([sampleReport()])).toEqual(sampleReport());
  });

  it('says that policies differed', () => {
    const strict = { ...late, policy: { severityThreshold: 'low', onlyFixable: false, newOnly: false } };
    expect(mergeReports([early, strict]).policy.severityThreshold).toBe('mixed');
  });

  it.each([
    [
      [early, { ...late, command: 'check' as const }],
      'report: a report of refresh and one of check do not mix; merge reports of one kind.',
    ],
    [
      [early, { ...late, dryRun: true }],
      'report: a report of a dry run and one of a real run do not mix; merge reports of one kind.',
    ],
    [[], 'report: no report was given; name at least one report.json.'],
  ])('refuses what does not belong together: %#', (reports, expected) => {
    expect(refusal(() => mergeReports(reports))).toBe(expected);
  });
});
