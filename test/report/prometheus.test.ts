import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { renderPrometheus } from '../../core/report/prometheus.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { describeWith, program } from '../e2e/setup/parts.ts';
import { sampleBase, sampleImage, sampleReport } from '../support/sample-report.ts';

function textOf(report: RefreshReport): string {
  return [...renderPrometheus(report)].join('');
}

/** The samples of a text: `name{labels}` and its value. */
function samplesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, series = '', value = ''] =
        /^([a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*\}) (\S+)$/.exec(line) ?? [];
      expect(series, line).not.toBe('');
      return [series, Number(value)];
    }),
  );
}

const [first] = sampleReport().images;
if (first === undefined) throw new Error('the sample has no image');
const hostile = { ...first, name: 'a"b\\c\nname{x="y"} 1', image: null };

describe('the metrics of a report', () => {
  const report = sampleReport();
  const samples = samplesOf(textOf(report));

  test('count every image once, by its outcome', () => {
    const counts = [...samples].filter(([series]) => series.startsWith('base_image_refresh_images{'));
    expect(counts.reduce((sum, [, value]) => sum + value, 0)).toBe(report.images.length);
  });

  test('say when the run ended and how long it took', () => {
    expect(samples.get(`base_image_refresh_run_timestamp_seconds{command="${report.command}"}`)).toBe(
      Date.parse(report.finishedAt) / 1000,
    );
  });

  test('count findings by severity, fixed and introduced', () => {
    const scanned = report.images.find(({ scan }) => scan !== null && scan.fixed.length > 0);
    if (scanned?.scan == null) throw new Error('the sample fixes nothing');
    const fixed = [...samples].filter(
      ([series]) => series.includes(`name="${scanned.name}"`) && series.includes('state="fixed"'),
    );
    expect(fixed).toHaveLength(6);
    expect(fixed.reduce((sum, [, value]) => sum + value, 0)).toBe(scanned.scan.fixed.length);
  });

  test('say for how long a base has been newer, of outdated ones only', () => {
    const [base] = first.bases;
    if (base === undefined) throw new Error('the sample has no base');
    const moved = { at: '2026-07-01T00:00:00Z', by: 'created', ageMs: 90_000 } as const;
    const stale = { ...first, promotion: null, verdict: 'stale' as const };
    const behind = (verdict: 'stale' | 'current') =>
      [...samplesOf(textOf({ ...report, images: [{ ...stale, bases: [{ ...base, verdict, moved }] }] }))].flatMap(
        ([series, value]) => (series.startsWith('base_image_refresh_base_behind_seconds') ? [value] : []),
      );
    expect(behind('stale')).toEqual([90]);
    expect(behind('current')).toEqual([]);
  });

  test('are of one line each, whatever a name is, and no series stands twice', () => {
    const text = textOf({ ...report, images: [hostile, hostile, first] });
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(samplesOf(text).size).toBe(lines.length);
    expect(text).toContain('name="a\\"b\\\\c\\nname{x=\\"y\\"} 1"');
  });

  test('are empty of images where there are none', () => {
    expect(textOf({ ...report, images: [] })).not.toContain('image_outcome');
  });
});

describeWith(['promtool'], 'promtool', () => {
  test.each([
    ['the sample', sampleReport()],
    ['hostile names', { ...sampleReport(), images: [hostile, hostile, first] }],
  ])('finds nothing wrong with the metrics of %s', (_, report) => {
    const { status, stdout, stderr } = spawnSync(program('promtool', 'promtool'), ['check', 'metrics'], {
      input: textOf(report),
      encoding: 'utf8',
    });
    expect(`${status} ${stdout}${stderr}`).toBe('0 ');
  });

  test('takes the rules that alert, which ask for metrics that there are', () => {
    const path = join(import.meta.dirname, '../../templates/prometheus/alerts.yaml');
    const { status, stdout } = spawnSync(program('promtool', 'promtool'), ['check', 'rules', path], {
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([0, expect.stringContaining('5 rules found')]);
    const rules = readFileSync(path, 'utf8');
    const names = rules.match(/base_image_refresh_\w+/g) ?? [];
    expect(names.length).toBeGreaterThan(3);
    const moved = { at: '2026-11-18T00:00:00Z', by: 'created', ageMs: 1000 } as const;
    const text = textOf(sampleReport({ images: [sampleImage({ bases: [sampleBase({ moved })] })] }));
    for (const name of names) expect(text).toContain(`# TYPE ${name} gauge`);
    const asked = /outcome=~"([^"]+)"/.exec(rules)?.[1]?.split('|') ?? [];
    expect(asked.filter((outcome) => !text.includes(`base_image_refresh_images{outcome="${outcome}"}`))).toEqual([]);
  });
});
