import { expect, it } from 'vitest';
import { movesIn, upgradesIn } from '../../core/report/fix-groups.ts';
import { nextSteps } from '../../core/report/next-steps.ts';
import { sampleCheckReport, sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const words = (report: Parameters<typeof nextSteps>[0]) =>
  nextSteps(report).map(({ tone, what, images }) => [tone, what, images.join(' ')]);

it('says each remedy once, with all images that wait for it, what is worst first', () => {
  expect(words(sampleReport())).toEqual([
    [
      'bad',
      'zlib1g 1:1.2.13.dfsg-2 came with the new base; wait for a base with 1:1.2.13.dfsg-3 or upgrade it in the Dockerfile.',
      'web',
    ],
    ['bad', 'The exception for GHSA-xxxx-yyyy-zzzz ended on 2026-10-31; upgrade lodash to 4.17.21.', 'web'],
    ['bad', 'Add credentials for registry.example.', 'api'],
    ['bad', 'Check scanner.database-repository.', 'worker'],
    ['bad', 'Build it by hand on the new base.', 'reports'],
    ['bad', 'Write FROM.', ''],
  ]);
  const check = words(sampleCheckReport());
  expect(check.at(-1)).toEqual([
    'warn',
    'Run refresh: it rebuilds, scans and gates what is stale.',
    'base greeter web worker reports',
  ]);
});

it('asks for nothing where nothing is to be done', () => {
  expect(words(sampleReport({ failures: [], images: [sampleImage({ verdict: 'current' })] }))).toEqual([]);
});

it('counts what moves fixed by what was released, and what upgrades would close over all images', () => {
  const report = sampleReport();
  expect(
    movesIn(report).map(({ reference, released, waiting }) => [reference, released.findings, waiting.findings]),
  ).toEqual([
    ['docker.io/library/debian:12', 2, 0],
    ['docker.io/library/node:20-alpine', 0, 2],
  ]);
  const old = sampleFinding({ id: 'CVE-2026-1', severity: 'low' });
  const unfixed = sampleFinding({ package: { name: 'tar' }, fixed: null });
  const images = [
    sampleImage({ name: 'a', scan: sampleScan({ findings: [sampleFinding(), old, unfixed] }) }),
    sampleImage({ name: 'b', scan: sampleScan({ findings: [sampleFinding()] }) }),
  ];
  expect(
    upgradesIn({ images }).map(({ images: those, ...rest }) => ({ ...rest, images: those.map(({ name }) => name) })),
  ).toEqual([{ name: 'openssl', version: '3.0.22-1~deb12u1', worst: 'high', findings: 3, images: ['a', 'b'] }]);
});
