import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { digestOf } from '../../core/oci/digest.ts';
import { createCache } from '../../core/registry/content/cache.ts';
import { run } from '../../core/run.ts';
import { createWorld } from '../../core/world.ts';
import type { TestRegistry } from '../../testing/registry.ts';
import { createRecordingHost } from '../support/run.ts';
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

const asked = (way: string) =>
  server.requests
    .filter(({ method, path }) => method === way && /\/(manifests|blobs)\//.test(path))
    .map(({ path, status }) => `${path.replace('/v2/', '')} ${status}`);
const fetched = () => asked('GET');

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
    expect(fetched()).toEqual([]);
    expect(asked('HEAD')).toContain('team/web/manifests/1 200');
    const but = (lines: readonly string[]) => lines.filter((line) => !/^debug: \d+ HEAD request/.test(line));
    expect(but(second.lines)).toEqual(but(first.lines));
  });

  test('leaves an update that finds nothing two requests a base: one for its tag, one for its tags', async () => {
    const update = async () => {
      server.forgetRequests();
      const world = createWorld({ cwd: site.root });
      const inputs = {
        command: 'update',
        path: site.root,
        ...kept,
        'registry-credentials': `${server.host}=robot:a-secret`,
      };
      const host = createRecordingHost(inputs);
      const conclusion = await run(host, { ...world, env: { HOME: '/nonexistent', PATH: process.env.PATH } });
      await world.close();
      const asked = server.requests.filter(({ path }) => path.startsWith('/v2/library/base/'));
      return {
        conclusion,
        asked: asked.flatMap(({ method, path, status }) => (status === 200 ? [`${method} ${path}`] : [])),
      };
    };
    expect((await update()).conclusion).toBe('succeeded');
    expect(await update()).toEqual({
      conclusion: 'succeeded',
      asked: ['HEAD /v2/library/base/manifests/1', 'GET /v2/library/base/tags/list'],
    });
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

  test('stays within its bytes: what was not used for longest goes first, and the rest serves on', async () => {
    const world = createWorld();
    const warnings: string[] = [];
    const cache = (now: Date) =>
      createCache({ ...world, now: () => now }, folder(), (line) => warnings.push(line), 10 * 4096);
    const bytes = (n: number) => Buffer.from(JSON.stringify({ n }));
    const digest = (n: number) => digestOf(bytes(n));
    await mkdir(folder(), { recursive: true });
    const day = (n: number) => new Date(Date.UTC(2026, 0, n));
    for (let n = 1; n <= 10; n++) {
      const name = join(folder(), `${digest(n).replace(':', '-')}.json`);
      await writeFile(name, bytes(n));
      await utimes(name, day(n), day(n));
    }
    const run = cache(new Date());
    // Used, so no longer the oldest.
    expect(await run.content(digest(1))).toEqual(bytes(1));
    await run.keepContent(digest(11), bytes(11));
    const left = await Promise.all(Array.from({ length: 11 }, (_, n) => cache(new Date()).content(digest(n + 1))));
    expect(left.map((one) => one !== undefined)).toEqual([true, false, false, ...Array(8).fill(true)]);
    expect(warnings).toEqual([]);
    await world.close();
  });

  test('is in no other entry than its own: a link and a file of another size are absent', async () => {
    await check();
    const [one] = await entries('sha');
    await rm(one ?? '');
    await symlink('/etc/hostname', one ?? '');
    expect((await check()).lines.join('\n')).not.toContain('is not the content');
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
    expect(asked('HEAD')).toContain('team/web/manifests/1 200');
  });

  test('a folder that cannot be used: the run goes on', async () => {
    await mkdir(join(site.root, '.base-image-refresh'));
    await writeFile(folder(), 'a file');
    const { image, lines } = await check();
    expect(image.verdict).toBe('current');
    expect(lines.join('\n')).toContain('registry-cache: the registry cache cannot be used: ');
  });
});

describe('a registry whose HEAD misleads', () => {
  test.each([
    ['docker-content-digest', `sha256:${'d'.repeat(64)}`],
    ['docker-content-digest', 'nonsense'],
    ['etag', `"sha256:${'d'.repeat(64)}"`],
    ['content-length', '7'],
    ['content-type', 'application/vnd.docker.distribution.manifest.v2+json'],
  ])('(%s: %s) is asked for the whole manifest', async (name, value) => {
    const first = await check();
    server.inject({ method: 'HEAD', path: /team\/web/, effect: { kind: 'headers', headers: { [name]: value } } });
    expect((await check()).image).toEqual(first.image);
    expect(fetched()).toEqual(['team/web/manifests/1 200']);
  });

  test('that answers 304 to what was asked without condition is malformed', async () => {
    server.inject({ method: 'GET', path: /manifests/, effect: { kind: 'status', status: 304 } });
    const { image } = await check();
    expect(image.verdict).toBe('unknown');
    expect(image.failure?.code).toBe('malformed');
  });
});
