import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { BuildOrder } from '../../../core/rebuild/engine.ts';
import { buildKey } from '../../../core/rebuild/repeats/key.ts';
import { createWorld } from '../../../core/world.ts';
import { repository } from '../../hosts/repository.ts';
import { defaultBuild } from '../../support/default-settings.ts';
import { baseOf, digestNo, orderOf, pinOf } from '../support.ts';

const world = createWorld();
const files = { Dockerfile: 'FROM debian:12\n', '.dockerignore': 'ignored\n', page: 'page', ignored: 'one' };
const place = { registry: 'registry.example', repository: 'web' };

function order(root: string, parts: Parameters<typeof orderOf>[2] = {}, base = 1): BuildOrder {
  return orderOf(place, [pinOf(baseOf('debian:12'), digestNo(base))], { root, ...parts });
}

const key = (of: BuildOrder, settings = defaultBuild, engine: 'buildx' | 'docker' | 'rebase' = 'buildx') =>
  buildKey(world, of, engine, settings, join(of.root, '.base-image-refresh'));

describe('the same build has the same key', () => {
  test('in another folder, under another candidate, after a run has left its reports', async () => {
    const [one, two] = [repository(files), repository({ ...files, '.base-image-refresh/report.json': '{}' })];
    const candidate = { ...place, tag: 'another' };
    expect(await key(order(two, { candidate }))).toBe(await key(order(one)));
  });

  test('whatever is in files that its ignore file keeps out', async () => {
    expect(await key(order(repository({ ...files, ignored: 'two' })))).toBe(await key(order(repository(files))));
  });
});

describe('another build has another key', () => {
  test.each([
    ['a base', (root: string) => key(order(root, {}, 2))],
    ['an argument', (root: string) => key(order(root, { build: { args: { A: '1' } } }))],
    ['a target', (root: string) => key(order(root, { build: { target: 'x' } }))],
    [
      'a platform',
      (root: string) => key(order(root, { build: { platforms: [{ os: 'linux', architecture: 'arm64' }] } })),
    ],
    ['a named context', (root: string) => key(order(root, { build: { contexts: { a: 'docker-image://b' } } }))],
    [
      'the text of the Dockerfile',
      (root: string) => key(order(root, { build: { inline: 'FROM debian:12\nRUN true\n' } })),
    ],
    ['an engine', (root: string) => key(order(root), defaultBuild, 'docker')],
    ['freshness', (root: string) => key(order(root), { ...defaultBuild, freshness: 'cache' })],
    [
      'a file',
      (root: string) => {
        writeFileSync(join(root, 'page'), 'egap');
        return key(order(root));
      },
    ],
    [
      'a file that can be run',
      (root: string) => {
        chmodSync(join(root, 'page'), 0o755);
        return key(order(root));
      },
    ],
  ])('by %s', async (_, other) => {
    const root = repository(files);
    const before = await key(order(root));
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect(await other(root)).not.toBe(before);
  });
});

test.each(['./b', 'https://git.example/b.git'])('nothing is known of a build that also reads %s', async (context) => {
  const root = repository(files);
  expect(await key(order(root, { build: { contexts: { a: context } } }))).toBeUndefined();
});

test('a rebase is known without the repository, and is another under other release tags', async () => {
  const swap = (tag: string) =>
    key(order('/nonexistent', { build: { releases: [{ ...place, tag }] } }), defaultBuild, 'rebase');
  expect(await swap('1')).toMatch(/^[0-9a-f]{64}$/);
  expect(await swap('1')).toBe(await swap('1'));
  expect(await swap('2')).not.toBe(await swap('1'));
});
