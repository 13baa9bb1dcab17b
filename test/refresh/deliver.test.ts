import { expect, test } from 'vitest';
import { deliver } from '../../core/refresh/deliver.ts';
import type { RefreshReport, ReportedImage } from '../../core/report/report.ts';
import { startRegistry } from '../../testing/registry.ts';
import { repository } from '../hosts/repository.ts';
import { createRecordingHost, createTestEngine, createTestRun, createTestScanner, testConfig } from '../support/run.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const failure = { code: 'unreachable', subject: 'api', detail: 'registry is down', retryable: true } as const;
const gate = (verdict: 'pass' | 'fail' | 'inconclusive'): ReportedImage['gate'] => ({
  verdict,
  breaches: [],
  exceptionsUsed: [],
  exceptionsUnused: [],
  failure: null,
});
const passed = sampleImage({ name: 'web', gate: gate('pass'), failure: null });
const broken = sampleImage({ name: 'api', gate: null, failure });
const skipped = sampleImage({ name: 'docs', gate: null, failure: null });

test.each<[string, Partial<RefreshReport>, string]>([
  ['all passed', { images: [passed, skipped] }, 'pass'],
  ['one could not be judged', { images: [passed, broken] }, 'inconclusive'],
  ['one is against policy', { images: [passed, sampleImage({ gate: gate('fail') })] }, 'fail'],
  ['nothing was gated', { images: [skipped] }, ''],
  ['a check failed, which gates nothing', { command: 'check', images: [broken] }, ''],
  ['a dry run failed, which gates nothing', { dryRun: true, images: [broken] }, ''],
])('the output gate where %s', async (_, parts, expected) => {
  expect((await outputsOf(parts)).gate).toBe(expected);
});

const checked = (verdict: ReportedImage['verdict']) => sampleImage({ verdict, bases: [], failure: null, scan: null });

test.each<[string, Partial<RefreshReport>, string]>([
  ['everything is current', { images: [checked('current')] }, 'false'],
  ['there is nothing', { images: [] }, 'false'],
  ['one is stale, whatever the others are', { images: [checked('unknown'), checked('stale')] }, 'true'],
  ['one could not be checked', { images: [checked('current'), checked('unknown')] }, 'unknown'],
  ['one has build stages of which nothing is recorded', { images: [checked('unrecorded')] }, 'unknown'],
  ['one lacks a platform', { images: [checked('current'), checked('lacks-platform')] }, 'unknown'],
  ['an image failed', { images: [{ ...checked('current'), failure }] }, 'unknown'],
  ['the run failed', { images: [checked('current')], failures: [failure] }, 'unknown'],
])('the output stale where %s, by every command', async (_, parts, expected) => {
  for (const command of ['check', 'plan', 'refresh'] as const) {
    expect((await outputsOf({ failures: [], ...parts, command })).stale).toBe(expected);
  }
});

async function outputsOf(parts: Partial<RefreshReport>) {
  const server = await startRegistry();
  const host = createRecordingHost();
  const run = createTestRun(testConfig(repository({})), {
    engine: createTestEngine(server),
    scanner: createTestScanner(() => []),
    host,
  });
  await deliver(run, sampleReport({ command: 'refresh', dryRun: false, ...parts }));
  await server.close();
  return host.outputs;
}
