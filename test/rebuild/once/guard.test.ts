import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fail } from '../../../core/failure.ts';
import { createBuildMemory, type GuardOptions } from '../../../core/rebuild/repeats/guard.ts';
import { createWorld } from '../../../core/world.ts';
import { repository } from '../../hosts/repository.ts';
import { failureOf } from '../../registry/harness.ts';
import { digestNo } from '../support.ts';

const at = '2026-01-02T03:04:05.000Z';
const broken = fail('build-failed', 'web', 'docker build failed: exit code 3').failure;

function setUp(options: Partial<GuardOptions> = {}, folder = repository({})) {
  const warnings: string[] = [];
  const world = { ...createWorld(), now: () => new Date(at) };
  const guard = createBuildMemory(world, {
    folder,
    attempts: 3,
    force: false,
    warn: (line) => warnings.push(line),
    ...options,
  });
  return { guard, folder, warnings };
}

test('a build that fails is tried as often as the user allows, and then no more until told to', async () => {
  const { guard, folder } = setUp();
  for (let nth = 0; nth < 3; nth += 1) {
    expect(await guard.admit('k', 'web')).toEqual({ kind: 'new' });
    await guard.failed('k', 'web', broken);
  }
  expect(await failureOf(guard.admit('k', 'web'))).toEqual({
    code: 'build-failed',
    message: `web: the same build failed 3 times, last at ${at} (docker build failed: exit code 3), so it was not tried again; change what it is built from, run with force, or remove builds.json from the output folder.`,
  });
  expect(await guard.admit('other', 'web')).toEqual({ kind: 'new' });
  expect(await setUp({ force: true }, folder).guard.admit('k', 'web')).toEqual({ kind: 'new' });
  expect(await setUp({ attempts: 4 }, folder).guard.admit('k', 'web')).toEqual({ kind: 'new' });
});

test('what was promoted is known to later runs, and its failures are forgotten', async () => {
  const { guard, folder } = setUp();
  await guard.failed('k', 'web', broken);
  await guard.promoted('k', 'web', digestNo(1), digestNo(2));
  expect(await setUp({}, folder).guard.admit('k', 'web')).toEqual({
    kind: 'promoted',
    digest: digestNo(1),
    previous: digestNo(2),
    at,
  });
  expect(JSON.parse(readFileSync(join(folder, 'builds.json'), 'utf8'))).toEqual({
    schemaVersion: 1,
    builds: [{ key: 'k', image: 'web', at, failures: 0, promoted: digestNo(1), previous: digestNo(2) }],
  });
});

test('images that are built side by side keep all their records, and only so many', async () => {
  const { guard, folder } = setUp();
  await Promise.all(Array.from({ length: 30 }, (_, at) => guard.failed(`k${at}`, `image${at}`, broken)));
  const { builds } = JSON.parse(readFileSync(join(folder, 'builds.json'), 'utf8'));
  expect(builds).toHaveLength(30);
  const many = Array.from({ length: 600 }, (_, nth) => ({ key: `n${nth}`, image: 'x', at, failures: 1 }));
  writeFileSync(join(folder, 'builds.json'), JSON.stringify({ schemaVersion: 1, builds: many }));
  await guard.failed('new', 'web', broken);
  expect(JSON.parse(readFileSync(join(folder, 'builds.json'), 'utf8')).builds).toHaveLength(500);
});

test('failures of one build side by side are all counted', async () => {
  const { guard, folder } = setUp();
  await Promise.all([1, 2, 3].map(() => guard.failed('k', 'web', broken)));
  const { builds } = JSON.parse(readFileSync(join(folder, 'builds.json'), 'utf8'));
  expect(builds).toMatchObject([{ key: 'k', failures: 3 }]);
});

test.each([
  '',
  '{"schemaVersion":1,"builds":[{"key":',
  '{"builds":3}',
  '{"schemaVersion":1,"builds":[{"key":"k","promoted":"latest"}]}',
])('a record that reads %j keeps nobody from building', async (text) => {
  const { guard } = setUp({}, repository({ 'builds.json': text }));
  expect(await guard.admit('k', 'web')).toEqual({ kind: 'new' });
});

test('a record that cannot be written is told, and no failure', async () => {
  const { guard, warnings } = setUp({ folder: '/dev/null/nowhere' });
  await guard.promoted('k', 'web', digestNo(1));
  expect(warnings).toEqual([expect.stringContaining('/dev/null/nowhere')]);
});
