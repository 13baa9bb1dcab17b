import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { badgeOf, renderBadge } from '../../core/report/badge.ts';
import { renderCsv } from '../../core/report/csv.ts';
import { renderGitlab } from '../../core/report/gitlab.ts';
import type { RefreshReport } from '../../core/report/report.ts';
import { sampleFinding, sampleImage, sampleReport, sampleScan } from '../support/sample-report.ts';

const text = (pieces: Iterable<string>) => [...pieces].join('');
const scanned = (findings: readonly ReturnType<typeof sampleFinding>[], name = 'web') =>
  sampleImage({ name, scan: sampleScan({ findings, before: findings, fixed: [], introduced: [] }) });

describe('CSV', () => {
  it('has a row for each finding of each image, with what became of it', () => {
    const [head, ...rows] = text(renderCsv(sampleReport())).trimEnd().split('\r\n');
    expect(head).toBe(
      'image,reference,outcome,state,severity,id,kind,package,path,installed,fix,from,platforms,title,url,owners',
    );
    expect(rows).toHaveLength(4 + 1 + 6);
    expect(rows).toContain(
      'base,registry.example/shop/base:12,promoted,fixed,critical,CVE-2026-10002,vulnerability,xz-utils,,5.4.1-1,5.4.1-2,base,linux/amd64 linux/arm64,xz: unbounded memory while decoding,https://advisories.example/CVE-2026-10001,',
    );
  });

  it('quotes what separates, and gives a spreadsheet no formula', () => {
    const formulas = ['=HYPERLINK("https://evil.example")', '+1', '-1', '@x', '\t=1', 'a;=1; "=2', 'a-b; c=d'];
    const titles = [...formulas, 'a, "b"\nc'];
    const findings = titles.map((title, index) => sampleFinding({ id: `CVE-2026-${index}`, title }));
    const rows = text(renderCsv(sampleReport({ images: [scanned(findings)] })))
      .trimEnd()
      .split('\r\n')
      .slice(1);
    expect(rows.map((row) => row.slice(row.indexOf('arm64,') + 6).replace(/,https:.*/, ''))).toEqual([
      `"'=HYPERLINK(""https://evil.example"")"`,
      `"'+1"`,
      `"'-1"`,
      `"'@x"`,
      `"'=1"`,
      `"a;'=1; ""'=2"`,
      'a-b; c=d',
      '"a, ""b"" c"',
    ]);
  });
});

// After the published schema 15.0.4 of security reports: what it demands of a report of this kind.
const filled = { type: 'string', minLength: 1 };
const named = { type: 'object', required: ['name'], properties: { name: filled } };
const program = {
  type: 'object',
  required: ['id', 'name', 'version', 'vendor'],
  properties: { id: filled, name: filled, version: filled, vendor: named },
};
const time = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$' };
const address = { type: 'string', pattern: '^https?://.+' };
const schema = {
  type: 'object',
  required: ['scan', 'version', 'vulnerabilities'],
  properties: {
    version: { const: '15.0.4' },
    scan: {
      type: 'object',
      required: ['analyzer', 'end_time', 'scanner', 'start_time', 'status', 'type'],
      properties: {
        analyzer: program,
        scanner: program,
        start_time: time,
        end_time: time,
        status: { enum: ['success', 'failure'] },
        type: { const: 'container_scanning' },
      },
    },
    vulnerabilities: {
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'identifiers', 'location'],
        properties: {
          id: filled,
          name: { type: 'string', maxLength: 255 },
          severity: { enum: ['Info', 'Unknown', 'Low', 'Medium', 'High', 'Critical'] },
          solution: { type: 'string', maxLength: 7000 },
          identifiers: {
            type: 'array',
            minItems: 1,
            items: {
              type: 'object',
              required: ['type', 'name', 'value'],
              properties: { type: filled, name: filled, value: filled, url: address },
            },
          },
          links: { type: 'array', items: { type: 'object', required: ['url'], properties: { url: address } } },
          location: {
            type: 'object',
            required: ['dependency', 'operating_system', 'image'],
            properties: {
              operating_system: filled,
              image: filled,
              dependency: {
                type: 'object',
                required: ['package', 'version'],
                properties: { package: named, version: { type: 'string' } },
              },
            },
          },
        },
      },
    },
  },
};

