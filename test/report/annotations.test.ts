import { describe, expect, it } from 'vitest';
import { annotationsOf } from '../../core/report/annotations.ts';
import { sampleBase, sampleFinding, sampleImage, sampleReport } from '../support/sample-report.ts';

const gate = { verdict: 'fail', exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;

describe('annotationsOf', () => {
  it('puts failures, breaches and stale bases beside the lines they are about', () => {
    const found = annotationsOf(sampleReport()).map(
      ({ level, path, line, title }) => `${level} ${path}:${line} ${title}`,
    );
    expect(found).toEqual([
      'error legacy/Dockerfile:4 Dockerfile not read',
      'error services/api/Dockerfile:2 api: not finished',
      'error services/worker/Dockerfile:3 worker: not finished',
      'error services/reports/Dockerfile:3 reports: not finished',
      'error services/web/Dockerfile:3 web: gate failed',
      'warning services/web/Dockerfile:3 web: stale base',
      'warning services/worker/Dockerfile:3 worker: stale base',
      'warning services/reports/Dockerfile:3 reports: stale base',
    ]);
  });

  it('names the breaches, worst first', () => {
    const [annotation] = annotationsOf(sampleReport()).filter(({ title }) => title === 'web: gate failed');
    expect(annotation?.message).toBe(
      'web: gate failed on 2 findings: CVE-2026-10009 (critical) in zlib1g 1:1.2.13.dfsg-2, fixed in 1:1.2.13.dfsg-3; GHSA-xxxx-yyyy-zzzz (high) in lodash 4.17.20, fixed in 4.17.21.',
    );
  });

  it('says nothing of a base that this run has refreshed, nor of a frontend', () => {
    const promoted = sampleImage({ promotion: { digest: 'sha256:0', tags: [] } });
    const frontend = sampleImage({ verdict: 'stale', bases: [sampleBase({ via: 'syntax' })] });
    expect(annotationsOf(sampleReport({ images: [promoted, frontend], failures: [] }))).toEqual([]);
  });

  it('has no place for an image without a Dockerfile', () => {
    const breaches = [{ rule: 'severity-threshold' as const, finding: sampleFinding(), advice: 'Upgrade.' }];
    const scanned = sampleImage({ dockerfile: '', bases: [], verdict: 'unknown', gate: { ...gate, breaches } });
    expect(annotationsOf(sampleReport({ command: 'scan', images: [scanned], failures: [] }))).toEqual([]);
  });

  it('ends a long list with how many are missing, for hosts show ten a level', () => {
    const images = Array.from({ length: 30 }, (_, index) => sampleImage({ name: `web-${index}` }));
    const found = annotationsOf(sampleReport({ images, failures: [] }));
    expect(found).toHaveLength(10);
    expect(found.at(-1)?.message).toBe('21 more messages left out here; the report names them all.');
  });

  it('keeps messages on one line, within what GitHub shows', () => {
    const breaches = Array.from({ length: 500 }, () => ({
      rule: 'severity-threshold' as const,
      finding: sampleFinding({ installed: 'x'.repeat(900) }),
      advice: 'Upgrade.',
    }));
    const image = sampleImage({ name: 'web\n::error::no', gate: { ...gate, breaches } });
    for (const { message, title } of annotationsOf(sampleReport({ images: [image] }))) {
      expect(message.length).toBeLessThanOrEqual(4001);
      expect(`${title}${message}`).not.toMatch(/[\r\n]/);
    }
  });
});
