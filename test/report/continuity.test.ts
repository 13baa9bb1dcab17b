import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { outcomeOf } from '../../core/report/outcome.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { renderTable } from '../../core/report/table.ts';
import { conclusionOf, totalsOf } from '../../core/report/totals.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const label = { aspect: 'labels', what: 'label version', platform: 'linux/amd64', from: '1.2', to: null } as const;
const variable = { aspect: 'configuration', what: 'variable V', from: 'a value', to: 'another value' } as const;
const signature = { aspect: 'signature', what: 'signature by cosign', from: 'signed', to: null } as const;
const continuity: NonNullable<ReportedImage['continuity']> = {
  carried: [label],
  explained: [{ ...variable, because: 'base' }],
  broken: [{ ...signature, remedy: 'set sign to cosign with its key, or accept signature' }],
};

function reportOf(change: Partial<ReportedImage>): RefreshReport {
  const images = [sampleImage({ name: 'web', verdict: 'stale', failure: null, promotion: null, ...change })];
  return sampleReport({ images, failures: [], totals: totalsOf(images), command: 'refresh', dryRun: false });
}

const held = reportOf({ continuity, held: { because: 'continuity', remedy: continuity.broken[0]?.remedy ?? '' } });

describe('an image that would break continuity', () => {
  test('is held by policy, in words of its own', () => {
    expect(held.images.map(outcomeOf)).toEqual(['broken']);
    expect(conclusionOf(held, 'never')).toBe('policy-failed');
    expect(held.totals.held).toBe(1);
    expect(renderMarkdown(held)).toContain('1 held back by continuity');
  });

  test('is saved and read back as it was', () => {
    expect(parseReport(serialise(held), 'report.json')).toEqual(held);
  });

  test.each([
    ['Markdown', (report: RefreshReport) => renderMarkdown(report)],
    ['HTML', (report: RefreshReport) => renderHtml(report)],
    ['the terminal', (report: RefreshReport) => renderTable(report, { columns: 400 })],
  ])('says in %s what breaks and what to do', (_, render) => {
    const text = render(held).replaceAll('\\', '');
    expect(text).toContain('1 break of continuity, so it was not promoted; 1 carried over, 1 explained');
    expect(text).toContain('signature by cosign is gone; set sign to cosign with its key, or accept signature');
  });
});

test('what was carried over and explained is in the summary', () => {
  const text = renderMarkdown(reportOf({ continuity: { ...continuity, broken: [] } })).replaceAll('\\', '');
  expect(text).toContain('against the published image: 1 carried over, 1 explained');
  expect(text).toContain('carried over: label version (linux/amd64): "1.2"');
  expect(text).toContain('explained: variable V from "a value" to "another value": it comes from the base');
});
