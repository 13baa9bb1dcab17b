import { describe, expect, test } from 'vitest';
import { decideGate } from '../../core/gate.ts';
import { scanImage } from '../../core/scan/scan-image.ts';
import { readTrivyReport } from '../../core/scan/trivy/report.ts';
import { trivyScanner } from '../../core/scan/trivy.ts';
import { brokenReports, optional } from './broken-reports.ts';
import { changed, config, fixture, lenient, registryOf, targetOf, trivyWorld } from './support.ts';

async function verdictOn(report: string) {
  const { world, root } = await trivyWorld({ report });
  const scanner = trivyScanner(world, config({ cacheDirectory: `${root}/cache` }));
  const { reference, platform } = targetOf(fixture('debian'));
  const registry = registryOf([{ platform, digest: reference.digest }], true);
  const scan = await scanImage(registry, scanner, reference);
  return decideGate(lenient, scan, undefined, new Date('2026-11-21T00:00:00Z'));
}

const corpus = brokenReports();

test('the corpus holds at least 200 different reports', () => {
  expect(new Set(corpus.map(({ text }) => text)).size).toBeGreaterThanOrEqual(200);
});

test('the whole report passes, so that what is told of broken ones is told by what broke', async () => {
  expect((await verdictOn(fixture('debian'))).kind).toBe('pass');
});

describe('a broken report never opens the gate', () => {
  test.each(corpus.map(({ what, text }) => [what, text] as const))('%s', async (_, text) => {
    const verdict = await verdictOn(text);
    expect(verdict).toMatchObject({ kind: 'inconclusive', failure: { code: 'scan-failed' } });
  });
});

describe('what a report need not say takes no finding away', () => {
  const whole = fixture('debian');
  test.each(optional.flatMap((path) => [undefined, null].map((value) => [path.join('.'), path, value] as const)))(
    'without %s',
    (_, path, value) => {
      const target = targetOf(whole);
      expect(readTrivyReport(changed(whole, path, value), target).findings).toHaveLength(12);
    },
  );
});
