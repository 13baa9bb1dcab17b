import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contextEntries } from '../../core/rebuild/build-context.ts';
import type { BuildOrder } from '../../core/rebuild/engine.ts';
import { readIgnoreFile } from '../../core/rebuild/ignore-file.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { failureOf } from '../registry/harness.ts';
import { buildOf } from './support.ts';

const world = createWorld();

function order(root: string, build: Parameters<typeof buildOf>[0] = {}): BuildOrder {
  return { root, build: buildOf(build), pins: [], candidate: { registry: 'r', repository: 'x' }, annotations: {} };
}

test.each([
  ['', '.base-image-refresh', '.base-image-refresh\n'],
  ['*.log', '.base-image-refresh', '*.log\n.base-image-refresh\n'],
  ['*\n!**/report.json\n', 'out/of run', '*\n!**/report.json\nout/of run\n'],
  ['', '[a]*?', '\\[a\\]\\*\\?\n'],
  ['', '!x', '\\!x\n'],
  ['', '#x', '\\#x\n'],
])('to %j a folder %s is added so that nothing brings it back', async (text, folder, expected) => {
  const root = repository({
    Dockerfile: 'FROM scratch\n',
    '.dockerignore': text,
    [`${folder}/report.json`]: '{}',
    a: '',
  });
  const read = await readIgnoreFile(world, order(root), join(root, folder));
  expect(read).toEqual({ text: expected, leavesOut: true });
  const entries = await contextEntries(world, order(root), { outputDirectory: join(root, folder) });
  expect(entries.map(({ path }) => path).filter((path) => path.startsWith(folder))).toEqual([]);
});

test("the Dockerfile's own ignore file goes before that of the context", async () => {
  const root = repository({ Dockerfile: '', 'Dockerfile.dockerignore': 'own\n', '.dockerignore': 'other\n' });
  const { text } = await readIgnoreFile(world, order(root), join(root, 'out'));
  expect(text).toBe('own\nout\n');
});

test('a folder that a link leads to is found where it really is, before it is there too', async () => {
  const root = repository({ 'app/Dockerfile': '' });
  symlinkSync('app', join(root, 'link'));
  const { text } = await readIgnoreFile(world, order(root, { context: 'app' }), join(root, 'link/deep/out'));
  expect(text).toBe('deep/out\n');
});

test.each(['../out', '../app-out'])('at %s outside of the context nothing is changed', async (folder) => {
  const root = repository({ 'app/Dockerfile': '', 'app/.dockerignore': 'x' });
  const read = await readIgnoreFile(world, order(root, { context: 'app' }), join(root, 'app', folder));
  expect(read).toEqual({ text: 'x', leavesOut: false });
});

test.each([
  [{ context: 'app' }, 'app', 'its build context'],
  [{ context: 'app', contexts: { all: '.' } }, 'out', 'its named context all'],
  [{ context: 'app', contexts: { all: 'lib' } }, 'lib/out', 'its named context all'],
])('what no ignore file can leave out is refused (%j, %s)', async (build, folder, what) => {
  const root = repository({ 'app/Dockerfile': '', 'lib/x': '' });
  mkdirSync(join(root, folder), { recursive: true });
  const failure = await failureOf(readIgnoreFile(world, order(root, build), join(root, folder)));
  expect(failure.code).toBe('build-failed');
  expect(failure.message).toContain(`${what} holds the reports of ${join(root, folder)}`);
  expect(failure.message).toContain('give an output-dir that stands outside of it');
});

test('named contexts elsewhere and those that are no folders are built with', async () => {
  const root = repository({ Dockerfile: '', 'lib/x': '' });
  const contexts = { lib: 'lib', image: 'docker-image://debian:12', git: 'https://git.example/x.git' };
  expect((await readIgnoreFile(world, order(root, { contexts }), join(root, 'out'))).leavesOut).toBe(true);
});
