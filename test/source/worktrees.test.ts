import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSourceTrees } from '../../core/source/worktrees.ts';
import { createWorld } from '../../core/world.ts';

const area = realpathSync(mkdtempSync(join(tmpdir(), 'worktrees-')));
afterAll(() => rmSync(area, { recursive: true }));

test('git forgets the tree of a killed run, and not that of somebody else whose folder is not here', async () => {
  const repository = join(area, 'repository');
  mkdirSync(repository);
  const git = (...args: readonly string[]) => {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', '-c', 'init.defaultBranch=main'];
    return execFileSync('git', [...identity, ...args], { cwd: repository, encoding: 'utf8' }).trim();
  };
  git('init', '-q');
  writeFileSync(join(repository, 'app.txt'), 'first\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'first');
  const killed = join(area, 'base-image-refresh-source-abc', 'repository');
  const others = join(area, 'others');
  for (const path of [killed, others]) {
    git('worktree', 'add', '-q', '--detach', path);
    rmSync(path, { recursive: true });
  }
  const known = () => git('worktree', 'list', '--porcelain').match(/(?<=^worktree ).*/gm);
  const trees = createSourceTrees(createWorld(), repository);
  const own = await trees.at(git('rev-parse', 'HEAD'));
  expect(known()?.toSorted()).toEqual([repository, others, own.replace(/\/$/, '')].toSorted());
  await trees.close();
  expect(known()?.toSorted()).toEqual([repository, others].toSorted());
});
