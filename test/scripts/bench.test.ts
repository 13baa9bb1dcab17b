import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { measured, median } from '../../scripts/bench/measure.ts';
import { countRequests } from '../../scripts/bench/registry.ts';
import { outcomeTable } from '../../scripts/bench/table.ts';
import { useBundles } from '../hosts/bundles.ts';

const script = join(import.meta.dirname, '../../scripts/bench.mjs');
const run = promisify(execFile);
const bundles = useBundles();

describe('npm run bench', () => {
  test('measures what it is asked for, and leaves nothing behind', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bench-test-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const { stdout } = await run(process.execPath, [script, '--runs', '1', 'start'], {
      env: { ...process.env, TMPDIR: folder, BENCH_BUNDLES: bundles().folder },
    });
    expect(stdout).toMatch(/^\d+ cores \(.+\), \d+ GB, \w+ \S+, Node 2\d\.\d+\.\d+, load at the beginning \d/);
    expect(stdout).toMatch(/\| node -e 0 +\| [\d.]+ m?s +\| [\d.]+ m?s to [\d.]+ m?s +\| 1\.00 /);
    expect(stdout).toMatch(/\| base-image-refresh --help +\| [\d.]+ m?s /);
    expect(stdout).toMatch(/\| `--help` within 1\.5 × bare Node +\| \d\.\d\d × +\| (?:met|\*\*missed\*\*) +\|/);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('says what there is where it is asked for something else', async () => {
    const env = { ...process.env, BENCH_BUNDLES: bundles().folder };
    const wrong = run(process.execPath, [script, 'speed'], { env });
    await expect(wrong).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        'bench: there is no speed; there are start, resolve, detect, scale, rebase, refresh',
      ),
    });
  });
});

test('the middle counts, whatever one run does', () => {
  expect(median([5, 1, 1000])).toBe(5);
  expect(median([1, 2, 3, 10])).toBe(2.5);
});

test('a table says plainly what missed its target and what is not here', () => {
  const text = outcomeTable('speed', {
    title: 'Two ways',
    rows: [
      measured('ours', [{ milliseconds: 1500, cpu: 0.25, megabytes: 80 }], '3 requests'),
      { what: 'theirs', kind: 'absent', why: 'no such program' },
    ],
    targets: [
      { text: 'within a second', measured: '1.50 s', isMet: false },
      { text: 'faster than theirs', measured: 'not here', isMet: null },
    ],
  });
  expect(text).toBe(
    [
      '## speed',
      '',
      'Two ways.',
      '',
      '|        | median   | fastest to slowest | × the first | CPU    | peak memory |                 |',
      '| ------ | -------- | ------------------ | ----------- | ------ | ----------- | --------------- |',
      '| ours   | 1.50 s   | 1.50 s to 1.50 s   | 1.00        | 0.25 s | 80 MB       | 3 requests      |',
      '| theirs | not here |                    |             |        |             | no such program |',
      '',
      '| target             | measured |              |',
      '| ------------------ | -------- | ------------ |',
      '| within a second    | 1.50 s   | **missed**   |',
      '| faster than theirs | not here | not measured |',
    ].join('\n'),
  );
});

test('requests are counted by what they are for', () => {
  const seen = (method: string, path: string, bytes = 0) => ({
    method,
    path,
    query: '',
    headers: {},
    bytes,
    status: 200,
  });
  const requests = [
    seen('GET', '/v2/'),
    seen('GET', '/token'),
    seen('HEAD', '/v2/a/manifests/1'),
    seen('GET', '/v2/a/manifests/1'),
    seen('PUT', '/v2/a/manifests/2', 700),
  ];
  expect(countRequests(requests)).toEqual({ head: 1, get: 1, token: 1, ping: 1, write: 1, uploaded: 700, most: 2 });
});