describe("GitLab's format", () => {
  const validate = new Ajv({ strict: false }).compile(schema);
  const gitlab = (report: RefreshReport) => {
    const parsed = JSON.parse(text(renderGitlab(report)));
    expect([validate(parsed), validate.errors]).toEqual([true, null]);
    return parsed;
  };

  it('has what is published after the run: of a held image what was there before', () => {
    const { vulnerabilities, scan } = gitlab(sampleReport());
    const of = (image: string) =>
      vulnerabilities
        .filter(({ location }: { location: { image: string } }) => location.image === `registry.example/shop/${image}`)
        .map(({ identifiers }: { identifiers: { value: string }[] }) => identifiers[0]?.value);
    expect(of('web:1.4')).toEqual([
      'CVE-2026-10002',
      'CVE-2026-10001',
      'GHSA-xxxx-yyyy-zzzz',
      'CVE-2026-10003',
      'CVE-2005-2541',
    ]);
    expect(of('base:12')).toEqual(['CVE-2026-10003', 'CVE-2005-2541']);
    expect(scan).toMatchObject({ scanner: { id: 'trivy', version: '0.68.2' }, start_time: '2026-11-21T06:00:00' });
    const ids = vulnerabilities.map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is a failure where an image was not scanned, since GitLab takes what is missing for fixed', () => {
    const [good, unscanned] = [scanned([sampleFinding()]), sampleImage({ name: 'api' })];
    expect(gitlab(sampleReport({ images: [good], failures: [] })).scan.status).toBe('success');
    expect(gitlab(sampleReport({ images: [good, unscanned], failures: [] })).scan.status).toBe('failure');
    expect(gitlab(sampleReport({ images: [good] })).scan.status).toBe('failure');
  });

  it('is a failure where the scanner did not show that it read the image', () => {
    const good = scanned([sampleFinding()]);
    const unproven = [{ proof: 'search', detail: 'it names no analyzer', platforms: ['linux/amd64'] }] as const;
    for (const lack of [{ unproven }, { unrecognised: ['linux/amd64'] }]) {
      const open = { ...good, gate: null, scan: good.scan === null ? null : { ...good.scan, ...lack } };
      expect(gitlab(sampleReport({ images: [open], failures: [] })).scan.status).toBe('failure');
    }
  });

  it('makes no markup of what others wrote', () => {
    const title = '[x](https://evil.example) @all <img src=x> '.repeat(9);
    const hostile = sampleFinding({ title, url: 'javascript:alert(1)', installed: '', package: { name: '' } });
    const [found] = gitlab(sampleReport({ images: [scanned([hostile])] })).vulnerabilities;
    expect(found.name).not.toMatch(/\]\(|<|@a/);
    expect(found.links).toBeUndefined();
    expect(found.location).toMatchObject({ operating_system: 'unknown', dependency: { version: 'unknown' } });
  });
});

describe('the badge', () => {
  const current = sampleImage({ verdict: 'current' });
  const promoted = sampleImage({ promotion: { digest: 'sha256:0', tags: [] } });
  const displaced = { code: 'moved', subject: 'web:1', detail: 'names another image', retryable: true } as const;
  it.each([
    ['2 stale', '#b35900', sampleReport({ images: [sampleImage(), sampleImage(), current], failures: [] })],
    ['fresh: 2 images', '#1a7f37', sampleReport({ images: [promoted, current], failures: [] })],
    ['not known', '#59636e', sampleReport({ images: [current] })],
    ['not known', '#59636e', sampleReport({ images: [sampleImage({ verdict: 'unknown' }), current], failures: [] })],
    ['not known', '#59636e', sampleReport({ images: [{ ...promoted, failure: displaced }, current], failures: [] })],
    ['none', '#59636e', sampleReport({ images: [], failures: [] })],
  ])('says %s', (message, color, report) => {
    expect(badgeOf(report)).toEqual({ schemaVersion: 1, label: 'base images', message, color });
    expect(renderBadge(report)).toContain(`aria-label="base images: ${message}"`);
  });
});
