import { expect, test } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
import { releasedFindings } from '../../core/report/released-findings.ts';
import type { ReportedImage } from '../../core/report/report.ts';
import { sampleReport } from '../support/sample-report.ts';

const { images } = sampleReport();
const promoted = images.find(({ promotion, scan }) => promotion !== null && scan?.before !== undefined);
const held = images.find(
  ({ promotion, gate, scan }) => promotion === null && gate?.verdict === 'fail' && scan !== null,
);
if (promoted?.scan == null || held?.scan?.before === undefined) throw new Error('the sample has no such images');

const totals = (...those: readonly ReportedImage[]) => releasedFindings({ images: those });

test('count what was released; what a held image would fix is said apart, and its findings are those still published', () => {
  expect(totals(promoted)).toEqual({
    fixed: promoted.scan?.fixed.length,
    introduced: promoted.scan?.introduced.length,
    wouldFix: 0,
    now: promoted.scan?.findings.length,
  });
  expect(totals(held)).toEqual({
    fixed: 0,
    introduced: 0,
    wouldFix: held.scan?.fixed.length,
    now: held.scan?.before?.length,
  });
  expect(totals(promoted, held)).toMatchObject({
    fixed: promoted.scan?.fixed.length,
    wouldFix: held.scan?.fixed.length,
  });
});

test('of an image that was only scanned, what it has counts; of a first one that is held, nothing is released', () => {
  expect(totals({ ...held, build: null })).toMatchObject({ now: held.scan?.findings.length });
  const { before: _, ...first } = held.scan ?? {};
  expect(totals({ ...held, scan: first as never })).toMatchObject({ now: 0 });
});

test('stand in the HTML report', () => {
  const html = renderHtml(sampleReport());
  const shown = (label: string) => Number(new RegExp(`<dt>${label}</dt><dd>([\\d,]+)</dd>`).exec(html)?.[1]);
  const { fixed, introduced, wouldFix, now } = releasedFindings(sampleReport());
  expect([shown('findings fixed'), shown('introduced')]).toEqual([fixed, introduced]);
  expect([shown('more if released'), shown('findings now')]).toEqual([wouldFix, now]);
});
