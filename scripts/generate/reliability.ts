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
  'What each command makes of each fault of a registry. The tables are what `test/chaos` holds the product to: every cell',
  'is a run of the real command against registries in which this one thing is broken. No fault that hides something ends',
  'with exit code 0 or with "current", and a release tag names afterwards what it named before, unless the command got over',
  'the fault and says what it promoted.',
  '',
  'A cell says exit code, verdict and [failure](registries.md#when-something-goes-wrong). `as without it`: the command',
  'ends as if all were well, having asked again or elsewhere, or because what was hidden is not what it judges by. `–`: the',
  'command does not meet the fault. `check` and `plan` run with `--fail-on stale`, `refresh` with `--engine rebase`,',
  '`update` with `--pin-digests`; the base has moved since the image was built, but for the image of the column "up to date".',
  '',
  table(head, [['nothing is wrong', ...columns.map((column) => words(unbroken[column]))]]),
  '',
  'Two things no client can see. A registry or mirror that answers consistently with what it had yesterday is believed:',
  'nothing tells it from one whose tags have not moved. And the distribution specification has no conditional PUT: who',
  'moves a release tag in the one request between the last look at it and the promotion is overwritten, and the digest that',
  'was there is in no report.',
  '',
];

function words(cell: Cell): string {
  if (cell === 'unaffected') return 'as without it';
  if (cell === 'not asked') return '–';
  const [exit, verdict, ...failures] = cell.split(' ');
  return failures.length === 0 ? `${exit} ${verdict}` : `${exit} ${verdict}: ${failures.join(', ')}`;
}
