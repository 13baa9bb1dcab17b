import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownWords } from '../../core/commands/own-words.ts';
import { createMask } from '../../core/masking.ts';
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

test('saved reports hold no secret, and their own words whatever a secret is', async () => {
  const server = await startRegistry();
  const mask = createMask(ownWords, { warn: () => {} });
  for (const secret of ['unreachable', 'correct-horse', 'verdict']) mask.add(secret);
  const config = testConfig(repository({}));
  const run = createTestRun(config, {
    engine: createTestEngine(server),
    scanner: createTestScanner(() => []),
    host: { ...createRecordingHost(), masked: mask.value },
  });
  const detail = 'https://me:correct-horse@registry is unreachable';
  const image = { ...checked('unknown'), failure: { ...failure, detail } };
  await deliver(run, sampleReport({ command: 'check', dryRun: false, images: [image] }));
  await server.close();
  const saved = (name: string) => readFileSync(join(config.outputDirectory, name), 'utf8');
  expect(JSON.parse(saved('report.json'))).toMatchObject({
    images: [{ verdict: 'unknown', failure: { code: 'unreachable', detail: 'https://me:***@registry is ***' } }],
  });
  for (const name of ['summary.md', 'report.html', 'report.sarif', 'junit.xml']) {
    expect(saved(name)).not.toContain('correct-horse');
  }
});
