import { expect, test } from 'vitest';
import { fail } from '../../core/failure.ts';
import { clear, gateScan } from '../../core/gate/clear.ts';
import type { GatePolicy } from '../../core/gate/policy.ts';
import { digestOf } from '../../core/oci/digest.ts';
import type { ScanReport } from '../../core/scan/finding.ts';
import type { Validation } from '../../core/validate/validation.ts';
import { finding } from '../support/run.ts';

const image = { digest: digestOf('the image') };
const other = digestOf('another image');
const policy: GatePolicy = { severityThreshold: 'high', onlyFixable: false, newOnly: false, exceptions: [] };
const today = new Date('2026-11-21T00:00:00Z');
const scanner = { name: 'test', version: '1', database: null };
const clean: ScanReport = { kind: 'scanned', scanner, platforms: [], findings: [] };
const { failure } = fail('missing-tool', 'web', 'nothing here runs containers');
const tested = { digest: image.digest, checks: [], changes: [] };
const passed: Validation = { kind: 'pass', ...tested };

const judged = (report: ScanReport, digest = image.digest) => gateScan(policy, { digest, report }, undefined, today);

test('what passed the gate and its tests is cleared, and is what it was', () => {
  expect(clear(image, judged(clean), passed)).toBe(image);
});

test.each([
  ['failed the gate', judged({ ...clean, findings: [finding('CVE-1')] }), passed],
  ['could not be scanned', judged({ kind: 'failed', failure }), passed],
  ['was not what was scanned', judged(clean, other), passed],
  ['was not what was tested', judged(clean), { ...passed, digest: other }],
  ['failed a test', judged(clean), { kind: 'fail', ...tested } satisfies Validation],
  ['could not be tested', judged(clean), { kind: 'inconclusive', ...tested, failure } satisfies Validation],
])('an image that %s is not', (_, judgement, validation) => {
  expect(clear(image, judgement, validation)).toBeUndefined();
});
