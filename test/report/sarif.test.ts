import { createRequire } from 'node:module';
import { Ajv } from 'ajv';
import type { Log, Result, Run } from 'sarif';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { renderSarif } from '../../core/report/sarif.ts';
import {
  sampleBase,
  sampleCheckReport,
  sampleFinding,
  sampleImage,
  sampleReport,
  sampleScan,
} from '../support/sample-report.ts';

const require = createRequire(import.meta.url);
// Draft 4 but for keywords that the schema does not use; ajv speaks later drafts.
const { $schema: _draft, id: _id, ...schema } = require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

function runOf(report: RefreshReport, options = {}): Run {
  const log = JSON.parse(renderSarif(report, options)) as Log;
  expect(validate(log), JSON.stringify(validate.errors?.slice(0, 3))).toBe(true);
  expect(log.runs).toHaveLength(1);
  const [run] = log.runs;
  if (run === undefined) throw new Error('no run');
  return run;
}

function brief({ ruleId, level, locations }: Result): string {
  const place = locations?.[0]?.physicalLocation;
  return `${level} ${ruleId} ${place?.artifactLocation?.uri}:${place?.region?.startLine}`;
}

function resultsOf(images: readonly ReportedImage[]): readonly Result[] {
  return runOf(sampleReport({ images, failures: [] })).results ?? [];
}

const scanned = sampleImage({ scan: sampleScan() });

