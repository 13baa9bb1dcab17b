import { win32 } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNamedFile, readRepositoryFile, rootOf } from '../../core/discover/read-file.ts';
import type { World } from '../../core/ports.ts';
import { createWorld } from '../../core/world.ts';

/** A World that answers as Windows does: real paths have backslashes, either separator leads to a file, and case is no matter. */
function windows(files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>> = {}): World {
  const real = createWorld();
  const key = (path: string) => win32.normalize(path).toLowerCase();
  const texts = new Map(Object.entries(files).map(([path, text]) => [key(path), text]));
  const targets = new Map(Object.entries(links).map(([path, target]) => [key(path), target]));
  const at = (path: string) => targets.get(key(path)) ?? win32.normalize(path);
  const read = async (path: string) => texts.get(key(path)) ?? '';
  return {
    ...real,
    platform: { os: 'win32', architecture: 'x64', node: '20.20.2' },
    files: {
      ...real.files,
      realpath: async (path) => at(path),
      stat: async (path) => ({ kind: texts.has(key(path)) ? 'file' : 'absent', size: (await read(path)).length }),
      readText: read,
      read: async (path) => Buffer.from(await read(path)),
    },
  };
}

const root = 'C:\\work\\shop';

describe('a file of the repository on Windows', () => {
  const read = async (path: string, links = {}, folder = root) => {
    const world = windows({ [`${root}\\web\\Dockerfile`]: 'FROM debian:12\r\n', 'C:\\work\\shop2\\x': 'other' }, links);
    return readRepositoryFile(world, await rootOf(world, folder), path);
  };

  test.each([root, 'c:\\WORK\\Shop', 'C:/work/shop', '\\\\?\\C:\\work\\shop'])('is read below %s', async (folder) => {
    const links = { [`${folder}/web/Dockerfile`]: `${win32.normalize(folder)}\\web\\Dockerfile` };
    const world = windows({ [`${folder}\\web\\Dockerfile`]: 'FROM debian:12\r\n' }, links);
    const text = await readRepositoryFile(world, await rootOf(world, folder), 'web/Dockerfile');
    expect(text).toBe('FROM debian:12\r\n');
  });

  test.each(['C:\\work\\shop2\\x', 'D:\\work\\shop\\web\\Dockerfile', '\\\\server\\share\\x', 'C:\\work'])(
    'is refused where a link leads to %s',
    async (target) => {
      const links = { [`${root}\\web\\Dockerfile`]: target };
      await expect(read('web/Dockerfile', links)).rejects.toThrow('is a link to a file outside the repository');
    },
  );

  test('is refused where its name leaves the folder', async () => {
    await expect(read('../shop2/x')).rejects.toThrow('is a link to a file outside the repository');
  });
});

test('a file that is named by its whole path on Windows', async () => {
  const files = { [`${root}\\policy.yml`]: 'a', 'D:\\policies\\p.yml': 'b' };
  const text = async (path: string, links = {}) =>
    Buffer.from(await readNamedFile(windows(files, links), root, path)).toString();
  expect(await text(`${root}\\policy.yml`)).toBe('a');
  expect(await text('D:\\policies\\p.yml')).toBe('b');
  await expect(text(`${root}\\policy.yml`, { [`${root}\\policy.yml`]: 'D:\\policies\\p.yml' })).rejects.toThrow(
    'is a link to a file outside the repository',
  );
});
