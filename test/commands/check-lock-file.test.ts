import { execFileSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFileName } from '../../core/baseline/lock-file-shape.ts';
import { type Digest, digestOf } from '../../core/oci/digest.ts';
import { type Image, makeImage, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
let old: Image;
let app: Image;
beforeEach(async () => {
  server = await startRegistry();
  old = makeImage({ layers: [await makeLayer({ 'etc/base': 'old' })] });
  const fresh = makeImage({ layers: [await makeLayer({ 'etc/base': 'new' })] });
  app = makeImage({ layers: [await makeLayer({ app: 'squashed' })] });
  await pushImage(server.store, 'library/base', old);
  await pushImage(server.store, 'library/base', fresh, '1');
  await pushImage(server.store, 'library/tools', old, '1');
  await pushImage(server.store, 'team/web', app, '1');
});
afterEach(() => server.close());

const Dockerfile = 'FROM {host}/library/tools:1 AS tools\nFROM {host}/library/base:1\nCOPY --from=tools / /\n';
const entry = (digest: Digest | undefined, base: Digest, tools: Digest = base) =>
  JSON.stringify({
    schemaVersion: 1,
    images: [
      {
        image: '{host}/team/web:1',
        ...(digest === undefined ? {} : { digest }),
        bases: [
          { reference: '{host}/library/base:1', digest: base },
          { reference: '{host}/library/tools:1', digest: tools },
        ],
      },
    ],
  });

describe('the lock file', () => {
  it('says what the published image was built on, build stages included', async () => {
    const from = old.descriptor.digest;
    const shop = openShop(server, { Dockerfile, [lockFileName]: entry(app.descriptor.digest, from) });
    const { image, bases } = await shop.check();
    expect(bases).toMatchObject([
      { verdict: 'current', from, evidence: 'lock-file', confidence: 'medium' },
      { verdict: 'stale', from, evidence: 'lock-file', confidence: 'medium' },
    ]);
    expect(image.verdict).toBe('stale');
  });

  it('is believed less where the entry names no published digest', async () => {
    const shop = openShop(server, { Dockerfile, [lockFileName]: entry(undefined, old.descriptor.digest) });
    expect((await shop.check()).bases[1]).toMatchObject({ evidence: 'lock-file', confidence: 'low' });
  });

  it('says nothing of another image than the published one', async () => {
    const shop = openShop(server, { Dockerfile, [lockFileName]: entry(digestOf('other'), old.descriptor.digest) });
    const { bases } = await shop.check();
    expect(bases.map(({ verdict }) => verdict)).toEqual(['unrecorded', 'unrecorded']);
  });

  it('is read from the place that the configuration names', async () => {
    const lock = entry(app.descriptor.digest, old.descriptor.digest);
    const shop = openShop(server, {
      Dockerfile,
      '.base-image-refresh.yml': 'lock-file: bases.json',
      'bases.json': lock,
    });
    expect((await shop.check()).bases[1]).toMatchObject({ evidence: 'lock-file' });
    expect((await shop.check({ 'lock-file': 'false' })).bases[1]).toMatchObject({ evidence: null });
  });

  it.each<[string, string, string]>([
    ['no JSON', '{"schemaVersion": 1,\n "images": [}', 'base-images.lock.json:2: is not valid JSON;'],
    ['nothing', '', 'base-images.lock.json:1: is not valid JSON;'],
    ['no mapping', '[]', 'base-images.lock.json:1: the file is a list;'],
    ['no images', '{"schemaVersion": 1}', 'base-images.lock.json:1: the file has no images;'],
    ['another version', '{"schemaVersion": 2, "images": []}', 'schemaVersion is 2, and only 1 is known here;'],
    [
      'an unknown key',
      '{"schemaVersion": 1,\n "images": [{"image": "a", "base": []}]}',
      ':2: images[0].base is not a key',
    ],
    [
      'a digest that is none',
      '{"schemaVersion": 1, "images": [{"image": "a",\n\t"bases": [{"reference": "b", "digest": "sha256:1"}]}]}',
      'base-images.lock.json:2: images[0].bases[0].digest cannot be "sha256:1"; give a digest',
    ],
    [
      'a reference that is none',
      '{"schemaVersion": 1, "images": [{"image": "A B", "bases": []}]}',
      'base-images.lock.json:1: images[0].image cannot be "A B"; give an image reference',
    ],
  ])('with %s ends the run', async (_, text, sentence) => {
    const { ended } = await openShop(server, { Dockerfile, [lockFileName]: text }).check();
    expect(ended).toContain(sentence);
  });
});

describe('a digest in the Dockerfile', () => {
  const git = (root: string, ...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: root })
      .toString()
      .trim();

  async function pinned(change: string | null, revision: (head: string) => string, from = '@') {
    const digest = old.descriptor.digest;
    const shop = openShop(server, { Dockerfile: `ARG D=${digest}\nFROM {host}/library/base:1${from}${digest}\n` });
    git(shop.root, 'init', '-q');
    git(shop.root, 'add', '.');
    git(shop.root, 'commit', '-qm', 'Build on a base');
    const label = { 'org.opencontainers.image.revision': revision(git(shop.root, 'rev-parse', 'HEAD')) };
    const labelled = makeImage({ layers: [await makeLayer({ app: 'squashed' })], config: { Labels: label } });
    await pushImage(server.store, 'team/web', labelled, '1');
    if (change !== null) shop.write('Dockerfile', `${change}\nFROM {host}/library/base:1@${digest}\n`);
    return (await shop.check()).bases[0];
  }

  it('counts where the image names the commit and the Dockerfile is still the same', async () => {
    expect(await pinned(null, (head) => head)).toMatchObject({
      verdict: 'current',
      from: old.descriptor.digest,
      evidence: 'git-pin',
      confidence: 'low',
    });
  });

  it.each<[string, string | null, (head: string) => string]>([
    ['the Dockerfile has changed since', '# pinned anew', (head) => head],
    ['git does not have the commit', null, () => 'a'.repeat(40)],
    ['the image names no commit', null, () => '--help'],
  ])('proves nothing where %s', async (_, change, revision) => {
    expect(await pinned(change, revision)).toMatchObject({ verdict: 'unrecorded', evidence: null });
  });
});