describe('renderSarif', () => {
  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderSarif(sampleReport())).toMatchFileSnapshot('../fixtures/reports/report.sarif');
  });

  it('has a result for each stale base, each image not checked or scanned, and each finding, on the FROM lines', () => {
    expect((runOf(sampleReport()).results ?? []).map(brief)).toEqual([
      'warning stale-base-image services/web/Dockerfile:3',
      'warning unverified-base-image services/api/Dockerfile:2',
      'warning stale-base-image services/worker/Dockerfile:3',
      'warning undecided-gate services/worker/Dockerfile:3',
      'warning stale-base-image services/reports/Dockerfile:3',
      'error CVE-2026-10009 services/web/Dockerfile:3',
      'error GHSA-xxxx-yyyy-zzzz services/web/Dockerfile:3',
      'warning CVE-2026-10003 base/Dockerfile:1',
      'warning CVE-2026-10003 services/greeter/Dockerfile:3',
      'warning CVE-2026-10003 services/web/Dockerfile:3',
      'note CVE-2005-2541 base/Dockerfile:1',
      'note CVE-2005-2541 services/web/Dockerfile:3',
    ]);
  });

  it('has results for check too', () => {
    expect((runOf(sampleCheckReport()).results ?? []).map(brief)).toEqual([
      'warning stale-base-image base/Dockerfile:1',
      'warning stale-base-image services/web/Dockerfile:3',
      'warning unverified-base-image services/api/Dockerfile:2',
      'warning stale-base-image services/worker/Dockerfile:3',
      'warning stale-base-image services/reports/Dockerfile:3',
    ]);
  });

  it('describes every rule as code scanning asks', () => {
    const run = runOf(sampleReport());
    for (const [index, rule] of (run.tool.driver.rules ?? []).entries()) {
      expect(rule.shortDescription?.text).toMatch(/^\S.{0,1023}$/);
      expect(rule.fullDescription?.text.length).toBeLessThanOrEqual(1024);
      expect(rule.help?.text).toMatch(/\w\.$/);
      expect(rule.help?.markdown).toMatch(/\w\.$/);
      const used = (run.results ?? []).filter(({ ruleIndex }) => ruleIndex === index);
      expect(new Set(used.map(({ ruleId }) => ruleId))).toEqual(new Set([rule.id]));
    }
    expect(run.automationDetails?.id).toBe('base-image-refresh/refresh/2026-11-21T06:00:00.000Z');
    expect(run.tool.driver.fullName).toBe('Base Image Refresh 0.1.0');
  });

  it.each([
    ['critical', 9.8, '9.8'],
    ['critical', 5, '9.1'],
    ['high', undefined, '8.0'],
    ['medium', 5.9, '5.9'],
    ['low', 9.9, '4.0'],
    ['negligible', 7, '0.1'],
    ['unknown', 7, undefined],
  ] as const)('shows severity %s with score %s as %s, as the gate counted it', (severity, score, expected) => {
    const { score: _, ...finding } = sampleFinding({ severity });
    const scored = score === undefined ? finding : { ...finding, score };
    const image = sampleImage({ scan: sampleScan({ findings: [scored] }) });
    const rule = runOf(sampleReport({ images: [image] })).tool.driver.rules?.find(({ id }) => id === finding.id);
    expect(rule?.properties?.['security-severity']).toBe(expected);
  });

  it('describes a vulnerability by its worst finding', () => {
    const images = (['low', 'critical', 'medium'] as const).map((severity) =>
      sampleImage({ name: severity, scan: sampleScan({ findings: [sampleFinding({ severity, score: 9.9 })] }) }),
    );
    const rules = runOf(sampleReport({ images })).tool.driver.rules ?? [];
    expect(rules.map(({ id, properties }) => [id, properties?.['security-severity']])).toEqual([
      ['stale-base-image', undefined],
      ['CVE-2026-10001', '9.9'],
    ]);
  });

  it('keeps fingerprints when lines, digests and versions move, and tells findings apart', () => {
    const prints = (image: ReportedImage) => resultsOf([image]).map(({ partialFingerprints }) => partialFingerprints);
    const moved = sampleImage({
      bases: [sampleBase({ line: 40, to: digestOf('newer still') })],
      scan: sampleScan({ findings: sampleScan().findings.map((finding) => ({ ...finding, installed: '9.9' })) }),
    });
    expect(prints(moved)).toEqual(prints(scanned));
    expect(new Set(prints(scanned).map((print) => print?.primaryLocationLineHash)).size).toBe(3);
  });

  it('says that an image was not checked rather than letting its alert close', () => {
    const failure = { code: 'unreachable', subject: 'registry.example', detail: 'no answer', retryable: true } as const;
    const results = resultsOf([sampleImage({ verdict: 'unknown', bases: [], failure })]);
    expect(results.map(brief)).toEqual(['warning unverified-base-image services/web/Dockerfile:1']);
    expect(results[0]?.message.text).toBe('web: registry.example: no answer.');
  });

  it('has no result for a base that was refreshed, or whose move leaves the image alone', () => {
    const promoted = sampleImage({ promotion: { digest: 'sha256:0', tags: [] } });
    const same = sampleImage({ verdict: 'current', bases: [sampleBase({ verdict: 'unchanged-for-platforms' })] });
    expect(resultsOf([promoted, same])).toEqual([]);
  });

  it('names an image without a Dockerfile in place of a path', () => {
    const image = sampleImage({ ...scanned, name: 'shop/web:1.4 x', dockerfile: '', bases: [], verdict: 'unknown' });
    expect(new Set(resultsOf([image]).map(brief))).toContain('note CVE-2005-2541 shop/web%3A1.4%20x:1');
  });

  it('keeps the worst results within the limits and says how many are left out', () => {
    const findings = (['low', 'critical', 'negligible', 'high'] as const).map((severity, index) =>
      sampleFinding({ id: `CVE-2026-${index}`, severity }),
    );
    const report = sampleReport({ images: [sampleImage({ scan: sampleScan({ findings }) })], failures: [] });
    const run = runOf(report, { maxResults: 3 });
    expect((run.results ?? []).map(({ ruleId }) => ruleId)).toEqual(['stale-base-image', 'CVE-2026-1', 'CVE-2026-3']);
    expect(run.invocations?.[0]?.toolExecutionNotifications?.[0]?.message.text).toBe(
      '2 results of the mildest left out to keep within the limits of code scanning.',
    );
    const small = runOf(report, { maxCompressedBytes: 1200 });
    expect(small.results?.length).toBeLessThan(5);
  });

  it('reports failures as notifications and the run as not successful', () => {
    const [invocation] = runOf(sampleReport()).invocations ?? [];
    expect(invocation?.executionSuccessful).toBe(false);
    expect(invocation?.toolExecutionNotifications?.map(({ level }) => level)).toEqual(Array(4).fill('error'));
    expect(runOf(sampleReport({ images: [scanned], failures: [] })).invocations?.[0]?.executionSuccessful).toBe(true);
  });
});
