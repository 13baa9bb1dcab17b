import { expect, test } from 'vitest';
import { compareUrgency } from '../../core/report/findings.ts';
import { fixPhrase } from '../../core/report/fix-phrase.ts';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { renderSarif } from '../../core/report/sarif.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const { fixed: _fixed, ...plain } = sampleFinding();
const silent = { ...plain, fixed: null };
const known = { ...plain, fixed: '2' };
const scan = sampleScan({ findings: [silent], introduced: [silent], fixed: [] });
const report = sampleReport({ images: [sampleImage({ scan })] });

test('a fix is a version, none, or not known', () => {
  expect([known, plain, silent].map((one) => fixPhrase(one))).toEqual(['fixed in 2', 'no fix', 'fix not known']);
});

test('what may have a fix comes before what has none, and after what has one', () => {
  expect([plain, silent, known].toSorted(compareUrgency)).toEqual([known, silent, plain]);
});

test.each([
  ['Markdown', renderMarkdown],
  ['HTML', renderHtml],
  ['SARIF', renderSarif],
])('%s says that a fix is not known', (_, render) => {
  const text = render(report);
  expect(text).toContain('fix not known');
  expect(text).not.toMatch(/no fix|no version fixes it|→ <code>null|in null/);
});

test('a saved report says what is not known, and is read again', () => {
  const [image] = parseReport(serialise(report), 'report.json').images;
  expect(image?.scan?.findings[0]?.fixed).toBeNull();
});
