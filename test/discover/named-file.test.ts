import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readNamedFile } from '../../core/discover/read-file.ts';
import { readIgnoreFile } from '../../core/rebuild/ignore-file.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';
import { buildOf } from '../rebuild/support.ts';
import { failureOf } from '../registry/harness.ts';
import { createRecordingHost } from '../support/run.ts';

const world = createWorld();

/** The command over a repository in which a path is a link; what it says, and how it ends. */
async function ended(path: string, target: string, files: Readonly<Record<string, string>>, command = 'detect') {
  const root = repository({ Dockerfile: 'FROM scratch\n', ...files });
  mkdirSync(join(root, path, '..'), { recursive: true });
  symlinkSync(target, join(root, path));
  const host = createRecordingHost({ command, path: root, 'output-dir': join(root, 'out') });
  const conclusion = await run(host, { ...world, cwd: root, env: { HOME: root } });
  return { conclusion, words: [...host.lines.map(({ message }) => message), ...host.printed].join('\n') };
}

const outside = 'is a link to a file outside the repository';

describe('a link that leaves the repository is a sentence', () => {
  test.each(['/dev/zero', '/etc/passwd', '../elsewhere.yml'])('of the configuration file, to %s', async (target) => {
    const { conclusion, words } = await ended('.base-image-refresh.yml', target, {});
    // What leads nowhere is no configuration.
    if (target.startsWith('..')) return expect(conclusion).toBe('succeeded');
    expect(conclusion).toBe('usage-error');
    expect(words).toContain(`.base-image-refresh.yml: ${outside}`);
  });

  test('of a Dockerfile', async () => {
    const { conclusion, words } = await ended('web/Dockerfile', '/dev/zero', {});
    expect(conclusion).toBe('incomplete');
    expect(words).toMatch(/web\/Dockerfile.*is a link to a file outside the repository/);
  });

  test('of the lock file', async () => {
    const { words } = await ended('base-images.lock.json', '/dev/zero', {}, 'check');
    expect(words).toContain(`base-images.lock.json: ${outside}`);
  });
});

test('a file that is named is read where no link leads it out, and from elsewhere where the run says so', async () => {
  const root = repository({ 'a/file': 'text' });
  symlinkSync('a/file', join(root, 'link'));
  expect(Buffer.from(await readNamedFile(world, root, join(root, 'link'))).toString()).toBe('text');
  const other = repository({ policy: 'theirs' });
  expect(Buffer.from(await readNamedFile(world, root, join(other, 'policy'))).toString()).toBe('theirs');
});

test('what has no end, or is too large, is not read', async () => {
  const root = repository({ large: '' });
  truncateSync(join(root, 'large'), 5 * 1024 * 1024);
  const large = await failureOf(readNamedFile(world, root, join(root, 'large')));
  expect(large.message).toContain('has 5242880 bytes, which is more than the bound of 4194304');
  expect((await failureOf(readNamedFile(world, root, '/dev/zero'))).message).toContain('is not a file');
  expect((await failureOf(readNamedFile(world, root, root))).message).toContain('is a folder');
});

test.each([
  ['its context', { context: 'link' }],
  ['a named context', { contexts: { src: 'link' } }],
])('a build with %s behind a link that leaves the repository is refused', async (_, build) => {
  const root = repository({ Dockerfile: 'FROM scratch\n' });
  const elsewhere = repository({});
  writeFileSync(join(elsewhere, 'secret'), 'secret');
  symlinkSync(elsewhere, join(root, 'link'));
  const candidate = { registry: 'r', repository: 'x' };
  const order = { root, build: buildOf(build), pins: [], candidate, annotations: {} };
  const { message } = await failureOf(readIgnoreFile(world, order, undefined));
  expect(message).toContain(`${join(root, 'link')}: is a link to a folder outside the repository`);
});
