import { type Cell, columns, unbroken } from '../../test/chaos/outcome.ts';
import type { Row, Section } from '../../test/chaos/row.ts';
import { table as faults } from '../../test/chaos/table.ts';
import { code, table } from './describe.ts';

/** docs/reliability.md: what each command makes of each fault. */
export function reliabilityPage(): string {
  const stated = ({ cells }: Row) => columns.map((column) => cells[column]);
  return [...introduction, ...faults.map((section) => `${sectionOf(section, stated)}\n`)].join('\n');
}

/** One section of the page, with the outcomes that a table or a test run gives. */
export function sectionOf({ title, about, rows }: Section, outcomes: (row: Row) => readonly Cell[]): string {
  const body = rows.map((row) => [row.fault, ...outcomes(row).map(words)]);
  return [`## ${title}`, '', about, '', table(head, body)].join('\n');
}

const head = ['', ...columns.map((column) => column.replace(/^\w+/, (command) => code(command)))];

const introduction = [
  '# Reliability',
  '',
  'What each command does on each registry fault. Every cell is verified by `test/chaos`, which runs the real command',
  'against registries in which exactly this is broken. No fault that hides something ends with exit code 0 or with',
  '"current". Release tags name what they named before, unless the command recovered and says what it promoted.',
  '',
  'A cell has the exit code, the verdict and the [failure](registries.md#when-something-goes-wrong). `as without it`: the',
  'result is the same as without the fault, because the command asked again or elsewhere, or does not depend on what was',
  'hidden. `–`: the command does not meet the fault. `check` and `plan` run with `--fail-on stale`, `refresh` with',
  '`--engine rebase`, `update` with `--pin-digests`. The base has moved since the image was built, except in the column',
  '"up to date".',
  '',
  table(head, [['nothing is wrong', ...columns.map((column) => words(unbroken[column]))]]),
  '',
  'Two things no client can detect. A registry or mirror that consistently answers with what it had yesterday cannot be',
  'distinguished from one whose tags have not moved. And the distribution specification has no conditional PUT: if somebody moves a',
  'release tag between the last check and the promotion, it is overwritten, and no report has the digest that was there.',
  '',
];

function words(cell: Cell): string {
  if (cell === 'unaffected') return 'as without it';
  if (cell === 'not asked') return '–';
  const [exit, verdict, ...failures] = cell.split(' ');
  return failures.length === 0 ? `${exit} ${verdict}` : `${exit} ${verdict}: ${failures.join(', ')}`;
}
