import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createCacheFolder } from '../core/cache-folder.ts';
import type { Files } from '../core/ports.ts';
import { createWorld } from '../core/world.ts';

let path: string;
const { files } = createWorld();
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'cache-folder-'));
});
afterEach(() => rm(path, { recursive: true }));

function open(of: Files = files) {
  const warnings: string[] = [];
  const options = { path, called: 'the cache', names: /^[a-z]+\.entry$/, most: 10 * 4096, largest: 20 * 4096 };
  const folder = createCacheFolder(of, () => new Date(), { ...options, warn: (line) => warnings.push(line) });
  return { folder, warnings };
}

async function place(name: string, bytes: number): Promise<void> {
  await writeFile(join(path, name), '');
  await truncate(join(path, name), bytes);
  await utimes(join(path, name), new Date(0), new Date(0));
}

test('what is none of its entries stays in the folder, however old and large; what a killed run left of one goes', async () => {
  await place('holiday.mov', 600 * 1024 ** 2);
  await place('old.entry', 6 * 4096);
  await place('half.entry.0123456789ab.partial', 6 * 4096);
  const { folder, warnings } = open();
  await folder.write('new.entry', Buffer.from('new'));
  expect((await readdir(path)).sort()).toEqual(['holiday.mov', 'new.entry', 'old.entry']);
  expect(warnings).toEqual([]);
});

test('an entry that another run renames or removes while they are counted takes nothing from this run', async () => {
  await place('moving.entry', 1);
  const racing: Files = {
    ...files,
    entry: async (file) => {
      await rm(file, { force: true });
      return files.entry(file);
    },
  };
  const { folder, warnings } = open(racing);
  await folder.write('new.entry', Buffer.from('new'));
  await folder.write('other.entry', Buffer.from('other'));
  expect((await readdir(path)).sort()).toEqual(['new.entry', 'other.entry']);
  expect(warnings).toEqual([]);
});
