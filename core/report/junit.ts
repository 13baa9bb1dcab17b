import { create, type XMLElement } from 'xmlbuilder';
import { describeFailure, type Failure } from '../failure.ts';
import { plain } from './escape.ts';
import { changeWords, severityWords } from './findings.ts';
import type { RefreshReport, ReportedBase, ReportedImage } from './report.ts';
import { baseSentence, counted, familiarName, shortened } from './words.ts';

const breachLimit = 500;

/** How one test case ended; `failed` is policy, `error` is what could not be done. */
type Ending =
  | { readonly kind: 'passed'; readonly output?: string }
  | { readonly kind: 'failed' | 'error'; readonly type: string; readonly message: string; readonly body?: string }
  | { readonly kind: 'skipped'; readonly message: string };

interface Case {
  readonly name: string;
  readonly ending: Ending;
  readonly milliseconds?: number;
}

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
      name: plain(suite.name, 300),
      timestamp: plain(report.startedAt, 40).replace(/\.\d+Z$|Z$/, ''),
      ...counts(suite.cases),
    });
    for (const each of suite.cases) writeCase(element, suite.name, each);
  }
  return `${root.end({ pretty: true })}\n`;
}

function counts(cases: readonly Case[]) {
  const count = (kind: Ending['kind']) => cases.filter(({ ending }) => ending.kind === kind).length;
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
    classname: plain(image, 300),
    name: plain(name, 500),
    time: seconds(milliseconds),
  });
  switch (ending.kind) {
    case 'passed':
      if (ending.output !== undefined) element.ele('system-out', plain(ending.output));
      return;
    case 'skipped':
      element.ele('skipped', { message: plain(ending.message) });
      return;
    case 'failed':
    case 'error':
      element
        .ele(ending.kind === 'failed' ? 'failure' : 'error', { type: ending.type, message: plain(ending.message) })
        .text(
          (ending.body ?? ending.message)
            .split('\n')
            .map((line) => plain(line))
            .join('\n'),
        );
  }
}

function casesOf(image: ReportedImage, report: RefreshReport): readonly Case[] {
  const cases = [
    ...image.bases.map((base) => baseCase(base, image)),
    ...buildCases(image),
    ...scanCases(image),
    ...gateCases(image),
    ...promotionCases(image, report),
  ];
  const told = cases.some(({ ending }) => ending.kind === 'error' && ending.message === wordsOf(image.failure));
  return image.failure === null || told ? cases : [...cases, { name: 'finished', ending: errorOf(image.failure) }];
}

function wordsOf(failure: Failure | null): string | undefined {
  return failure === null ? undefined : describeFailure(failure);
}

function errorOf(failure: Failure): Ending {
  return { kind: 'error', type: failure.code, message: describeFailure(failure) };
}

function failureCase(failure: Failure): Case {
  return { name: failure.subject, ending: errorOf(failure) };
}

function baseCase(base: ReportedBase, { promotion }: ReportedImage): Case {
  const name = `base ${familiarName(base.reference)} (line ${base.line})`;
  const message = baseSentence(base);
  switch (base.verdict) {
    case 'current':
    case 'unchanged-for-platforms':
      return { name, ending: { kind: 'passed', output: message } };
    case 'stale':
    case 'unrecorded':
    case 'missing':
      // What this run has refreshed is stale no more.
      if (promotion !== null) return { name, ending: { kind: 'passed', output: message } };
      return { name, ending: { kind: 'failed', type: base.verdict, message } };
    case 'platform-missing':
    case 'unknown':
      return {
        name,
        ending: base.failure === null ? { kind: 'error', type: base.verdict, message } : errorOf(base.failure),
      };
  }
}

function buildCases({ build }: ReportedImage): readonly Case[] {
  if (build === null) return [];
  const output = `${shortened(build.digest)} by ${build.engine}, pins shown by ${build.evidence}`;
  return [{ name: 'build', ending: { kind: 'passed', output }, milliseconds: build.durationMs }];
}

function scanCases({ scan }: ReportedImage): readonly Case[] {
  if (scan === null) return [];
  if (scan.failure !== null) return [{ name: 'scan', ending: errorOf(scan.failure) }];
  const output = `${changeWords(scan)} (${severityWords(scan.findings)})`;
  return [{ name: 'scan', ending: { kind: 'passed', output } }];
}

function gateCases({ gate }: ReportedImage): readonly Case[] {
  if (gate === null) return [];
  switch (gate.verdict) {
    case 'pass':
      return [{ name: 'gate', ending: { kind: 'passed' } }];
    case 'inconclusive': {
      const message = wordsOf(gate.failure) ?? 'the gate could not be decided';
      return [{ name: 'gate', ending: { kind: 'error', type: 'inconclusive', message } }];
    }
    case 'fail': {
      const message = `gate failed on ${counted(gate.breaches.length, 'finding')}`;
      const lines = gate.breaches
        .slice(0, breachLimit)
        .map(
          ({ finding, advice }) =>
            `${finding.severity} ${finding.id} ${finding.package.name} ${finding.installed}: ${advice}`,
        );
      const more = gate.breaches.length - lines.length;
      const body = [...lines, ...(more > 0 ? [`and ${more} more in report.json`] : [])].join('\n');
      return [{ name: 'gate', ending: { kind: 'failed', type: 'gate', message, body } }];
    }
  }
}

function promotionCases({ build, promotion, gate }: ReportedImage, { dryRun }: RefreshReport): readonly Case[] {
  if (promotion !== null) {
    const tags = promotion.tags.map(({ reference }) => familiarName(reference)).join(', ');
    return [{ name: 'promotion', ending: { kind: 'passed', output: `${tags} → ${promotion.digest}` } }];
  }
  if (build === null) return [];
  const why = dryRun ? 'dry run' : gate?.verdict === 'pass' ? 'not promoted' : 'the gate did not pass';
  return [{ name: 'promotion', ending: { kind: 'skipped', message: why } }];
}
