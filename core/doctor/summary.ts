import { markdown } from '../text/escape.ts';
import { tableHead, tableRow } from '../text/markdown-table.ts';
import type { Diagnosis, State } from './check.ts';
import { summary } from './render.ts';

const words: Readonly<Record<State, string>> = {
  problem: '❌ problem',
  unknown: '❔ not checked',
  warning: '⚠️ warning',
  note: 'ℹ️ note',
  ok: '✅ ok',
};

/** The findings as a Markdown summary, the worst first. */
export function summaryOf(diagnoses: readonly Diagnosis[]): string {
  const order: readonly State[] = ['problem', 'unknown', 'warning', 'note', 'ok'];
  const sorted = diagnoses.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const rows = sorted.map(({ state, group, subject, detail, remedy = '' }) =>
    tableRow([words[state], markdown(group), markdown(subject), markdown(detail), markdown(remedy)]),
  );
  const head = tableHead(['', 'Group', 'Subject', 'Fact', 'Remedy']);
  return `## Base image refresh: doctor\n\n${summary(diagnoses)}\n\n${head}${rows.join('')}`;
}
