import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placeInRepository } from '../core/config/paths.ts';
import { createWorld } from '../core/world.ts';

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'place-')));
  await mkdir(join(folder, 'repository/services/web'), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

it.each([
  ['repository', ''],
  ['repository/services/web', 'services/web'],
])('%s stands at "%s" of its repository', async (below, place) => {
  await mkdir(join(folder, 'repository/.git'));
  expect(await placeInRepository(createWorld(), join(folder, below))).toBe(place);
});

it('a folder of no repository stands at its top', async () => {
  expect(await placeInRepository(createWorld(), join(folder, 'repository/services'))).toBe('');
});
