import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { storyEnding } from '../cli/demo/story-end.ts';
import type { DemoTag } from '../cli/demo/tags.ts';
import { type Digest, digestOf } from '../core/oci/digest.ts';
import type { RefreshReport } from '../core/report/report.ts';
import { useBundles } from './hosts/bundles.ts';
import { runProcess } from './hosts/run.ts';

const bundles = useBundles();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

// A machine with neither Trivy nor npm on PATH, and nothing kept from an earlier run.
const demo = (...args: readonly string[]) =>
  runProcess(process.execPath, [bundles().cli, 'demo', ...args], {
    cwd: folder,
    env: { PATH: '/nonexistent', HOME: folder },
  });

const reportIn = (output: string): RefreshReport =>
  JSON.parse(readFileSync(join(folder, output, 'report.json'), 'utf8'));

describe('the demo where Trivy cannot be had', () => {
  test('says so, is inconclusive, promotes nothing and ends with 3', async () => {
    const { code, stdout, stderr } = await demo();
    expect(code).toBe(3);
    expect(stderr).toBe('');
    const words = stdout.replace(/\s+/g, ' ');
    expect(words).toContain('Nothing here can scan. trivy: is not on PATH');
    expect(words).toContain('install Trivy, or name its executable with --scanner-path.');
    expect(stdout).toMatch(/platform +not reached/);
    expect(stdout.match(/left as it was$/gm)).toHaveLength(3);
    expect(stdout).not.toMatch(/promoted$|platform +pass/m);
    expect(words).toContain('Without a scan nothing passes: no release tag has moved.');
    const { images, totals } = reportIn('.base-image-refresh');
    expect(images.map(({ name, gate, promotion }) => [name, gate?.verdict ?? null, promotion])).toEqual([
      ['platform', null, null],
      ['web', null, null],
    ]);
    expect(totals).toMatchObject({ rebuilt: 0, promoted: 0 });
  });

  test('fits a terminal of 80 columns, in plain text where nobody looks at a terminal', async () => {
    const { stdout } = await demo();
    const wide = stdout.split('\n').filter((line) => line.length > 80 && !line.includes('/'));
    expect(wide).toEqual([]);
    expect(stdout).not.toContain('\u001b');
  });

  test('gives with --format json the report alone on standard output', async () => {
    const { code, stdout, stderr } = await demo('--format', 'json', '--output-dir', 'elsewhere');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual(reportIn('elsewhere'));
    expect(stderr).toContain('What is published');
  });

  test('shows with --dry-run what it would do, without one write', async () => {
    const { code, stdout } = await demo('--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/web +follows +its base platform is rebuilt in this run/);
    expect(stdout).toContain('A dry run: nothing was built, and nothing was written to the registry.');
    expect(reportIn('.base-image-refresh')).toMatchObject({ dryRun: true, requests: { write: 0 } });
  });
});

test('a scanner that is named and not there is not replaced by the one on PATH', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'trivy'), `#!/bin/sh\ntouch ${folder}/ran\n`, { mode: 0o755 });
  const env = { PATH: `${bin}:/usr/bin:/bin`, HOME: folder };
  const args = [bundles().cli, 'demo', '--scanner-path', 'nowhere/trivy'];
  expect((await runProcess(process.execPath, args, { cwd: folder, env })).code).toBe(3);
  expect(existsSync(join(folder, 'ran'))).toBe(false);
});

test.each([
  [['--scanner-path', 'nowhere/trivy'], 3, 'nowhere/trivy: there is no such program'],
  [['--target', 'build'], 2, '--target: is not for the demo, which brings its own; leave it out.'],
  [['--config', 'x.yml'], 2, '--config: is not for the demo, which brings its own; leave it out.'],
])('the demo with %j ends with %i', async (args, expected, words) => {
  const { code, stdout, stderr } = await demo(...args);
  expect(code).toBe(expected);
  expect(`${stdout}${stderr}`.replace(/\s+/g, ' ')).toContain(words);
  expect(existsSync(join(folder, '.base-image-refresh'))).toBe(expected === 3);
});

describe('the demo believes its own end only when report and registry agree', () => {
  const [old, fresh] = [digestOf('old'), digestOf('fresh')];
  const finding = { id: 'CVE-2026-34743' };
  const platform = {
    name: 'platform',
    gate: { verdict: 'pass', breaches: [] },
    promotion: { digest: fresh },
    scan: null,
  };
  const web = {
    name: 'web',
    gate: { verdict: 'fail', breaches: [{ finding }] },
    promotion: null,
    scan: { introduced: [finding] },
  };
  const tag = (image: DemoTag['image'], before: Digest | null, after: Digest | null): DemoTag => ({
    image,
    reference: `registry/demo/${image}:1`,
    before,
    after,
  });
  const moved = tag('platform', old, fresh);
  const left = tag('web', old, old);
  const unscanned = { verdict: 'inconclusive', breaches: [] };
  test.each([
    ['one promoted, one held', [platform, web], [moved, left], 'as-expected'],
    ['the promoted tag has not moved', [platform, web], [tag('platform', old, old), left], 'otherwise'],
    [
      'the promoted tag names something else',
      [platform, web],
      [tag('platform', old, digestOf('x')), left],
      'otherwise',
    ],
    ['the held tag has moved', [platform, web], [moved, tag('web', old, fresh)], 'otherwise'],
    ['the held tag is gone', [platform, web], [moved, tag('web', old, null)], 'otherwise'],
    ['the held image passed', [platform, { ...web, gate: platform.gate }], [moved, left], 'otherwise'],
    ['it is held for what it had before', [platform, { ...web, scan: { introduced: [] } }], [moved, left], 'otherwise'],
    [
      'it is held for nothing',
      [platform, { ...web, gate: { verdict: 'fail', breaches: [] } }],
      [moved, left],
      'otherwise',
    ],
    ['an image is missing', [platform], [moved, left], 'otherwise'],
    [
      'nothing could be scanned',
      [{ ...platform, gate: null, failure: { code: 'missing-tool' }, promotion: null }],
      [tag('platform', old, old), left],
      'unscanned',
    ],
    [
      'nothing was scanned',
      [{ ...platform, gate: unscanned, promotion: null }],
      [tag('platform', old, old), left],
      'unscanned',
    ],
    ['what was not scanned moved', [{ ...platform, gate: unscanned }], [moved, left], 'otherwise'],
  ])('%s', (_, images, tags, ending) => {
    expect(storyEnding({ images, dryRun: false } as unknown as RefreshReport, tags)).toBe(ending);
  });

  test('a dry run that moved a tag', () => {
    const report = { images: [], dryRun: true } as unknown as RefreshReport;
    expect(storyEnding(report, [left])).toBe('dry-run');
    expect(storyEnding(report, [moved])).toBe('otherwise');
  });
});
