import { describe, expect, test } from 'vitest';
import { deploymentLines, deploymentOutcome } from '../../core/report/delivery-words.ts';
import type { ReportedDeployment, ReportedWorkload } from '../../core/report/deployment.ts';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { renderJunit } from '../../core/report/junit.ts';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { headline, outcomeOf } from '../../core/report/outcome.ts';
import { renderSarif } from '../../core/report/sarif.ts';
import { renderTable } from '../../core/report/table.ts';
import { conclusionOf } from '../../core/report/totals.ts';
import { sampleImage, sampleReport } from '../support/sample-report.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const web = 'ghcr.io/acme/web';
const failure = { code: 'deploy-failed', subject: 'production: deployment shop/web', retryable: false } as const;

function workload(change: Partial<ReportedWorkload> = {}): ReportedWorkload {
  return {
    kind: 'deployment',
    namespace: 'shop',
    name: 'web',
    state: 'rolled-out',
    containers: [{ name: 'app', from: `${web}:1`, to: `${web}@${digest}`, release: `${web}:1` }],
    durationMs: 3300,
    ...change,
  };
}

function report(verdict: ReportedDeployment['verdict'], targets: ReportedDeployment['targets']) {
  const gate = { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;
  const promotion = { digest, tags: [{ reference: `${web}:1`, previous: null }] };
  const image = sampleImage({ gate, promotion, failure: null, deployment: { digest, verdict, targets } });
  return sampleReport({ images: [image], failures: [] });
}

const done = (...workloads: readonly ReportedWorkload[]) => [{ name: 'production', state: 'done' as const, workloads }];

describe('a deployment in reports', () => {
  const good = report('deployed', done(workload()));
  const words =
    'production: deployment shop/web rolled out in 3.3 s (app ghcr.io/acme/web:1 → ghcr.io/acme/web@sha256:abababababab)';

  test('is saved and read back', () => {
    expect(parseReport(serialise(good), 'report.json').images[0]?.deployment).toEqual(good.images[0]?.deployment);
    const broken = serialise(good).replace('"rolled-out"', '"rolled-away"');
    expect(() => parseReport(broken, 'report.json')).toThrow(/images\.0\.deployment\.targets\.0\.workloads\.0\.state/);
  });

  test('is told in every form', () => {
    const [image] = good.images;
    if (image === undefined) throw new Error('no image');
    expect(deploymentLines(image)).toEqual([words]);
    expect(outcomeOf(image)).toBe('deployed');
    expect(headline(good)).toBe('1 image: 1 promoted and deployed.');
    expect(deploymentOutcome(good)).toBe('deployed');
    expect(conclusionOf(good, 'never')).toBe('succeeded');
    expect(renderMarkdown(good)).toContain(
      '### Deployment of web\n\n- production: deployment shop/web rolled out in 3.3 s',
    );
    expect(renderHtml(good)).toContain(
      '<h4>Deployment</h4><ul class="plain"><li>production: deployment shop/web rolled out',
    );
    expect(renderTable(good).replace(/\s+/g, ' ')).toContain(`web: ${words}`);
    expect(renderJunit(good)).toMatch(
      /<testcase [^>]*name="deployment to production: deployment shop\/web" time="3\.300">/,
    );
  });

  test.each<[string, ReturnType<typeof report>, string, RegExp]>([
    [
      'one that failed',
      report('failed', [
        {
          name: 'production',
          state: 'failed',
          workloads: [
            workload({
              state: 'rolled-back',
              why: 'it did not roll out',
              failure: { ...failure, detail: 'did not roll out: x' },
            }),
          ],
        },
        { name: 'europe', state: 'held', workloads: [], why: 'production is not known to be healthy' },
      ]),
      'incomplete',
      /production: deployment shop\/web rolled back, it did not roll out .*europe: held, production is not known to be healthy/s,
    ],
    [
      'one whose cluster was away',
      report('failed', [
        {
          name: 'production',
          state: 'failed',
          workloads: [],
          failure: { ...failure, code: 'unreachable', detail: 'is away' },
        },
      ]),
      'incomplete',
      /production: not reached: production: deployment shop\/web: is away\./,
    ],
    [
      'one that is held alone',
      report('held', [{ name: 'production', state: 'held', workloads: [], why: 'staging is not known to be healthy' }]),
      'incomplete',
      /production: held, staging is not known to be healthy/,
    ],
    [
      'one that waits for somebody',
      report('pending', done(workload({ state: 'pending', why: 'it has no replicas' }))),
      'succeeded',
      /changed, not in effect yet, it has no replicas/,
    ],
    ['one that nothing runs', report('nowhere', done()), 'succeeded', /production: no workload runs it/],
    [
      'one with something left',
      report('nowhere', [
        {
          name: 'production',
          state: 'done',
          workloads: [],
          notes: ['deployment shop/old: app runs web:0 and was left unchanged: it is not one of web:1'],
        },
      ]),
      'succeeded',
      /production: deployment shop\/old: app runs web:0 and was left/,
    ],
  ])('%s is told, and counts', (_, each, conclusion, lines) => {
    const [image] = each.images;
    if (image === undefined) throw new Error('no image');
    expect(conclusionOf(each, 'never')).toBe(conclusion);
    expect(deploymentLines(image).join('\n')).toMatch(lines);
    expect(outcomeOf(image)).toBe('promoted');
  });

  test('words of a cluster are no markup anywhere', () => {
    const why = '<img src=x> | [a](javascript:b) \n::error::c ##vso[task.complete]d';
    const bad = report('pending', done(workload({ state: 'pending', why, name: '<b>' })));
    expect(renderHtml(bad)).not.toMatch(/<img src=x>|<b>\(/);
    const markdown = renderMarkdown(bad);
    expect(markdown).not.toContain('<img');
    expect(markdown).not.toContain('](javascript:');
    expect(renderTable(bad)).not.toMatch(/^::error::/m);
    expect(renderJunit(bad)).not.toContain('<img');
  });
});

test('what is only deployed is no base that could not be checked', () => {
  const promotion = { digest, tags: [{ reference: `${web}:1`, previous: null }] };
  const bare = { bases: [], scan: null, gate: null, build: null, plan: null, promotion };
  const image = sampleImage({ ...bare, failure: { ...failure, detail: 'did not roll out: x' } });
  const sarif = JSON.parse(renderSarif(sampleReport({ command: 'deploy', images: [image], failures: [] })));
  expect(sarif.runs[0].results).toEqual([]);
  expect(JSON.stringify(sarif.runs[0].invocations)).toContain('did not roll out: x');
});
