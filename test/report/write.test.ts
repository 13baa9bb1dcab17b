import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { reportFormats } from '../../core/report/formats.ts';
import { renderHtml } from '../../core/report/html.ts';
import { parseReport, serialise } from '../../core/report/json.ts';
import { renderSarif } from '../../core/report/sarif.ts';
import { writeReports } from '../../core/report/write.ts';
import { createWorld } from '../../core/world.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bir-report-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('saves every format and says where', async () => {
  const world = createWorld();
  try {
    const files = await writeReports(world, sampleReport(), join(folder, 'out'));
    const names = Object.values(reportFormats).map(({ file }) => file);
    expect(Object.values(files)).toEqual(names.map((name) => join(folder, 'out', name)));
    expect((await readdir(join(folder, 'out'))).sort()).toEqual(names.toSorted());
    expect(parseReport(await readFile(files.json, 'utf8'), files.json)).toEqual(sampleReport());
  } finally {
    await world.close();
  }
});

it('saves a large report byte for byte, whatever its characters are', async () => {
  const world = createWorld();
  try {
    const title = '👩‍🚒 é 漢 '.repeat(40);
    const findings = Array.from({ length: 5000 }, (_, at) => sampleFinding({ id: `CVE-2026-${at}`, title }));
    const report = sampleReport({ images: [sampleImage({ scan: sampleScan({ findings }) })] });
    const files = await writeReports(world, report, join(folder, 'out'));
    expect(await readFile(files.html, 'utf8')).toBe(renderHtml(report));
    expect(await readFile(files.sarif, 'utf8')).toBe(renderSarif(report));
    expect(await readFile(files.json, 'utf8')).toBe(serialise(report));
  } finally {
    await world.close();
  }
});
