import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runProcess } from './run.ts';

const root = join(import.meta.dirname, '../..');

async function build(): Promise<Readonly<Record<string, string>>> {
  const folder = mkdtempSync(join(tmpdir(), 'bir-build-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const env = { PATH: process.env.PATH ?? '' };
  expect(await runProcess(process.execPath, ['scripts/build.mjs', folder], { env, cwd: root })).toMatchObject({
    code: 0,
  });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  for (const name of files) expect(readFileSync(join(folder, name), 'utf8').includes(root), name).toBe(false);
  return Object.fromEntries(
    files.sort().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

test('two builds of the same sources are the same bytes, and hold no path of this machine', async () => {
  const first = await build();
  // The command line is in pieces: those that a command needs, and libraries that are loaded when they are first called.
  const pieces = /^dist\/cli\/(?:start-[0-9A-Z]{8}|library-[a-z0-9-]+)\.cjs$/;
  expect(Object.keys(first).filter((name) => pieces.test(name)).length).toBeGreaterThan(50);
  expect(Object.keys(first).filter((name) => !pieces.test(name))).toEqual([
    'action/dist/index.cjs',
    'action/dist/licenses.txt',
    'ado-task/dist/index.cjs',
    'ado-task/dist/licenses.txt',
    'ado-task/dist/tab/licenses.txt',
    'ado-task/dist/tab/tab.js',
    'dist/cli/index.cjs',
    'dist/cli/licenses.txt',
    'dist/cli/start.cjs',
  ]);
  expect(await build()).toEqual(first);
}, 180_000);
