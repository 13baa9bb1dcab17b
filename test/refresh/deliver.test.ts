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
  const server = await startRegistry();
  const host = createRecordingHost();
  const run = createTestRun(testConfig(repository({})), {
    engine: createTestEngine(server),
    scanner: createTestScanner(() => []),
    host,
  });
  await deliver(run, sampleReport({ command: 'refresh', dryRun: false, ...parts }));
  expect(host.outputs.gate).toBe(expected);
  await server.close();
});
