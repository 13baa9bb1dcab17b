import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseObjective } from '../../core/check/objective.ts';
import { objectiveNotices, withObjectives } from '../../core/report/objectives.ts';
import type { ReportedBase, ReportedImage } from '../../core/report/report.ts';
import { useBundles } from '../hosts/bundles.ts';
import { repository } from '../hosts/repository.ts';
import { runProcess } from '../hosts/run.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const hour = 3_600_000;
const [sampleBase] = sampleReport().images.flatMap(({ bases }) => bases);
if (sampleBase === undefined) throw new Error('the sample has no base');
const base: ReportedBase = { ...sampleBase, failure: null };
const quiet = { plan: null, build: null, scan: null, gate: null, promotion: null, failure: null } as const;

/** An image that has been stale for so many hours; undefined where nobody knows. */
function behind(name: string, hours: number | undefined, change: Partial<ReportedImage> = {}): ReportedImage {
  const moved =
    hours === undefined ? {} : { moved: { at: '2026-07-01T00:00:00Z', by: 'created' as const, ageMs: hours * hour } };
  const { moved: _, ...still } = base;
  return sampleImage({
    ...quiet,
    name,
    verdict: 'stale',
    bases: [{ ...still, verdict: 'stale', ...moved }],
    ...change,
  });
}

const current = (name: string) => behind(name, 900, { verdict: 'current' });
const promoted = behind('promoted', 900, { promotion: { digest: `sha256:${'a'.repeat(64)}`, tags: [] } });
const unknown = behind('unknown', 1, { verdict: 'unknown' });

const moved = { code: 'moved', subject: 'a:1', detail: 'names another image', retryable: true } as const;

const judged = (images: readonly ReportedImage[], ...objectives: readonly string[]) =>
  withObjectives(
    sampleReport({ images }),
    objectives.map((text) => parseObjective({ text, where: '--slo' })),
  );

describe('an objective', () => {
  test.each<[string, readonly ReportedImage[], readonly string[], readonly boolean[]]>([
    ['is met by what is behind for less', [behind('a', 23)], ['24h behind'], [true]],
    ['is met at its very time', [behind('a', 24)], ['24h'], [true]],
    ['is missed by what is behind for longer', [behind('a', 25)], ['24h behind'], [false]],
    ['counts days', [behind('a', 71), behind('b', 70)], ['3d behind'], [true]],
    ['is met by what is current or was promoted', [current('a'), promoted], ['1h behind'], [true]],
    ['is missed where it is not known since when', [behind('a', undefined)], ['24h behind'], [false]],
    ['is missed where an image could not be checked', [unknown], ['24h behind'], [false]],
    ['is missed by what is current and ended with a failure', [{ ...current('a'), failure: moved }], ['9d'], [false]],
    ['is missed by a promotion that did not last', [{ ...promoted, failure: moved }], ['9d'], [false]],
    ['is met where there is no image', [], ['24h behind'], [true]],
    ['leaves out images with one of their own', [behind('a', 30)], ['24h behind', 'a=2d behind'], [true, true]],
    ['of an image is about it alone', [behind('a', 30), behind('b', 99)], ['a=24h behind'], [false]],
    ['of the fleet is a share', [behind('a', 30), current('b'), current('c')], ['66% 24h behind'], [true]],
    ['of the fleet is not rounded up', [behind('a', 30), current('b'), current('c')], ['67% 24h behind'], [false]],
    ['of the fleet counts images with one of their own', [behind('a', 30)], ['a=9d', '100% 24h'], [true, false]],
  ])('%s', (_, images, objectives, wanted) => {
    expect(judged(images, ...objectives).objectives?.map(({ met }) => met)).toEqual(wanted);
  });

  test('that is missed says by what', () => {
    const report = judged([behind('web', 100), behind('api', 30), unknown, current('docs')], '24h behind');
    const message =
      'objective 24h behind: 1 of 4 images within it; not web (4 days), api (30 hours) and unknown (not known).';
    expect(objectiveNotices(report)).toEqual([{ level: 'error', message }]);
  });

  test('that names no image of the run is a warning, and one that others leave nothing is not', () => {
    const report = judged([behind('web', 1)], 'wbe=24h behind', 'web=24h behind', '24h behind');
    const message = 'objective wbe=24h behind: it is about no image of this run.';
    expect(objectiveNotices(report)).toEqual([{ level: 'warning', message }]);
  });

  test.each(['', '24', '24m', '0h', '0% 1h', '101% 1h', 'behind', '24h ahead', '-1h', 'a=50% 1h', '99999h'])(
    '%j is none',
    (text) => {
      expect(() => parseObjective({ text, where: '--slo' })).toThrow(/--slo: .*24h behind/);
    },
  );
});

describe('the command report', () => {
  const bundles = useBundles();
  const run = (images: readonly ReportedImage[], files: Readonly<Record<string, string>>, ...options: string[]) => {
    const cwd = repository(files);
    mkdirSync(join(cwd, 'legs'));
    const saved = sampleReport({ command: 'refresh', dryRun: false, failures: [], images });
    writeFileSync(join(cwd, 'legs/report.json'), JSON.stringify(saved));
    const env = { PATH: '/usr/bin:/bin', HOME: cwd };
    return runProcess(process.execPath, [bundles().cli, 'report', 'legs', '--format=json', ...options], {
      env,
      cwd,
    }).then((ended) => ({ ...ended, cwd }));
  };

  test('ends with 1 where the objective of an option is missed, and says so everywhere', async () => {
    const { code, stdout, stderr, cwd } = await run([behind('web', 30)], {}, '--slo', '24h behind');
    expect([code, JSON.parse(stdout).objectives]).toEqual([
      1,
      [{ objective: '24h behind', met: false, of: 1, within: 0, beyond: [{ name: 'web', behindMs: 30 * hour }] }],
    ]);
    expect(stderr).toContain('objective 24h behind: 0 of 1 image within it; not web (30 hours).');
    expect(readFileSync(join(cwd, '.base-image-refresh/summary.md'), 'utf8')).toContain('**missed**: 24h behind');
    expect(readFileSync(join(cwd, '.base-image-refresh/metrics.prom'), 'utf8')).toContain(
      'base_image_refresh_objective_met{objective="24h behind"} 0',
    );
  });

  test('takes the objectives of the configuration, and the option over them', async () => {
    const files = { '.base-image-refresh.yml': 'slo: [24h behind, web=3d behind]\n' };
    expect((await run([behind('web', 30)], files)).code).toBe(0);
    expect((await run([behind('web', 80)], files)).code).toBe(1);
    expect((await run([behind('web', 80)], files, '--slo', '9d')).code).toBe(0);
  });
});
