import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { createStateReader } from '../../core/tools/state-files.ts';
import { createWorld } from '../../core/world.ts';
import { repository } from '../hosts/repository.ts';

const world = createWorld();
const folder = '.base-image-refresh';

function git(root: string, ...args: readonly string[]): void {
  const own = ['-c', 'user.name=a', '-c', 'user.email=a@example.com', '-c', 'protocol.file.allow=always'];
  execFileSync('git', [...own, ...args], { cwd: root, stdio: 'pipe' });
}

/** A checkout whose files are committed, where a file says so. */
function checkout(files: Readonly<Record<string, string>>): string {
  const root = repository(files);
  git(root, 'init', '--quiet');
  git(root, 'add', '--all', '--force');
  git(root, 'commit', '--quiet', '--allow-empty', '--message=x');
  return root;
}

function write(root: string, path: string): string {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), 'ours');
  return join(root, path);
}

async function reading(path: string): Promise<string> {
  const found = await createStateReader(world).read(path);
  if (found.kind === 'read') return found.text;
  if (found.kind === 'refused') expect(found.failure.subject).toBe(path);
  return found.kind === 'refused' ? found.failure.detail : found.kind;
}

test('a file that a run left in a checkout is read, and so is one outside of any', async () => {
  expect(await reading(write(checkout({ Dockerfile: '' }), `${folder}/builds.json`))).toBe('ours');
  expect(await reading(write(repository({}), `${folder}/builds.json`))).toBe('ours');
  expect(await reading(join(repository({}), 'none'))).toBe('absent');
});

const others = 'so what it says of earlier runs is not believed';

test.each([
  ['committed', folder, folder],
  ['committed under a name that differs in case', '.Base-Image-Refresh', folder],
])('a file that is %s is refused', async (_, committed, read) => {
  const root = checkout({ [`${committed}/promotions/1.json`]: '{}' });
  const path = write(root, `${read}/promotions/1.json`);
  expect(await reading(path)).toBe(`is a file of the repository, ${others}`);
});

test('a file that is staged and not committed is refused', async () => {
  const root = checkout({});
  const path = write(root, `${folder}/builds.json`);
  git(root, 'add', '--force', path);
  expect(await reading(path)).toBe(`is a file of the repository, ${others}`);
});

test('a file of a submodule is refused', async () => {
  const root = checkout({ Dockerfile: '' });
  git(root, 'submodule', 'add', '--quiet', checkout({ 'promotions/1.json': '{}', 'builds.json': '{}' }), folder);
  expect(await reading(join(root, folder, 'builds.json'))).toBe(`is a file of the repository, ${others}`);
  expect(await reading(join(root, folder, 'promotions/1.json'))).toBe(`is a file of the repository, ${others}`);
});

test.each(['/dev/zero', 'real.json'])('a link to %s is refused', async (target) => {
  const root = checkout({});
  const path = join(root, folder, 'builds.json');
  write(root, `${folder}/real.json`);
  symlinkSync(target, path);
  expect(await reading(path)).toBe(`is a link, ${others}`);
});

test('a file behind a link of the checkout is refused', async () => {
  const elsewhere = write(repository({}), 'builds.json');
  const root = checkout({});
  symlinkSync(dirname(elsewhere), join(root, folder));
  expect(await reading(join(root, folder, 'builds.json'))).toBe(`stands behind a link, ${others}`);
});

test('what is no file, or is huge, is refused', async () => {
  const root = checkout({});
  mkdirSync(join(root, folder, 'builds.json'), { recursive: true });
  expect(await reading(join(root, folder, 'builds.json'))).toBe(`is not a file, ${others}`);
  const large = write(root, `${folder}/large.json`);
  truncateSync(large, 17 * 1024 * 1024);
  expect(await reading(large)).toContain('which is more than the bound');
});

test.runIf(process.getuid?.() === 0)('a file of another user is refused', async () => {
  const path = write(checkout({}), `${folder}/builds.json`);
  chownSync(path, 12345, 12345);
  expect(await reading(path)).toBe(`belongs to another user, ${others}`);
});

test('where git does not answer, nothing in the checkout is believed', async () => {
  const path = write(checkout({}), `${folder}/builds.json`);
  const found = await createStateReader({ ...world, exec: async () => ({ kind: 'not-found' }) }).read(path);
  expect(found).toMatchObject({
    failure: { detail: `may be a file of the repository, since git does not say, ${others}` },
  });
});

test('a folder gives its files in order of names, and says which are refused', async () => {
  const root = checkout({ [`${folder}/promotions/a.json`]: '{}' });
  write(root, `${folder}/promotions/c.json`);
  write(root, `${folder}/promotions/b.json`);
  write(root, `${folder}/promotions/x.txt`);
  const found = await createStateReader(world).list(join(root, folder, 'promotions'), '.json');
  expect(found.map(({ kind }) => kind)).toEqual(['refused', 'read', 'read']);
});
