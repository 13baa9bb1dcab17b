import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseReport, serialise } from '../../core/report/json.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { earlierTimes, pointOf, withTrend } from '../../core/report/trend.ts';
import { createWorld } from '../../core/world.ts';
import { useBundles } from '../hosts/bundles.ts';
import { recordingHost } from '../hosts/recording-host.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const nightly = (day: number, change: Partial<RefreshReport> = {}) =>
  sampleReport({
    command: 'refresh',
    dryRun: false,
    finishedAt: new Date(Date.UTC(2026, 0, day)).toISOString(),
    ...change,
  });

async function keep(text: string | undefined, ...reports: readonly RefreshReport[]) {
  const folder = mkdtempSync(join(tmpdir(), 'bir-trend-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'history.json');
  if (text !== undefined) writeFileSync(file, text);
  const [host, world] = [recordingHost({}), createWorld()];
  let last: RefreshReport | undefined;
  for (const report of reports) last = await withTrend({ host, world }, report, file);
  await world.close();
  return { trend: last?.trend, file: readFileSync(file, 'utf8'), warnings: host.logged.map(({ message }) => message) };
}

describe('the trend', () => {
  test('has a point a run, oldest first, in the file and in the report', async () => {
    const { trend, file, warnings } = await keep(undefined, nightly(1), nightly(2), nightly(3));
    expect(trend?.map(({ at }) => at.slice(0, 10))).toEqual(['2026-01-01', '2026-01-02', '2026-01-03']);
    expect(JSON.parse(file)).toEqual({ schemaVersion: 1, runs: trend });
    expect(warnings).toEqual([]);
  });

  test('is bounded: 400 runs in the file, 90 in the report', async () => {
    const point = pointOf(nightly(1));
    const runs = Array.from({ length: 500 }, (_, at) => ({
      ...point,
      at: new Date(Date.UTC(2024, 0, 1) + at * 86_400_000).toISOString(),
    }));
    const { trend, file } = await keep(JSON.stringify({ schemaVersion: 1, runs }), nightly(1));
    expect([trend?.length, JSON.parse(file).runs.length]).toEqual([90, 400]);
    expect(trend?.at(-1)?.at).toBe('2026-01-01T00:00:00.000Z');
  });

  test('keeps how long each image took when it was last refreshed, for the estimate of later runs', async () => {
    const took = (name: string, ...times: readonly number[]) =>
      sampleImage({
        name,
        stages: times.map((durationMs, at) => ({ stage: at === 0 ? 'build' : 'scan', durationMs })),
      });
    const first = nightly(1, {
      images: [took('web', 60_000, 5_000), took('api', 9_000), sampleImage({ name: 'docs' })],
    });
    const second = nightly(2, { images: [took('web', 40_000)] });
    const { file } = await keep(undefined, first, second);
    expect(JSON.parse(file).took).toEqual({ web: 40_000, api: 9_000 });
    const path = join(repository({ 'history.json': file }), 'history.json');
    const world = createWorld();
    expect([...(await earlierTimes(world, path))]).toEqual([
      ['web', 40_000],
      ['api', 9_000],
    ]);
    expect([...(await earlierTimes(world, `${path}.gone`))]).toEqual([]);
    await world.close();
  });

  test('a job that is run again adds nothing', async () => {
    expect((await keep(undefined, nightly(1), nightly(2), nightly(2))).trend).toHaveLength(2);
  });

  test.each([
    ['no JSON', '{'],
    ['another document', '{"runs":[]}'],
    ['markup in a name', JSON.stringify({ schemaVersion: 1, runs: [{ ...pointOf(nightly(1)), at: '<b>' }] })],
    [
      'an outcome that there is not',
      JSON.stringify({ schemaVersion: 1, runs: [{ ...pointOf(nightly(1)), outcomes: { '<b>': 1 } }] }),
    ],
  ])('of a file that is %s is begun anew, with a warning', async (_, text) => {
    const { trend, warnings } = await keep(text, nightly(3));
    expect(trend).toHaveLength(1);
    expect(warnings).toEqual([
      expect.stringMatching(/history\.json: is no trend of earlier runs; .* It is begun anew\.$/),
    ]);
  });

  test('counts what is known: outcomes, findings, and the time behind, which one unknown makes unknown', () => {
    const report = nightly(1);
    const found = pointOf(report);
    expect(Object.values(found?.outcomes ?? {}).reduce((sum, each) => sum + each, 0)).toBe(report.images.length);
    const quiet = {
      plan: null,
      build: null,
      scan: null,
      gate: null,
      promotion: null,
      bases: [],
      failure: null,
    } as const;
    const current = sampleImage({ ...quiet, verdict: 'current' });
    const unknown = sampleImage({ ...quiet, verdict: 'unknown' });
    expect(pointOf(nightly(1, { images: [current] }))).toMatchObject({ behindMs: 0, outcomes: { current: 1 } });
    expect(pointOf(nightly(1, { images: [current, unknown] }))?.behindMs).toBeNull();
  });

  test.each(['scan', 'rebase', 'deploy', 'plan'] as const)('is not of %s, nor of a dry run', (command) => {
    expect(pointOf(nightly(1, { command }))).toBeUndefined();
    expect(pointOf(nightly(1, { dryRun: true }))).toBeUndefined();
  });

  test('is in a report that can be read again', async () => {
    const { trend } = await keep(undefined, nightly(1));
    const text = serialise({ ...nightly(1), ...(trend === undefined ? {} : { trend }) });
    expect(parseReport(text, 'report.json').trend).toEqual(trend);
  });
});

describe('the command report', () => {
  const bundles = useBundles();

  test('keeps it beside the reports, or where it is told', async () => {
    const cwd = repository({});
    mkdirSync(join(cwd, 'legs'));
    const run = async (day: number, ...options: readonly string[]) => {
      writeFileSync(join(cwd, 'legs/report.json'), JSON.stringify(nightly(day, { failures: [], images: [] })));
      const args = [bundles().cli, 'report', 'legs', '--format=json', ...options];
      const { stdout } = await runProcess(process.execPath, args, { env: { PATH: '/usr/bin:/bin', HOME: cwd }, cwd });
      return JSON.parse(stdout).trend.length;
    };
    expect([await run(1), await run(2)]).toEqual([1, 2]);
    expect(JSON.parse(readFileSync(join(cwd, '.base-image-refresh/history.json'), 'utf8')).runs).toHaveLength(2);
    expect([await run(3, '--history', 'kept/trend.json'), await run(4, '--history', 'kept/trend.json')]).toEqual([
      1, 2,
    ]);
  });
});
