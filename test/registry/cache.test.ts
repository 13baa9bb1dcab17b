import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestRegistry } from '../../testing/registry.ts';
import { closeAll, start } from './harness.ts';
import { openSite, type Site } from './site.ts';

const users = { robot: 'a-secret' };

let server: TestRegistry;
let site: Site;
beforeEach(async () => {
  const access = { '*': { robot: ['pull'] } } as const;
  server = await start({ authentication: { kind: 'token', users, access } });
  site = await openSite(server);
});
afterEach(async () => {
  await site.remove();
  await closeAll();
});

const folder = () => join(site.root, '.base-image-refresh/registry-cache');
const kept = { 'registry-cache': 'true', 'mirror-fallback': 'false' };

function check(inputs: Readonly<Record<string, string>> = kept) {
  server.forgetRequests();
  const world = { now: () => new Date('2026-03-01T00:00:00Z') };
  return site.check({ ...inputs, 'registry-credentials': `${server.host}=robot:a-secret` }, world);
}

const fetched = () =>
  server.requests
    .filter(({ method, path }) => method === 'GET' && /\/(manifests|blobs)\//.test(path))
    .map(({ path, status }) => `${path.replace('/v2/', '')} ${status}`);

async function entries(prefix: string): Promise<readonly string[]> {
  return (await readdir(folder())).filter((name) => name.startsWith(prefix)).map((name) => join(folder(), name));
}

describe('what a run keeps for the next', () => {
  test('is nothing where nobody asked for it', async () => {
    await check({});
    expect(await readdir(join(site.root, '.base-image-refresh'))).not.toContain('registry-cache');
  });

  test('spares what has not changed, and the tag is asked for all the same', async () => {
    const first = await check();
    expect(first.image.verdict).toBe('current');
    expect(fetched()).toContain('team/web/manifests/1 200');
    const second = await check();
    expect(second.image).toEqual(first.image);
    expect(fetched()).toEqual(['team/web/manifests/1 304']);
    const but = (lines: readonly string[]) => lines.filter((line) => !/^debug: \d+ HEAD request/.test(line));
    expect(but(second.lines)).toEqual(but(first.lines));
  });

  test('is nothing to go by where a tag has moved', async () => {
    await check();
    await site.moveBase();
    const second = await check();
    expect(second.image.verdict).toBe('stale');
    expect((await check()).image).toEqual(second.image);
  });

  test('holds no credential', async () => {
    await check();
    const token = server.requests.find(({ headers }) => headers.authorization?.startsWith('Bearer'))?.headers;
    expect(token?.authorization).toBeDefined();
    const texts = await Promise.all((await entries('')).map((file) => readFile(file, 'utf8')));
    expect(texts.length).toBeGreaterThan(1);
    for (const secret of ['a-secret', token?.authorization?.slice('Bearer '.length) ?? '', 'uthorization'])
      for (const text of texts) expect(text).not.toContain(secret);
  });

  test('is begun anew when it has grown too large', async () => {
    await check();
    const names = Array.from({ length: 5_001 }, (_, i) => join(folder(), `sha256-${i}.json`));
    for (const name of names) await writeFile(name, '');
    expect((await check()).image.verdict).toBe('current');
    expect((await readdir(folder())).length).toBeLessThan(10);
  });
});

describe('a cache that is not what it was', () => {
  test('content: it is fetched again, with a word', async () => {
    const first = await check();
    for (const file of await entries('sha')) await writeFile(file, (await readFile(file, 'utf8')).replace(/\d/, '7'));
    const { image, lines } = await check();
    expect(image).toEqual(first.image);
    expect(lines.join('\n')).toMatch(
      /warning: \S+registry-cache: sha256-[0-9a-f]{64}\.json is not the content that its name says, so it is not used\./,
    );
    expect((await check()).lines.join('\n')).not.toContain('registry-cache');
  });

  test('a tag: it is read without it, with a word', async () => {
    const first = await check();
    for (const file of await entries('tag-')) await writeFile(file, '../../etc/passwd');
    const { image, lines } = await check();
    expect(image).toEqual(first.image);
    expect(lines.join('\n')).toMatch(
      /warning: \S+registry-cache: tag-[0-9a-f]{64} names no digest, so it is not used\./,
    );
  });

  test('a tag that was made to name an old image: the registry does not confirm it', async () => {
    await check();
    const digest = server.store.digestOf('library/base', '1');
    const { bytes } = server.store.manifest('library/base', '1') ?? { bytes: '' };
    await writeFile(join(folder(), `${digest?.replace(':', '-')}.json`), bytes);
    await site.moveBase();
    for (const file of await entries('tag-')) await writeFile(file, `${digest}\n`);
    expect((await check()).image.verdict).toBe('stale');
    expect(fetched()).toContain('team/web/manifests/1 200');
  });

  test('a folder that cannot be used: the run goes on', async () => {
    await mkdir(join(site.root, '.base-image-refresh'));
    await writeFile(folder(), 'a file');
    const { image, lines } = await check();
    expect(image.verdict).toBe('current');
    expect(lines.join('\n')).toContain('registry-cache: the registry cache cannot be used: ');
  });
});

describe('a registry that answers 304', () => {
  const conditional = (asked: { readonly headers: Readonly<Record<string, string>> }) =>
    asked.headers['if-none-match'] !== undefined;

  test.each([
    ['docker-content-digest', `sha256:${'d'.repeat(64)}`],
    ['docker-content-digest', 'nonsense'],
    ['etag', `"sha256:${'d'.repeat(64)}"`],
    ['etag', '"nonsense"'],
  ])('about something else (%s: %s) is asked again without condition', async (name, value) => {
    const first = await check();
    server.inject({ when: conditional, effect: { kind: 'status', status: 304, headers: { [name]: value } } });
    expect((await check()).image).toEqual(first.image);
    expect(fetched()).toEqual(['team/web/manifests/1 304', 'team/web/manifests/1 200']);
  });

  test('to what was not asked under a condition is malformed', async () => {
    server.inject({ method: 'GET', path: /manifests/, effect: { kind: 'status', status: 304 } });
    const { image } = await check();
    expect(image.verdict).toBe('unknown');
    expect(image.failure?.code).toBe('malformed');
  });
});
