import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type DetectDocument, renderDetectTable } from '../../core/report/detect-table.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { renderTable } from '../../core/report/table.ts';
import { cutDigest } from '../../core/report/words.ts';
import { sampleBase, sampleCheckReport, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const long = `registry.example/${'deep/'.repeat(20)}image-${'x'.repeat(90)}:1`;
const wide = sampleImage({ name: 'n'.repeat(120), image: long, bases: [sampleBase({ reference: long })] });

const detected: DetectDocument = {
  schemaVersion: 1,
  dockerfiles: [
    {
      path: 'services/web/Dockerfile',
      failure: null,
      bases: [
        {
          reference: 'docker.io/library/node:20-alpine',
          raw: 'node:20-alpine',
          via: 'from',
          line: 3,
          stage: 'build',
          reachable: true,
          platform: null,
        },
        { reference: long, raw: long, via: 'copy-from', line: 13, stage: 2, reachable: false, platform: 'linux/arm64' },
      ],
    },
    {
      path: 'x/Dockerfile',
      failure: { code: 'unknown-instruction', line: 4, detail: 'unknown instruction FORM' },
      bases: [],
    },
  ],
};

const scanned: RefreshReport = sampleReport({
  command: 'scan',
  failures: [],
  images: [
    sampleImage({
      name: 'registry.example/shop/web:1.4',
      dockerfile: '',
      bases: [],
      verdict: 'unknown',
      scan: { ...sampleScan(), before: [], introduced: [] },
      gate: { verdict: 'pass', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null },
    }),
  ],
});

describe('renderTable', () => {
  it('says in words what check found', async () => {
    await expect(renderTable(sampleCheckReport())).toMatchFileSnapshot('../fixtures/reports/check.txt');
  });

  it('says what a refresh did and what needs a person', async () => {
    await expect(renderTable(sampleReport())).toMatchFileSnapshot('../fixtures/reports/refresh.txt');
  });

  it('says what a scan found', async () => {
    await expect(renderTable(scanned)).toMatchFileSnapshot('../fixtures/reports/scan.txt');
  });

  it('says what would be rebuilt, why and in which step', () => {
    const images = [sampleImage({ plan: { action: 'rebuild', because: ['node:20-alpine moved'], level: 1 } })];
    expect(renderTable(sampleReport({ command: 'plan', images }))).toContain(
      'To be rebuilt in step 2: node:20-alpine moved.',
    );
  });

  it.each([40, 60, 80, 120, 200])('fits into %d columns, coloured or not', (columns) => {
    const reports = [sampleReport({ images: [wide] }), sampleReport({ command: 'check', images: [wide] }), scanned];
    for (const colour of [true, false]) {
      for (const report of reports) {
        for (const line of stripVTControlCharacters(renderTable(report, { columns, colour })).split('\n')) {
          expect(line.length).toBeLessThanOrEqual(columns);
        }
      }
    }
  });

  it('has no colour codes unless asked', () => {
    expect(renderTable(sampleReport())).not.toContain('\u001B');
    expect(renderTable(sampleReport(), { colour: true })).toContain('\u001B[');
  });

  it('puts the images of a base together, those that need a person first', () => {
    const moved = { at: '2026-11-28T00:00:00Z', by: 'created', ageMs: 3 * 86_400_000 } as const;
    const debian = sampleBase({ reference: 'docker.io/library/debian:12', moved });
    const stale = ['a', 'b'].map((name) => sampleImage({ name, bases: [debian] }));
    const current = sampleImage({ name: 'c', verdict: 'current', bases: [sampleBase({ verdict: 'current' })] });
    const unknown = sampleImage({
      name: 'd',
      verdict: 'unknown',
      bases: [sampleBase({ verdict: 'unknown', to: null })],
    });
    const images = [current, ...stale, unknown];
    expect(renderTable(sampleReport({ command: 'check', images, failures: [] }), { columns: 100 })).toBe(
      `  IMAGE  VERDICT  BASE            BEHIND SINCE  A REFRESH
node:20-alpine could not be checked: 1 image
  d      unknown  node:20-alpine                leaves it alone

debian:12 moved 3 days ago to ${cutDigest(debian.to)}: 2 images
  a      stale    debian:12       3 days ago    rebuilds it
  b      stale    debian:12       3 days ago    rebuilds it

Current: 1 image
  c      current  node:20-alpine

d: unknown. node:20-alpine could not be checked.
  services/web/Dockerfile:3 → registry.example/shop/web:1.4

4 images: 2 stale, 1 could not be checked, 1 current.
Evidence and digests of an image: --explain IMAGE.`,
    );
  });

  it('says everything of the image that was asked about', () => {
    const images = ['a', 'b'].map((name) => sampleImage({ name, image: `registry.example/shop/${name}:1` }));
    const report = sampleReport({ command: 'check', images, failures: [] });
    expect(renderTable(report)).not.toContain('BuildKit provenance');
    for (const name of ['a', 'registry.example/shop/a:1']) {
      const text = renderTable(report, { explain: [name] });
      expect(text).toMatch(/^a: stale\. node:20-alpine moved/m);
      expect(text).not.toContain('b: stale.');
    }
  });

  it('breaks and cuts nothing where no terminal shows it', () => {
    const report = sampleReport({ command: 'check', images: [wide], failures: [] });
    const text = renderTable(report, { columns: Number.POSITIVE_INFINITY });
    expect(text.split('\n')[1]).toBe(`${wide.name}  stale    ${long}  rebuilds it`);
  });

  it('names the whole reference though it breaks it', () => {
    const text = renderTable(sampleReport({ command: 'check', images: [wide] }));
    expect(text.replace(/\s+/g, '')).toContain(long);
  });
});

describe('renderDetectTable', () => {
  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderDetectTable(detected)).toMatchFileSnapshot('../fixtures/reports/detect.txt');
  });

  it('has words for nothing', () => {
    expect(renderDetectTable({ schemaVersion: 1, dockerfiles: [] })).toBe('0 base images in 0 Dockerfiles.');
  });
});
