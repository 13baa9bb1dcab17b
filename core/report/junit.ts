import { create, type XMLElement } from 'xmlbuilder';
import { visibleText } from '../text/escape.ts';
import { type Case, type CaseResult, casesOf, failureCase } from './junit-cases.ts';
import type { RefreshReport } from './report.ts';

/** The report as JUnit XML: a suite an image; bases, build, scan, gate and promotion as its cases. */
export function renderJunit(report: RefreshReport): string {
  const suites = [
    ...report.images.map((image) => ({ name: image.name, cases: casesOf(image, report) })),
    ...(report.failures.length === 0 ? [] : [{ name: 'repository', cases: report.failures.map(failureCase) }]),
  ];
  const root = create('testsuites', { version: '1.0', encoding: 'UTF-8' });
  const all = suites.flatMap(({ cases }) => cases);
  root.att({ name: 'Base image refresh', ...counts(all) });
  for (const suite of suites) {
    const element = root.ele('testsuite', {
      name: visibleText(suite.name, 300),
      timestamp: visibleText(report.startedAt, 40).replace(/\.\d+Z$|Z$/, ''),
      ...counts(suite.cases),
    });
    for (const each of suite.cases) writeCase(element, suite.name, each);
  }
  return `${root.end({ pretty: true })}\n`;
}

function counts(cases: readonly Case[]) {
  const count = (kind: CaseResult['kind']) => cases.filter(({ ending }) => ending.kind === kind).length;
  const milliseconds = cases.reduce((sum, each) => sum + (each.milliseconds ?? 0), 0);
  return {
    tests: cases.length,
    failures: count('failed'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(milliseconds),
  };
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

function writeCase(suite: XMLElement, image: string, { name, ending, milliseconds = 0 }: Case): void {
  const element = suite.ele('testcase', {
    classname: visibleText(image, 300),
    name: visibleText(name, 500),
    time: seconds(milliseconds),
  });
  switch (ending.kind) {
    case 'passed':
      if (ending.output !== undefined) element.ele('system-out', visibleText(ending.output));
      return;
    case 'skipped':
      element.ele('skipped', { message: visibleText(ending.message) });
      return;
    case 'failed':
    case 'error':
      element
        .ele(ending.kind === 'failed' ? 'failure' : 'error', {
          type: ending.type,
          message: visibleText(ending.message),
        })
        .text(
          (ending.body ?? ending.message)
            .split('\n')
            .map((line) => visibleText(line))
            .join('\n'),
        );
  }
}
