import { table } from '../generate/describe.ts';
import type { Outcome, Target } from './bench.ts';
import type { Row } from './measure.ts';
import { cpuOf, medianOf } from './measure.ts';

/** A bench as Markdown: what was measured, each against the first, and the targets. */
export function outcomeTable(name: string, { title, rows, targets }: Outcome): string {
  const [first] = rows;
  const head = ['', 'median', 'fastest to slowest', '× the first', 'CPU', 'peak memory', ''];
  return [
    `## ${name}`,
    '',
    `${title}.`,
    '',
    table(
      head,
      rows.map((row) => cells(row, first)),
    ),
    '',
    table(
      ['target', 'measured', ''],
      targets.map((target) => [target.text, target.measured, verdict(target)]),
    ),
  ].join('\n');
}

function cells(row: Row, first: Row | undefined): readonly string[] {
  if (row.kind === 'absent') return [row.what, 'not here', '', '', '', '', row.why];
  const times = row.samples.map(({ milliseconds }) => milliseconds);
  const [middle, reference] = [medianOf(row) ?? Number.NaN, medianOf(first) ?? Number.NaN];
  const peaks = row.samples.flatMap(({ megabytes }) => megabytes ?? []);
  return [
    row.what,
    duration(middle),
    `${duration(Math.min(...times))} to ${duration(Math.max(...times))}`,
    (middle / reference).toFixed(2),
    seconds(cpuOf(row)),
    peaks.length === 0 ? '' : `${Math.max(...peaks).toFixed(0)} MB`,
    row.facts ?? '',
  ];
}

function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${milliseconds.toFixed(0)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

function seconds(cpu: number | undefined): string {
  return cpu === undefined ? '' : `${cpu.toFixed(2)} s`;
}

function verdict({ isMet }: Target): string {
  if (isMet === null) return 'not measured';
  return isMet ? 'met' : '**missed**';
}
