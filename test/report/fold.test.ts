import { expect, test } from 'vitest';
import { createFolder } from '../../core/report/fold.ts';
import { reportFormats } from '../../core/report/formats.ts';
import { mergeReports } from '../../core/report/merge.ts';
import { renderTable } from '../../core/report/table.ts';
import { namesOf } from '../../core/table.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const reports = Array.from({ length: 6 }, (_, number) => {
  const findings = Array.from({ length: 50 }, (_, at) =>
    sampleFinding({ id: `CVE-2026-${number}${at}`, severity: at % 3 === 0 ? 'critical' : 'low' }),
  );
  const [worst] = findings;
  if (worst === undefined) throw new Error('a finding');
  const breaches = [{ rule: 'severity-threshold' as const, finding: worst, advice: 'update it' }];
  const gate = { verdict: 'fail' as const, breaches, exceptionsUsed: [], exceptionsUnused: [], failure: null };
  const scan = sampleScan({ findings, before: findings.slice(5), introduced: findings.slice(0, 5) });
  const image = sampleImage({ name: `image-${number}`, dockerfile: `image-${number}/Dockerfile`, scan, gate });
  return sampleReport({ images: [image, sampleImage({ name: `other-${number}`, scan: null, gate: null })] });
});

test('what is folded reads as it was, in every format', async () => {
  const folder = createFolder(120);
  const folded = reports.map((report) => ({ ...report, images: report.images.map((image) => folder.fold(image)) }));
  expect(folder.hasFolded()).toBe(true);
  const [whole, packed] = [mergeReports(reports), mergeReports(folded)];
  for (const name of namesOf(reportFormats)) {
    const text = async (report: typeof whole) => [...(await reportFormats[name].render(report))].join('');
    expect(await text(packed), name).toBe(await text(whole));
  }
  expect(renderTable(packed, undefined)).toBe(renderTable(whole, undefined));
  // Read, and still folded: the lists of an image are not held by it.
  const scan = packed.images.find(({ name }) => name === 'image-5')?.scan;
  expect(Object.getOwnPropertyDescriptor(scan, 'findings')?.get).toBeTypeOf('function');
});

test('few findings are not folded', async () => {
  const folder = createFolder();
  for (const image of reports.flatMap(({ images }) => images)) expect(folder.fold(image)).toBe(image);
  expect(folder.hasFolded()).toBe(false);
});
