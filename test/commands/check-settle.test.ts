import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { annotationKeys } from '../../core/oci/manifest.ts';
import { type Image, type ImageIndex, makeImage, makeIndex, makeLayer } from '../../testing/images.ts';
import { pushImage } from '../../testing/push.ts';
import { startRegistry, type TestRegistry } from '../../testing/registry.ts';
import { type Checked, openShop, type Shop } from './check-support.ts';

let server: TestRegistry;
beforeEach(async () => {
  server = await startRegistry();
});
afterEach(() => server.close());

const hour = 3_600_000;
const start = Date.parse('2026-03-01T12:00:00Z');
const clock = (hours: number) => ({ now: () => new Date(start + hours * hour) });
const created = (hours: number) => new Date(start + hours * hour).toISOString();
const undated = '1970-01-01T00:00:00Z';
const arm = { os: 'linux', architecture: 'arm64' };
const Dockerfile = 'FROM {host}/library/base:1\n';
const base = async (content: string, made: string, platform = { os: 'linux', architecture: 'amd64' }) =>
  makeImage({ layers: [await makeLayer({ base: content })], created: made, platform });

/** An image on an index of two platforms, of which a new one is then published. */
async function shopOn(after: readonly Image[], before: readonly Image[], shipped = before): Promise<Shop> {
  const [old, fresh]: readonly ImageIndex[] = [makeIndex(before), makeIndex(after)];
  if (old === undefined || fresh === undefined) throw new Error('two indexes');
  await pushImage(server.store, 'library/base', old, '1');
  const annotations = {
    [annotationKeys.baseName]: `${server.host}/library/base:1`,
    [annotationKeys.baseDigest]: old.descriptor.digest,
  };
  const app = makeIndex(
    shipped.map((image) => makeImage({ base: image })),
    { annotations },
  );
  await pushImage(server.store, 'team/web', app, '1');
  await pushImage(server.store, 'library/base', fresh, '1');
  return openShop(server, { Dockerfile });
}

const two = async (content: string, made: string) => [
  await base(`amd ${content}`, made),
  await base(`arm ${content}`, made, arm),
];
const verdicts = ({ image, bases, ended }: Checked) => [image?.verdict ?? ended, bases[0]?.verdict];

describe('a base that has moved within the window', () => {
  it('is left to settle, is not current, and is rebuilt on once the window has passed', async () => {
    const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
    const early = await shop.plan({ settle: '2h' }, clock(0));
    expect(verdicts(early)).toEqual(['stale', 'settling']);
    expect(early.image.plan).toMatchObject({
      action: 'skip',
      because: [`${server.host}/library/base:1 moved 1 hour ago and is left to settle until 2026-03-01 13:00 UTC`],
    });
    expect(early.printed).toContain(' and is left to settle until 2026-03-01 13:00 UTC; built on ');
    expect(early.ended).toBe('succeeded');
    const late = await shop.plan({ settle: '2h' }, clock(1));
    expect(verdicts(late)).toEqual(['stale', 'stale']);
    expect(late.image.plan?.action).toBe('rebuild');
  });

  it('is rebuilt on where the user forces it, or names no window', async () => {
    const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
    expect((await shop.plan({ settle: '2h', force: 'true' }, clock(0))).image.plan?.action).toBe('rebuild');
    expect((await shop.plan({}, clock(0))).image.plan?.action).toBe('rebuild');
  });

  it('counts by when it was seen to move where that is later than when it was made', async () => {
    const shop = await shopOn(await two('new', created(-50)), await two('old', created(-99)));
    const [earlier, fresh] = [server.store.manifest('library/base', '1'), await two('newer', created(-40))];
    if (earlier === undefined) throw new Error('no base');
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
    await pushImage(server.store, 'library/base', makeIndex(fresh), '1');
    expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(3)))).toEqual(['stale', 'stale']);
  });

  it('without a platform that the image ships is settling first, and missing the platform then', async () => {
    const [amd] = await two('new', created(-1));
    const shop = await shopOn(amd === undefined ? [] : [amd], await two('old', created(-99)));
    const early = await shop.check({ settle: '2h' }, clock(0));
    expect(verdicts(early)).toEqual(['stale', 'settling']);
    expect(early.bases[0]?.settling?.missing).toEqual(['linux/arm64']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['unknown', 'platform-missing']);
  });
});

describe('a base of which nobody knows when it moved', () => {
  it('is not held where it is whole', async () => {
    const shop = await shopOn(await two('new', undated), await two('old', undated));
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
  });

  it('is held from when it was first seen where platforms are missing', async () => {
    const [amd] = await two('new', undated);
    const before = await two('old', undated);
    const shop = await shopOn(amd === undefined ? [] : [amd], before, before.slice(0, 1));
    expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'settling']);
    expect(verdicts(await shop.check({ settle: '2h' }, clock(2)))).toEqual(['stale', 'stale']);
  });
});

it('a base without a record is left to settle too', async () => {
  await pushImage(server.store, 'library/base', makeIndex(await two('new', created(-1))), '1');
  const squashed = makeImage({ layers: [await makeLayer({ app: 'squashed' })] });
  await pushImage(server.store, 'team/web', squashed, '1');
  const shop = openShop(server, { Dockerfile });
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'settling']);
  expect(verdicts(await shop.check({ settle: '2h' }, clock(1)))).toEqual(['stale', 'unrecorded']);
});

it('what cannot be told for want of an answer is unknown', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  server.inject({ path: /library\/base\/blobs/, effect: { kind: 'status', status: 403 } });
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['unknown', 'unknown']);
  expect(verdicts(await shop.check({}, clock(0)))).toEqual(['stale', 'stale']);
});

it('a digest in the Dockerfile is not held: it moves when somebody moves it', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  shop.write('Dockerfile', `FROM {host}/library/base:1@${server.store.digestOf('library/base', '1')}\n`);
  expect(verdicts(await shop.check({ settle: '2h' }, clock(0)))).toEqual(['stale', 'stale']);
});

it('a base that this repository publishes is not held', async () => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  const images = [
    '{ dockerfile: Dockerfile, name: web, image: "{host}/team/web:1" }',
    '{ dockerfile: base.Dockerfile, name: base, image: "{host}/library/base:1" }',
  ];
  shop.write('.base-image-refresh.yml', `images:\n${images.map((image) => `  - ${image}\n`).join('')}`);
  shop.write('base.Dockerfile', 'FROM scratch\nCOPY . /\n');
  const { report } = await shop.check({ settle: '2h', image: '' }, clock(0));
  const web = report.images.find(({ name }) => name === 'web');
  expect(web?.bases.map(({ verdict }) => verdict)).toEqual(['stale']);
});

it.each(['0h', '2 h', '25h', 'soon'])('a window of %s is refused', async (settle) => {
  const shop = await shopOn(await two('new', created(-1)), await two('old', created(-99)));
  expect((await shop.check({ settle })).ended).toContain(`settle: "${settle}" is not valid; use a time from 1s to 24h`);
});
