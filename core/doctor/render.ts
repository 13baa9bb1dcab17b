import { describeFailure } from '../failure.ts';
import { groupedBy } from '../grouped.ts';
import { markdown } from '../text/escape.ts';
import { tableHead, tableRow } from '../text/markdown-table.ts';
import { type Pens, type TerminalOptions, terminal, wrapped } from '../text/terminal.ts';
import { counted } from '../text/words.ts';
import { type Diagnosis, type FindingState, type Group, groups } from './check.ts';
import { findingTotals } from './document.ts';

const titles: Readonly<Record<Group, string>> = {
  environment: 'Environment',
  host: 'Host',
  configuration: 'Configuration',
  repository: 'Repository',
  registries: 'Registries and credentials',
  workflows: 'Workflow files',
};

const marks: Readonly<Record<FindingState, string>> = { ok: '✓', note: '•', warning: '!', problem: '✗', unknown: '?' };

/** The findings for a terminal, one sentence each below the head of their group, and how many there are of each state. */
export function renderDiagnoses(diagnoses: readonly Diagnosis[], options: TerminalOptions = {}): string {
  const pens = terminal(options);
  const shown = groups.flatMap((group) => {
    const own = diagnoses.filter((diagnosis) => diagnosis.group === group);
    return own.length === 0
      ? []
      : [[pens.bold(titles[group]), ...withSharedSubjects(own).map((one) => entry(one, pens))].join('\n')];
  });
  return [...shown, pens.bold(summary(diagnoses))].join('\n\n');
}

// What is in order is read at a glance: all of one subject in one sentence.
function withSharedSubjects(own: readonly Diagnosis[]): readonly Diagnosis[] {
  const key = ({ state, subject }: Diagnosis, at: number) => (state === 'ok' ? `ok ${subject}` : String(at));
  const keyed = own.map((one, at) => ({ one, key: key(one, at) }));
  return groupedBy(keyed, (entryOf) => entryOf.key).flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    return [{ ...first.one, detail: group.map(({ one }) => one.detail).join('; ') }];
  });
}

const indent = 4;

function entry(diagnosis: Diagnosis, pens: Pens): string {
  const { state, subject } = diagnosis;
  const [first = '', ...rest] = wrapped(sentence(diagnosis), pens.columns - indent);
  const head = first.startsWith(`${subject}:`) ? pens.bold(subject) + first.slice(subject.length) : first;
  const lines = [head, ...rest];
  return `  ${inked(pens, state, marks[state])} ${lines.join(`\n${' '.repeat(indent)}`)}`;
}

/** Subject, fact and remedy in one sentence. */
export function sentence({ subject, detail, remedy }: Diagnosis): string {
  return describeFailure({ subject, detail, ...(remedy === undefined ? {} : { remedy }) });
}

function inked(pens: Pens, state: FindingState, text: string): string {
  switch (state) {
    case 'ok':
      return pens.good(text);
    case 'note':
      return pens.dim(text);
    case 'warning':
      return pens.warn(text);
    case 'problem':
    case 'unknown':
      return pens.bad(text);
  }
}

/** How many findings there are of each state, in words. */
export function summary(diagnoses: readonly Diagnosis[]): string {
  const { ok, note, warning, problem, unknown } = findingTotals(diagnoses);
  const parts = [
    ...(problem === 0 ? [] : [counted(problem, 'problem')]),
    ...(unknown === 0 ? [] : [`${unknown} not checked`]),
    ...(warning === 0 ? [] : [counted(warning, 'warning')]),
    ...(note === 0 ? [] : [counted(note, 'note')]),
    `${ok} ok`,
  ];
  return `${parts.join(', ')}.`;
}

const words: Readonly<Record<FindingState, string>> = {
  problem: '❌ problem',
  unknown: '❔ not checked',
  warning: '⚠️ warning',
  note: 'ℹ️ note',
  ok: '✅ ok',
};

/** The findings as a Markdown summary, the worst first. */
export function summaryOf(diagnoses: readonly Diagnosis[]): string {
  const order: readonly FindingState[] = ['problem', 'unknown', 'warning', 'note', 'ok'];
  const sorted = diagnoses.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  const rows = sorted.map(({ state, group, subject, detail, remedy = '' }) =>
    tableRow([words[state], markdown(group), markdown(subject), markdown(detail), markdown(remedy)]),
  );
  const head = tableHead(['', 'Group', 'Subject', 'Fact', 'Remedy']);
  return `## Base image refresh: doctor\n\n${summary(diagnoses)}\n\n${head}${rows.join('')}`;
}
