import { visibleText } from '../text/escape.ts';
import { type Markup, markup } from './html/markup.ts';
import { type Case, type CaseResult, casesOf, failureCase } from './junit-cases.ts';
import type { RefreshReport } from './report.ts';

interface Suite {
  readonly name: string;
  readonly cases: readonly Case[];
}

/** The report as JUnit XML: a suite an image; bases, build, scan, gate and promotion as its cases. */
export function renderJunit(report: RefreshReport): string {
  const suites: readonly Suite[] = [
    ...report.images.map((image) => ({ name: image.name, cases: casesOf(image, report) })),
    ...(report.failures.length === 0 ? [] : [{ name: 'repository', cases: report.failures.map(failureCase) }]),
  ];
  const all = suites.flatMap(({ cases }) => cases);
  const at = visibleText(report.startedAt, 40).replace(/\.\d+Z$|Z$/, '');
  return markup`<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="Base image refresh" ${counts(all)}>
${suites.map((suite) => suiteMarkup(suite, at))}</testsuites>
`.markup;
}

function suiteMarkup({ name, cases }: Suite, at: string): Markup {
  const suite = visibleText(name, 300);
  return markup`  <testsuite name="${suite}" timestamp="${at}" ${counts(cases)}>
${cases.map((each) => caseMarkup(suite, each))}  </testsuite>
`;
}

function counts(cases: readonly Case[]): Markup {
  const count = (kind: CaseResult['kind']) => cases.filter(({ ending }) => ending.kind === kind).length;
  const milliseconds = cases.reduce((sum, each) => sum + (each.milliseconds ?? 0), 0);
  return markup`tests="${cases.length}" failures="${count('failed')}" errors="${count('error')}" skipped="${count('skipped')}" time="${seconds(milliseconds)}"`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function caseMarkup(suite: string, { name, ending, milliseconds = 0 }: Case): Markup {
  const head = markup`    <testcase classname="${suite}" name="${visibleText(name, 500)}" time="${seconds(milliseconds)}"`;
  const inside = endingMarkup(ending);
  return inside === null ? markup`${head}/>\n` : markup`${head}>\n      ${inside}\n    </testcase>\n`;
}

function endingMarkup(ending: CaseResult): Markup | null {
  switch (ending.kind) {
    case 'passed':
      return ending.output === undefined ? null : markup`<system-out>${visibleText(ending.output)}</system-out>`;
    case 'skipped':
      return markup`<skipped message="${visibleText(ending.message)}"/>`;
    case 'failed':
      return markup`<failure ${problem(ending)}</failure>`;
    case 'error':
      return markup`<error ${problem(ending)}</error>`;
  }
}

function problem({ type, message, body }: Extract<CaseResult, { readonly type: string }>): Markup {
  const lines = (body ?? message)
    .split('\n')
    .map((line, index) => markup`${index === 0 ? '' : lineFeed}${visibleText(line)}`);
  return markup`type="${type}" message="${visibleText(message)}">${lines}`;
}

const lineFeed = markup`\n`;
