import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { type Image, type ImageParts, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { openShop } from './check-support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const arm = { os: 'linux', architecture: 'arm64' };
const Dockerfile = 'FROM {host}/library/base:1\nCOPY . /\n';
const short = (image: { readonly descriptor: { readonly digest: string } }) =>
  `${image.descriptor.digest.slice(7, 19)}…`;
const base = async (content: string, parts: ImageParts = {}) =>
  makeImage({ layers: [await makeLayer({ 'etc/base': content })], config: { Env: ['PATH=/bin', 'V=1'] }, ...parts });
const onto = async (image: Image, parts: ImageParts = {}) =>
  makeImage({ base: image, layers: [await makeLayer({ app: 'app' })], ...parts });
const put = (image: Parameters<typeof pushImage>[2], repository = 'library/base', tag: string | null = '1') =>
  pushImage(server.store, repository, image, tag ?? undefined);
const naming = (digest: string) => ({
  [annotationKeys.baseName]: `${server.host}/library/base:1`,
  [annotationKeys.baseDigest]: digest,
});

describe('the layers', () => {
  it('show an older digest that an earlier run has seen, so that stale says from what', async () => {
    const [old, fresh] = [await base('old'), await base('new')];
    await put(old);
    await put(await onto(old), 'team/web');
    const shop = openShop(server, { Dockerfile });
    expect((await shop.check()).bases[0]).toMatchObject({
      verdict: 'current',
      evidence: 'layers',
      confidence: 'medium',
    });
    await put(fresh);
    const { bases, printed, asked } = await shop.check();
    expect(bases[0]).toMatchObject({
      verdict: 'stale',
      from: old.descriptor.digest,
      to: fresh.descriptor.digest,
      evidence: 'layers',
      confidence: 'medium',
    });
    expect(printed).toContain(`built on sha256:${short(old)} by its layers (medium confidence).`);
    expect(asked.filter((line) => line.startsWith('HEAD'))).toHaveLength(1);
    // Both manifests, both configurations that tell the platform.
    expect(asked.filter((line) => line.startsWith('GET'))).toHaveLength(4);
  });

  it('show an older digest that the lock file knows', async () => {
    const [old, fresh] = [await base('old'), await base('new')];
    await put(old, 'library/base', null);
    await put(fresh);
    await put(await onto(old), 'team/web');
    const lock = {
      schemaVersion: 1,
      images: [
        {
          image: 'registry.example/other:1',
          bases: [{ reference: `${server.host}/library/base:1`, digest: old.descriptor.digest }],
        },
      ],
    };
    const shop = openShop(server, { Dockerfile, 'base-images.lock.json': JSON.stringify(lock) });
    expect((await shop.check()).bases[0]).toMatchObject({
      verdict: 'stale',
      from: old.descriptor.digest,
      evidence: 'layers',
    });
  });

  it('ask for at most four earlier digests', async () => {
    const shop = openShop(server, { Dockerfile });
    await put(await onto(await base('never pushed')), 'team/web');
    for (let count = 0; count < 9; count += 1) {
      await put(await base(`base ${count}`));
      await shop.check();
    }
    const { bases, asked } = await shop.check();
    expect(bases[0]?.verdict).toBe('unrecorded');
    expect(asked.filter((line) => line.startsWith('GET library/base/manifests'))).toHaveLength(5);
  });

  it('know each platform by its own', async () => {
    const [amd, armOld, armNew] = [
      await base('amd'),
      await base('old', { platform: arm }),
      await base('new', { platform: arm }),
    ];
    const [before, after] = [makeIndex([amd, armOld]), makeIndex([amd, armNew])];
    await put(before);
    await put(makeIndex([await onto(amd), await onto(armOld)]), 'team/web');
    const shop = openShop(server, { Dockerfile });
    await shop.check();
    await put(after);
    const [checked] = (await shop.check()).bases;
    expect(checked).toMatchObject({ verdict: 'stale', from: before.descriptor.digest, evidence: 'layers' });
    expect(checked?.platforms).toEqual([
      { platform: 'linux/amd64', from: amd.descriptor.digest, to: amd.descriptor.digest },
      { platform: 'linux/arm64', from: armOld.descriptor.digest, to: armNew.descriptor.digest },
    ]);
  });

  const added = { created: '2026-01-02T00:00:00Z', created_by: 'ENV EXTRA=1', empty_layer: true } as const;
  it.each<[string, ImageParts, ImageParts, string | null]>([
    ['a variable with another value', { config: { Env: ['PATH=/bin', 'V=2'] } }, {}, null],
    [
      'a variable that the image sets itself',
      {},
      { config: { Env: ['PATH=/bin', 'V=3'] }, history: [{ ...added, created_by: 'ENV V=3' }] },
      'medium',
    ],
    [
      'a variable with another value beside one that the image sets',
      { config: { Env: ['PATH=/bin', 'V=2'] } },
      { history: [{ ...added, created_by: 'ENV EV=1 VV=2' }] },
      null,
    ],
    ['another user', { config: { Env: ['PATH=/bin', 'V=1'], User: 'app' } }, {}, null],
    ['a label more', { config: { Env: ['PATH=/bin', 'V=1'], Labels: { a: 'b' } } }, {}, null],
    ['an instruction more', { history: [added] }, {}, null],
    ['only another date', { created: '2026-02-01T00:00:00Z' }, {}, 'low'],
    ['nothing else', {}, {}, 'medium'],
  ])('under a configuration with %s', async (_, changed, own, confidence) => {
    const old = await base('same');
    await put(await base('same', changed));
    await put(await onto(old, own), 'team/web');
    const { bases, image, printed } = await openShop(server, { Dockerfile }).check();
    if (confidence === null) {
      expect(bases[0]).toMatchObject({ verdict: 'unrecorded', evidence: null });
      expect(image.verdict).toBe('stale');
      expect(printed).toContain('under another configuration');
    } else expect(bases[0]).toMatchObject({ verdict: 'current', evidence: 'layers', confidence });
  });
});

describe('records that disagree', () => {
  it('are told in every form of the result, and the safer verdict counts', async () => {
    const [old, fresh] = [await base('old'), await base('new')];
    await put(old, 'library/base', null);
    await put(fresh);
    await put(makeIndex([await onto(old)], { annotations: naming(fresh.descriptor.digest) }), 'team/web');
    const published = server.store.digestOf('team/web', '1');
    const lock = {
      schemaVersion: 1,
      images: [
        {
          image: `${server.host}/team/web:1`,
          digest: published,
          bases: [{ reference: `${server.host}/library/base:1`, digest: old.descriptor.digest }],
        },
      ],
    };
    const shop = openShop(server, { Dockerfile, 'base-images.lock.json': JSON.stringify(lock) });
    const { bases, printed, read } = await shop.check();
    expect(bases[0]).toMatchObject({
      verdict: 'stale',
      from: old.descriptor.digest,
      evidence: 'lock-file',
      disputedBy: [{ digest: fresh.descriptor.digest, evidence: 'annotation', confidence: 'medium' }],
    });
    const words = `but sha256:${short(fresh)} by its annotations (medium confidence), so the safer verdict counts`;
    expect(printed).toContain(`built on sha256:${short(old)} by the lock file (medium confidence), ${words}.`);
    expect(await read('report.html')).toContain(words);
    expect((await read('summary.md')).replaceAll('\\', '')).toContain(words);
  });

  it('do not disagree where one names the index and the other its platform', async () => {
    const amd = await base('amd');
    const index = makeIndex([amd, await base('arm', { platform: arm })]);
    await put(index);
    const app = makeIndex([await onto(amd)], { annotations: naming(amd.descriptor.digest) });
    await put(app, 'team/web');
    const lock = {
      schemaVersion: 1,
      images: [
        {
          image: `${server.host}/team/web:1`,
          bases: [{ reference: `${server.host}/library/base:1`, digest: index.descriptor.digest }],
        },
      ],
    };
    const shop = openShop(server, { Dockerfile, 'base-images.lock.json': JSON.stringify(lock) });
    const { bases, image } = await shop.check();
    expect(image.verdict).toBe('current');
    expect(bases[0]?.disputedBy).toBeUndefined();
  });
});

describe('when a base moved', () => {
  const days = (count: number) => new Date(Date.now() - count * 86_400_000 - 60_000).toISOString();

  async function stale(created: string, inputs = {}) {
    const [old, fresh] = [await base('old'), await base('new', { created })];
    await put(old);
    await put(makeIndex([await onto(old)], { annotations: naming(old.descriptor.digest) }), 'team/web');
    const shop = openShop(server, { Dockerfile });
    await shop.check(inputs);
    await put(fresh);
    return { old, fresh, ...(await shop.check(inputs)) };
  }

  it('is told by when it was made', async () => {
    const { printed, bases, asked, old, fresh } = await stale(days(3));
    const name = `${server.host}/library/base:1`;
    expect(printed).toContain(
      `web: stale. ${name} moved sha256:${short(old)} → sha256:${short(fresh)} (linux/amd64) 3 days ago; built on sha256:${short(old)} by its annotations (medium confidence).`,
    );
    expect(bases[0]?.moved?.by).toBe('created');
    expect(asked).toHaveLength(5);
  });

  it.each(['1970-01-01T00:00:00Z', '2999-01-01T00:00:00Z', 'once'])(
    'is told by the ledger where it was made at %s',
    async (created) => {
      const { printed, bases } = await stale(created);
      expect(printed).toContain(' (linux/amd64), first seen less than a minute ago; built on ');
      expect(bases[0]?.moved?.by).toBe('ledger');
    },
  );

  it('says that it moved back to what its tag named before, in this run and in later ones', async () => {
    const [old, fresh] = [await base('old', { created: days(9) }), await base('new', { created: days(3) })];
    const shop = openShop(server, { Dockerfile });
    const publishOn = async (image: Image) =>
      put(makeIndex([await onto(image)], { annotations: naming(image.descriptor.digest) }), 'team/web');
    await put(old);
    await publishOn(old);
    await shop.check();
    await put(fresh);
    await publishOn(fresh);
    await shop.check();
    await put(old);
    for (const _ of ['this run', 'a later one']) {
      const { printed, bases, image } = await shop.check();
      expect(image.verdict).toBe('stale');
      expect(bases[0]?.moved).toMatchObject({ by: 'ledger', back: true });
      const name = `${server.host}/library/base:1`;
      const digests = `sha256:${short(fresh)} → sha256:${short(old)}`;
      expect(printed).toContain(
        `web: stale. ${name} moved back ${digests} (linux/amd64), which it named before; seen less than a minute ago;`,
      );
    }
  });

  it('is left out where nobody knows', async () => {
    const [old, fresh] = [await base('old'), await base('new', { created: '1970-01-01T00:00:00Z' })];
    await put(old, 'library/base', null);
    await put(fresh);
    await put(makeIndex([await onto(old)], { annotations: naming(old.descriptor.digest) }), 'team/web');
    const { printed, bases } = await openShop(server, { Dockerfile }).check();
    expect(printed).toContain(' (linux/amd64); built on ');
    expect(bases[0]?.moved).toBeUndefined();
  });
});

it('takes an index that changed for its attestations alone for unchanged', async () => {
  const amd = await base('amd');
  const attestation = (content: string) => {
    const image = makeImage({ layers: [], annotations: { content } });
    const platform = { os: 'unknown', architecture: 'unknown' };
    return { image, descriptor: { ...image.descriptor, platform } };
  };
  const [first, second] = [attestation('first'), attestation('second')];
  for (const { image } of [first, second]) await put(image, 'library/base', null);
  const before = makeIndex([amd], { others: [first.descriptor] });
  await put(before);
  await put(makeIndex([await onto(amd)], { annotations: naming(before.descriptor.digest) }), 'team/web');
  await put(makeIndex([amd], { others: [second.descriptor] }));
  const { image, bases, asked, printed } = await openShop(server, { Dockerfile }).check();
  expect([image.verdict, bases[0]?.verdict]).toEqual(['current', 'unchanged-for-platforms']);
  expect(printed).toContain("but not for this image's platforms");
  // The two indexes, and no manifest in them.
  expect(asked.filter((line) => line.startsWith('GET'))).toHaveLength(2);
});

it('asks for one HEAD of a base that has not moved, and for nothing else', async () => {
  const old = await base('old');
  await put(makeIndex([old, await base('arm', { platform: arm })]));
  const digest = server.store.digestOf('library/base', '1') ?? '';
  await put(makeIndex([await onto(old)], { annotations: naming(digest) }), 'team/web');
  const { image, asked } = await openShop(server, { Dockerfile }).check();
  expect(image.verdict).toBe('current');
  expect(asked).toEqual(['HEAD library/base/manifests/1']);
});

describe('Windows', () => {
  const build = (osVersion: string) => ({ os: 'windows', architecture: 'amd64', osVersion });
  const [ltsc2019, ltsc2022] = [build('10.0.17763.1'), build('10.0.20348.1')];

  it.each<[string, string, string, string]>([
    ['its own build moved', 'old 2019', 'new 2022', 'stale'],
    ['another build moved', 'new 2019', 'old 2022', 'unchanged-for-platforms'],
  ])(
    'is compared by the build that the image runs on where %s, platforms configured or not',
    async (_, first, second, verdict) => {
      const before = [
        await base('old 2019', { platform: ltsc2019 }),
        await base('old 2022', { platform: ltsc2022 }),
      ] as const;
      const after = [await base(first, { platform: ltsc2019 }), await base(second, { platform: ltsc2022 })];
      const index = makeIndex(before);
      await put(index);
      await put(makeIndex([await onto(before[1])], { annotations: naming(index.descriptor.digest) }), 'team/web');
      await put(makeIndex(after));
      const shop = openShop(server, { Dockerfile });
      for (const inputs of [{}, { platform: 'windows/amd64' }]) {
        expect((await shop.check(inputs)).bases[0]?.verdict).toBe(verdict);
      }
    },
  );
});
