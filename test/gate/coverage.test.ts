import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { run } from '../e2e/setup/run.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

test('the table of the gate goes through every branch of it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gate-coverage-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const { code, stdout, stderr } = await run(
    process.execPath,
    [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project=unit',
      'test/gate/decide.test.ts',
      'test/gate/words.test.ts',
      'test/gate/vex.test.ts',
      'test/gate/rules.test.ts',
      'test/gate/documented-policies.test.ts',
      'test/gate/exception-index.test.ts',
      'test/gate/outdated.test.ts',
      '--coverage.enabled',
      '--coverage.include=core/gate.ts',
      '--coverage.include=core/gate/{advice,exception-index,exceptions,introduced,live-exceptions,maximum,missing,subjects}.ts',
      '--coverage.include=core/gate/vex/{accepted,cyclonedx,csaf,cpe,identity,image,openvex,place,read}.ts',
      '--coverage.reporter=text',
      `--coverage.reportsDirectory=${folder}`,
      '--coverage.thresholds.branches=100',
      '--coverage.thresholds.lines=100',
      '--coverage.thresholds.perFile',
    ],
    { cwd: root, env: { PATH: process.env.PATH ?? '', NO_COLOR: '1' } },
  );
  expect(code, stdout + stderr).toBe(0);
  expect(stdout).toMatch(/gate\.ts\s+\|\s+100 \|\s+100 /);
}, 120_000);
