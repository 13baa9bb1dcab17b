import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../core/report/html.ts';
import { sampleReport } from '../support/sample-report.ts';
import { sampleTrend } from '../support/sample-trend.ts';

const pageOf = (trend: ReturnType<typeof sampleTrend>) => renderHtml(sampleReport({ trend }));
const sectionOf = (page: string) => /<section aria-labelledby="trend">.*?<\/section>/s.exec(page)?.[0] ?? '';
const heights = (section: string, colour: string) =>
  [...section.matchAll(new RegExp(`class="${colour}"[^>]* height="([\\d.]+)"`, 'g'))].map(([, tall]) => Number(tall));

describe('the trend in the page', () => {
  test('is there from the second run on', () => {
    expect(sectionOf(pageOf(sampleTrend(1)))).toBe('');
    expect(sectionOf(renderHtml(sampleReport()))).toBe('');
    expect(sectionOf(pageOf(sampleTrend(2)))).toContain('The last 2 runs');
  });

  test('has a column a run in each chart, of one scale, which says what it stands for', () => {
    const section = sectionOf(pageOf(sampleTrend(5)));
    expect(section.match(/<svg /g)).toHaveLength(3);
    expect(section.match(/<g>/g)).toHaveLength(15);
    // One to four days behind, and none on the first night, of which there is no bar.
    const figure = section.split('<figure>').find((part) => part.includes('Furthest behind')) ?? '';
    expect(heights(figure, 'warn')).toEqual([25, 50, 75, 100]);
    expect(figure).toContain('<title>2026-09-03: 2 days</title>');
    expect(figure).toContain('aria-label="Furthest behind its bases: first not behind, last 4 days"');
  });

  test('leaves a gap where a run does not know, and never a bar', () => {
    const section = sectionOf(pageOf(sampleTrend(6)));
    expect(section.match(/class="gap"/g)).toHaveLength(2);
    expect(section).toContain('<title>2026-09-06: not known</title>');
    expect(section).toContain('<title>2026-09-06: not scanned</title>');
  });

  test('of checks alone has no chart of findings', () => {
    const checks = sampleTrend(4).map(({ findings: _, ...point }) => ({ ...point, command: 'check' as const }));
    expect(sectionOf(pageOf(checks)).match(/<svg /g)).toHaveLength(2);
  });

  test('of one image among thousands still shows it', () => {
    const outcomes = { current: 4_999, failed: 1 };
    const runs = sampleTrend(2).map((point) => ({ ...point, images: 5_000, outcomes }));
    const figure = sectionOf(pageOf(runs)).split('<figure>')[1] ?? '';
    expect(heights(figure, 'bad')).toEqual([1, 1]);
  });

  test('stays small', () => {
    const section = sectionOf(pageOf(sampleTrend(90)));
    expect(section.length).toBeLessThan(120_000);
    expect((section.match(/<(?:rect|g|title)/g) ?? []).length).toBeLessThan(1_600);
  });
});
