import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refuseLinkedOutput, withOutputFolder } from '../../core/tools/output-folder.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { failureOf } from '../registry/harness.ts';

const world = createWorld();

const git = (root: string, ...args: readonly string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
    cwd: root,
    encoding: 'utf8',
  });

test.each(['.base-image-refresh', 'out/of/run'])('git sees nothing of what runs leave in %s', async (folder) => {
  const root = repository({ Dockerfile: '' });
  git(root, 'init', '--quiet');
  const { files } = withOutputFolder(world, join(root, folder));
  await Promise.all([files.write(join(root, folder, 'a'), ''), files.write(join(root, folder, 'deep/b'), '')]);
  expect(git(root, 'status', '--porcelain', '--untracked-files=all')).toBe('?? Dockerfile\n');
});

test('a run that writes nothing there leaves no folder, and what it writes elsewhere none either', async () => {
  const root = repository({});
  await withOutputFolder(world, join(root, 'out')).files.write(join(root, 'output'), '');
  expect(existsSync(join(root, 'out'))).toBe(false);
});

test.each([
  ['a folder of somebody', 'out', { 'out/theirs': '' }, undefined],
  ['the root itself', '.', { Dockerfile: '' }, undefined],
  ['the usual folder of an earlier version', '.base-image-refresh', { '.base-image-refresh/report.json': '' }, '*'],
  ['a folder that says itself what git ignores', 'out', { 'out/.gitignore': '!report.json' }, '!report.json'],
])('%s keeps what it says to git', async (_, folder, files, expected) => {
  const root = repository(files);
  await withOutputFolder(world, join(root, folder)).files.write(join(root, folder, 'report.json'), '');
  const file = join(root, folder, '.gitignore');
  expect(existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').at(-1) : undefined).toBe(expected);
});

test.each([
  ['.base-image-refresh', '.base-image-refresh'],
  ['build', 'build/reports'],
])('a committed link %s leads no reports out of the checkout', async (link, folder) => {
  const root = repository({});
  const elsewhere = repository({});
  git(root, 'init', '--quiet');
  symlinkSync(elsewhere, join(root, link));
  await refuseLinkedOutput(world, join(root, folder));
  git(root, 'add', '--all');
  const { code, message } = await failureOf(refuseLinkedOutput(world, join(root, folder)));
  expect(code).toBe('usage');
  expect(message).toContain(`${join(root, link)}: is a link of the repository`);
});

test('a checkout that is named by a link is no link of the checkout', async () => {
  const root = repository({ 'real/Dockerfile': '' });
  git(join(root, 'real'), 'init', '--quiet');
  symlinkSync('real', join(root, 'link'));
  writeFileSync(join(root, 'real/out'), '');
  await expect(refuseLinkedOutput(world, join(root, 'link/out'))).resolves.toBeUndefined();
});
