import { expect, test } from 'vitest';
import type { Exit, World } from '../../core/ports.ts';
import { scanners } from '../../core/scan/scanners.ts';
import { createWorld } from '../../core/world.ts';

function asked(exit: Exit) {
  const world: World = { ...createWorld({ cwd: '/' }), exec: async () => exit };
  return scanners.grype.database?.(world, { skipDatabaseUpdate: false, cacheDirectory: '/cache' }, '/usr/bin/grype');
}

const silent = { stdout: '', stderr: '' };

test('the age of the database is the one that Grype tells', async () => {
  const stdout = '{\n "schemaVersion": "v6.0.2",\n "built": "2026-11-19T04:11:00Z"\n}';
  expect(await asked({ kind: 'exited', code: 0, ...silent, stdout })).toEqual({
    kind: 'there',
    updatedAt: '2026-11-19T04:11:00Z',
    expired: false,
  });
});

test('a Grype that has none says so', async () => {
  expect(await asked({ kind: 'exited', code: 1, ...silent, stderr: 'database does not exist' })).toMatchObject({
    kind: 'absent',
  });
});

test('a Grype that does not answer has not said that there is none', async () => {
  await expect(asked({ kind: 'timed-out', timeout: 60_000, ...silent })).rejects.toThrow(
    'grype: grype db status did not end within 1 min 0 s and was stopped.',
  );
});
