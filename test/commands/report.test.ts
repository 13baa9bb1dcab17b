import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { environmentIn, readEnvironmentFile } from '../hosts/environment.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const bundles = useBundles();

const failure = { code: 'unreachable', subject: 'api', detail: 'registry is down', retryable: true } as const;
const usage = { code: 'config', subject: 'api', detail: 'has no release tag', retryable: false } as const;
const gate = (verdict: 'pass' | 'fail'): ReportedImage['gate'] => ({
  verdict,
  breaches: [],
  exceptionsUsed: [],
  exceptionsUnused: [],
  failure: null,
});
const tags = [{ reference: 'registry.test/web:1', previous: null }];
const promoted = sampleImage({
  name: 'web',
  gate: gate('pass'),
  promotion: { digest: `sha256:${'a'.repeat(64)}`, tags },
  bases: [],
  failure: null,
});
const held = sampleImage({ name: 'api', gate: gate('fail'), promotion: null, bases: [], failure: null });
const down = sampleImage({ name: 'api', verdict: 'unknown', gate: null, promotion: null, bases: [], failure });
const wrong = sampleImage({ name: 'docs', gate: null, promotion: null, bases: [], failure: usage });
const current = sampleImage({
  name: 'docs',
  verdict: 'current',
  gate: null,
  promotion: null,
  bases: [],
  failure: null,
});

/** A folder in which each leg has left a report of its images. */
function legs(...images: readonly ReportedImage[]): string {
  const folder = repository({});
  for (const [at, image] of images.entries()) {
    const report = sampleReport({ command: 'refresh', dryRun: false, failures: [], images: [image] });
    const path = join(folder, `legs/${at}/report.json`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(report));
  }
  return folder;
}

function report(cwd: string, ...operands: readonly string[]) {
  const env = { PATH: '/usr/bin:/bin', HOME: cwd };
  return runProcess(process.execPath, [bundles().cli, 'report', ...operands, '--format=json'], { env, cwd });
}

describe('report ends as the worst of what it merges', () => {
  test.each<[string, readonly ReportedImage[], number, string]>([
    ['all promoted', [promoted, current], 0, ''],
    ['one held back by the gate', [promoted, held], 1, 'Refused by policy.'],
    ['one that could not be checked', [promoted, down], 3, 'Not completed: api.'],
    ['one held and one that could not be completed', [held, { ...down, name: 'other' }], 3, 'Not completed: api.'],
    [
      'one wrongly configured',
      [held, { ...down, name: 'other' }, wrong],
      2,
      'Wrong in the arguments or the configuration: api.',
    ],
  ])('%s', async (_, images, code, words) => {
    const { code: ended, stderr } = await report(legs(...images), 'legs');
    expect([ended, stderr]).toEqual([code, expect.stringContaining(words)]);
  });
});

test('folders, patterns and files name the same reports, and each counts once', async () => {
  const cwd = legs(promoted, held);
  const named = [['legs'], ['legs/*'], ['legs/**/report.json'], ['legs/0/report.json', 'legs/[0-9]', 'legs']];
  for (const operands of named) {
    const { stdout } = await report(cwd, ...operands);
    expect(JSON.parse(stdout).images.map(({ name }: ReportedImage) => name)).toEqual(['web', 'api']);
  }
});

test('a report is found however deep its folder is', async () => {
  const cwd = repository({});
  const deep = Array.from({ length: 40 }, (_, at) => `d${at}`).join('/');
  for (const [path, image] of [
    ['all/report.json', promoted],
    [`all/${deep}/report.json`, held],
  ] as const) {
    mkdirSync(dirname(join(cwd, path)), { recursive: true });
    const saved = sampleReport({ command: 'refresh', dryRun: false, failures: [], images: [image] });
    writeFileSync(join(cwd, path), JSON.stringify(saved));
  }
  for (const operand of ['all', 'all/**/report.json']) {
    const { code, stdout } = await report(cwd, operand);
    expect([code, JSON.parse(stdout).images.length]).toEqual([1, 2]);
  }
});

test('what leads to no report is a usage error', async () => {
  const cwd = legs(promoted);
  mkdirSync(join(cwd, 'empty'));
  for (const name of ['empty', 'legs/x*']) {
    const { code, stderr } = await report(cwd, name);
    const words = `${name}: leads to no report.json or run.json; give what a run has saved.`;
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  }
});

test('the merged report is saved in every format, and handed on to later steps', async () => {
  const cwd = legs(promoted, held, down, current);
  const inputs = { command: 'report', path: 'legs', 'output-dir': 'out' };
  const { env, file } = environmentIn(repository({}), 'github', inputs);
  const { code } = await runProcess(process.execPath, [bundles().action], { env, cwd });
  expect(code).toBe(1);
  const saved: RefreshReport = JSON.parse(readFileSync(join(cwd, 'out/report.json'), 'utf8'));
  expect(saved.images.map(({ name }) => name)).toEqual(['web', 'api', 'docs']);
  for (const name of ['report.html', 'report.sarif', 'junit.xml', 'summary.md', 'metrics.prom']) {
    expect(existsSync(join(cwd, 'out', name)), name).toBe(true);
  }
  expect(readEnvironmentFile(file('OUTPUT'))).toMatchObject({
    stale: 'unknown',
    'stale-count': '0',
    counts: '{"unknown":1,"promoted":1,"current":1}',
    gate: 'inconclusive',
    conclusion: 'incomplete',
    'missing-legs': '[]',
    report: join(cwd, 'out/report.json'),
  });
  expect(file('STEP_SUMMARY')).toContain('**3 images: 1 promoted on fresh bases, 1 could not be checked, 1 current.**');
});
