import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../core/report/markdown.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

function manyFindings(count: number) {
  return Array.from({ length: count }, (_, index) => sampleFinding({ id: `CVE-2026-${index}`, severity: 'low' }));
}

const gate = { verdict: 'fail', exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;
const last = /base-image-refresh 0\.1\.0, .* write requests\.\n$/;

describe('renderMarkdown', () => {
  it('renders the sample report as the fixture shows it', async () => {
    await expect(renderMarkdown(sampleReport())).toMatchFileSnapshot('../fixtures/reports/summary.md');
  });

  it('says at its end how long the stages of all images took together', () => {
    const images = [
      sampleImage({
        stages: [
          { stage: 'build', durationMs: 61_000 },
          { stage: 'scan', durationMs: 900 },
        ],
      }),
      sampleImage({ name: 'api', stages: [{ stage: 'scan', durationMs: 1_100 }] }),
    ];
    expect(renderMarkdown(sampleReport({ images }))).toContain(' (all images together: build 1 min 1 s, scan 2.0 s); ');
    expect(renderMarkdown(sampleReport())).not.toContain('all images together');
  });

  it('uses headings where the host does not fold', () => {
    const text = renderMarkdown(sampleReport(), { folded: false });
    expect(text).not.toContain('<');
    expect(text).toContain('#### Introduced: 1 critical\n');
  });

  it('says how many findings of a group it leaves out', () => {
    const image = sampleImage({
      scan: sampleScan({ findings: manyFindings(301), before: [], introduced: manyFindings(301) }),
    });
    expect(renderMarkdown(sampleReport({ images: [image] }))).toContain(
      '*1 finding left out here; report.json has everything.*',
    );
  });

  it('keeps the worst findings when it cuts', () => {
    const findings = [...manyFindings(400), sampleFinding({ id: 'CVE-2026-99999', severity: 'critical' })];
    const image = sampleImage({ scan: sampleScan({ findings, before: [], introduced: findings }) });
    expect(renderMarkdown(sampleReport({ images: [image] }))).toContain('CVE-2026-99999');
  });

  // 100,000 findings in all; images share them, since it is what is written that counts.
  const [some, many] = [manyFindings(80), manyFindings(500)];
  const breaches = some.map((finding) => ({ rule: 'severity-threshold' as const, finding, advice: 'Upgrade.' }));
  const images = Array.from({ length: 200 }, (_, index) =>
    sampleImage({
      name: `web-${index}-ü`,
      gate: { ...gate, breaches },
      scan: sampleScan({ findings: many, before: [], introduced: many }),
    }),
  );

  it.each([4_000, 20_000, 100_000, 1_000_000])('stays within %d bytes and still tells the whole story', (maxBytes) => {
    const text = renderMarkdown(sampleReport({ images }), { maxBytes });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxBytes);
    expect(text).toContain('**200 images: 200 held back by the gate; 1 failure outside any image.**');
    expect(text).toContain('legacy/Dockerfile: line 4: unknown instruction FORM');
    expect(text).toMatch(/\*\d[\d,]* sections? left out here; report\.json has everything\.\*/);
    expect(text).toMatch(last);
  });

  it('leaves room for the overview however many failures there are', () => {
    const failures = Array.from({ length: 2000 }, (_, index) => ({
      code: 'unreadable' as const,
      subject: `folder-${index}`,
      detail: 'permission denied '.repeat(40),
      retryable: false,
    }));
    const text = renderMarkdown(sampleReport({ failures }), { maxBytes: 60_000 });
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(60_000);
    expect(text).toContain('### Images');
    expect(text).toMatch(/[\d,]+ failures left out here/);
  });

  it('marks a dry run', () => {
    expect(renderMarkdown(sampleReport({ dryRun: true }))).toMatch(/\*\*Dry run: nothing was written\. /);
  });
});
