import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contextEntries, ignoreFilter } from '../../core/rebuild/build-context.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { buildOf } from './support.ts';

test.each([
  ['', ['a', 'b/c'], []],
  ['# comment\n\nb', ['a'], ['b', 'b/c']],
  ['/b/', ['a', 'a/b'], ['b', 'b/c']],
  ['*.md\n!README.md', ['README.md', 'docs/x.md'], ['x.md']],
  ['**/*.md', ['a'], ['x.md', 'docs/x.md']],
  ['*\n!src/app', ['src/app', 'src/app/main.ts'], ['src', 'src/lib', 'a']],
  ['node_modules', ['sub/node_modules'], ['node_modules', 'node_modules/x/y']],
  ['**/node_modules', [], ['sub/node_modules', 'sub/node_modules/x', 'node_modules']],
  ['a?c\n[xy].txt', ['ac', 'z.txt', 'a/c'], ['abc', 'x.txt']],
  ['./dir/../b', ['a'], ['b']],
  ['b\n!b/keep\nb/keep/not', ['b/keep', 'b/keep/x'], ['b/other', 'b/keep/not']],
  ['.env*', ['env'], ['.env', '.env.local']],
  ['{a,b}', ['a', 'b'], ['{a,b}']],
])('an ignore file %j lets %j in and keeps %j out', (text, included, excluded) => {
  const filter = ignoreFilter(text);
  expect(included.filter((path) => !filter(path))).toEqual([]);
  expect(excluded.filter((path) => filter(path))).toEqual([]);
});

test('a context has what its ignore file lets through, and neither git nor reports', async () => {
  const root = repository({
    'app/Dockerfile': 'FROM debian:12\n',
    'app/Dockerfile.dockerignore': 'private\n*.log\n!keep/me.log\n',
    'app/.dockerignore': '*\n',
    'app/private/key': 'key',
    'app/run.sh': '#!/bin/sh\n',
    'app/a.log': 'log',
    'app/keep/me.log': 'log',
    'app/.git/HEAD': 'ref',
    'app/out/report.json': '{}',
  });
  chmodSync(join(root, 'app/run.sh'), 0o755);
  symlinkSync('/etc/passwd', join(root, 'app/link'));
  const build = buildOf({ dockerfile: 'app/Dockerfile', context: 'app' });
  const order = { root, build, pins: [], candidate: { registry: 'r', repository: 'x' }, annotations: {} };
  const entries = await contextEntries(createWorld(), order, { outputDirectory: join(root, 'app/out') });
  expect(entries.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
    'file .dockerignore',
    'file Dockerfile',
    'file Dockerfile.dockerignore',
    'directory keep',
    'file keep/me.log',
    'symlink link',
    'file run.sh',
  ]);
  expect(entries.find(({ path }) => path === 'link')).toMatchObject({ kind: 'symlink', target: '/etc/passwd' });
  expect(entries.find(({ path }) => path === 'run.sh')).toMatchObject({ mode: 0o755, size: 10 });
});
