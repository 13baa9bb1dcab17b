import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { gitIn } from '../../core/tools/git.ts';
import { createWorld } from '../../core/world.ts';

const area = mkdtempSync(join(tmpdir(), 'git-'));
afterAll(() => rmSync(area, { recursive: true }));

function git(folder: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main'];
  execFileSync('git', [...identity, ...args], { cwd: folder });
}

/** A folder with a changed file under version control, and what its configuration runs to look at that. */
function folderWithFilter(name: string): { readonly folder: string; readonly ran: string } {
  const folder = join(area, name);
  const ran = join(area, `${name}-ran`);
  mkdirSync(folder);
  git(folder, 'init', '-q');
  writeFileSync(join(folder, '.gitattributes'), 'app.txt filter=program\n');
  writeFileSync(join(folder, 'app.txt'), 'then\n');
  git(folder, 'add', '-A');
  git(folder, 'commit', '-q', '-m', 'first');
  git(folder, 'config', 'filter.program.clean', `touch '${ran}'; cat`);
  writeFileSync(join(folder, 'app.txt'), 'that\n');
  return { folder, ran };
}

test('a folder that is laid out as a bare repository runs no program', async () => {
  const { folder, ran } = folderWithFilter('laid-out');
  const inner = join(folder, 'inner');
  renameSync(join(folder, '.git'), inner);
  git(inner, '--git-dir=.', 'config', 'core.worktree', '..');
  const exit = await gitIn(createWorld(), inner).run(['status', '--porcelain']);
  expect(exit).toMatchObject({ kind: 'exited', code: 128, stderr: expect.stringContaining('bareRepository') });
  expect(existsSync(ran)).toBe(false);
});

test("git's own folder counts as ever", async () => {
  const { folder, ran } = folderWithFilter('own');
  expect(await gitIn(createWorld(), folder).answer(['status', '--porcelain'])).toBe('M app.txt');
  expect(existsSync(ran)).toBe(true);
});
