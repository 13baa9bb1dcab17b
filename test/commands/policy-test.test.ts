import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseArguments } from '../../cli/args.ts';
import type { RefreshReport, ReportedImage, ReportedScan } from '../../core/report/report.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { finding } from '../scan/support.ts';
import { createRecordingHost } from '../support/run.ts';

const scan = (parts: Partial<ReportedScan> = {}): ReportedScan => ({
  scanner: { name: 'trivy', version: '0.68.2', database: '2026-11-21T00:00:00Z' },
  platforms: ['linux/amd64'],
  findings: [finding({ id: 'CVE-2026-1', severity: 'high' })],
  fixed: [],
  introduced: [],
  failure: null,
  ...parts,
});

function saved(scanned: ReportedScan | null): RefreshReport {
  const image: ReportedImage = {
    name: 'web',
    image: 'ghcr.io/acme/web:1',
    dockerfile: 'Dockerfile',
    verdict: 'stale',
    bases: [],
    plan: null,
    build: null,
    scan: scanned,
    gate: null,
    promotion: null,
    signature: null,
    deployment: null,
    failure: null,
  };
  return {
    schemaVersion: 1,
    tool: { name: 'base-image-refresh', version: '0.1.0' },
    command: 'refresh',
    dryRun: false,
    startedAt: '2026-11-21T00:00:00.000Z',
    finishedAt: '2026-11-21T00:01:00.000Z',
    policy: { severityThreshold: 'none', onlyFixable: false, newOnly: false },
    images: [image],
    failures: [],
    totals: { images: 1, current: 0, stale: 1, unknown: 0, rebuilt: 0, promoted: 0, held: 0, failed: 0 },
    requests: { head: 0, get: 0, token: 0, write: 0, uploadedBytes: 0 },
  };
}

async function policyTest(report: RefreshReport, file: string, inputs: Readonly<Record<string, string>> = {}) {
  const root = repository({ '.base-image-refresh.yml': file });
  writeFileSync(join(root, 'report.json'), JSON.stringify(report));
  const world = createWorld({ cwd: root });
  const host = createRecordingHost({ command: 'policy-test', path: 'report.json', format: 'json', ...inputs });
  const conclusion = await run(host, world);
  await world.close();
  const printed: RefreshReport | undefined = host.printed[0]?.startsWith('{') ? JSON.parse(host.printed[0]) : undefined;
  return { conclusion, gate: printed?.images[0]?.gate, policy: printed?.policy, lines: host.lines };
}

describe('policy test', () => {
  test.each([
    ['gate: { severity-threshold: critical }', 'succeeded', 'pass'],
    ['gate: { severity-threshold: high }', 'policy-failed', 'fail'],
    ['gate: { exceptions: [{ id: CVE-2026-1, reason: x }] }', 'succeeded', 'pass'],
    ['gate: { severity-threshold: none, maximum: { high: 0 } }', 'policy-failed', 'fail'],
    ['gate: { severity-threshold: none, refuse: shell }', 'incomplete', 'inconclusive'],
    [
      'gate: { severity-threshold: critical }\nimages: [{ dockerfile: Dockerfile, gate: { severity-threshold: high } }]',
      'policy-failed',
      'fail',
    ],
  ])('%s ends as %s', async (file, conclusion, verdict) => {
    const ended = await policyTest(saved(scan()), file);
    expect([ended.conclusion, ended.gate?.verdict]).toEqual([conclusion, verdict]);
  });

  test('says which policy it was, and takes one from elsewhere', async () => {
    const root = repository({ 'org.yml': 'gate: { severity-threshold: low, only-fixable: true }\n' });
    const { policy } = await policyTest(saved(scan()), '', { policy: join(root, 'org.yml') });
    expect(policy).toEqual({ scope: 'relative', severityThreshold: 'low', onlyFixable: true, newOnly: false });
  });

  test.each([
    [{ failure: { code: 'scan-failed', subject: 'web', detail: 'broke', retryable: false } } as const],
    [{ scanner: null }],
    [{ unrecognised: ['linux/amd64'] }],
  ])('never passes what was not scanned: %o', async (parts) => {
    const { conclusion, gate } = await policyTest(saved(scan({ findings: [], ...parts })), '');
    expect([conclusion, gate?.verdict]).toEqual(['incomplete', 'inconclusive']);
  });

  test('has nothing to say of an image without a scan', async () => {
    const { conclusion, gate } = await policyTest(saved(null), '');
    expect([conclusion, gate]).toEqual(['incomplete', null]);
  });

  test('keeps what was held before it was built', async () => {
    const report = saved(null);
    const held = { verdict: 'fail', breaches: [], exceptionsUsed: [], exceptionsUnused: [], failure: null } as const;
    const images = report.images.map((image) => ({ ...image, gate: held }));
    const { conclusion, gate } = await policyTest({ ...report, images }, '');
    expect([conclusion, gate?.verdict]).toEqual(['policy-failed', 'fail']);
  });

  test('is a table on a terminal', async () => {
    const { gate, lines, conclusion } = await policyTest(saved(scan()), '', { format: 'table' });
    expect([gate, conclusion]).toEqual([undefined, 'policy-failed']);
    expect(lines.map(({ message }) => message)).toContain('web: fails the gate: CVE-2026-1 (high) in openssl 3.0.20');
  });

  test('may be written as two words', () => {
    const { kind, ...rest } = parseArguments(['policy', 'test', 'report.json']);
    expect(kind).toBe('run');
    expect(rest).toMatchObject({ command: { name: 'policy-test' }, inputs: new Map([['path', 'report.json']]) });
  });
});
